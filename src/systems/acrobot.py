"""An acrobat: two rods and a motor at the waist."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import ClassVar

import torch
from jaxtyping import Float
from torch import Tensor

from ..mechanics.state import StateSpec
from .two_link import TwoLink


@dataclass(frozen=True)
class Acrobot(TwoLink):
    r"""Two uniform rods that hang from a bar, with a motor between them: :math:`G = (0, 1)^T`.

    One input for two coordinates, as of a gymnast on the high bar: the hands hold, the hips work.
    It can be swung up, and balanced upright, but not held anywhere else.

    Source:
        M. W. Spong, *The swing up control problem for the Acrobot*, IEEE Control Systems 15 (1995),
        no. 1, 49-55, section 2, with angles from hanging.

    Raises:
        ValueError: as :class:`TwoLink`.
    """

    domain: ClassVar[str] = "robotics"

    @property
    def spec(self) -> StateSpec:
        """The angles, their momenta, and the torque of the lower joint."""
        return replace(super().spec, inputs=("torque",))

    @property
    def input_scale(self) -> tuple[float, ...]:
        """The torque that holds the lower rod level."""
        return super().input_scale[1:]

    @property
    def balance(self) -> tuple[tuple[float, ...], tuple[float, ...]]:
        """Both rods stand upright, and the motor rests."""
        return (math.pi, 0.0, 0.0, 0.0), (0.0,)

    def actuation(
        self, q: Float[Tensor, "*batch dof"], u: Float[Tensor, "*batch inputs"]
    ) -> Float[Tensor, "*batch dof"]:
        """Return the torque of the lower joint."""
        return torch.cat((torch.zeros_like(u), u), dim=-1)
