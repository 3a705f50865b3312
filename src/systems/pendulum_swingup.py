"""A pendulum that is to be swung up and to stand."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import torch
from jaxtyping import Float
from torch import Tensor

from ..mechanics.state import split_state
from .pendulum import Pendulum
from .sampling import check_positive
from .sketch import Sketch


@dataclass(frozen=True)
class PendulumSwingup(Pendulum):
    r"""A pendulum with a weak motor; the angle, and the energy, are 0 where it stands upright.

    .. math:: H(\theta, p) = \frac{p^2}{2 m l^2} + m g l (\cos\theta - 1), \qquad
        \dot p = m g l \sin\theta - b\,\dot\theta + u

    The motor cannot lift it at once: it has to pump energy, to and fro, until the energy is 0.
    ``signal=energy_shaping`` does so, and is the signal unless another one is named.

    Source:
        K. J. Astrom, K. Furuta, *Swinging up a pendulum by energy control*, Automatica 36 (2000),
        eqs. (1) and (2).

    Raises:
        ValueError: if the mass, the length, gravity, the torque or the range of amplitudes is not
            positive, or an amplitude reaches the upright position, or the damping is negative.
    """

    domain: ClassVar[str] = "control"

    torque: float = 2.0
    """Largest torque of the motor, in N m."""
    amplitude: Sequence[float] = (0.1, 1.0)
    """Range of the amplitudes, in rad from hanging, of the swings that motions start from."""

    def __post_init__(self) -> None:
        super().__post_init__()
        check_positive(self, torque="N m")

    @property
    def training_horizon(self) -> float:
        """Long enough for a few swings, each higher than the one before."""
        return 4 * self.time_scale

    @property
    def energy_scale(self) -> float:
        """What it takes to stand up from hanging."""
        return 2 * self.weight

    @property
    def input_scale(self) -> tuple[float, ...]:
        """The largest torque of the motor, in N m."""
        return (self.torque,)

    def potential(self, q: Float[Tensor, "*batch dof"]) -> Float[Tensor, "*batch"]:
        """Return ``m g l (cos theta - 1)``: that of hanging, mirrored."""
        return -super().potential(q)

    def force(self, q: Float[Tensor, "*batch dof"]) -> Float[Tensor, "*batch dof"]:
        """Return ``m g l sin(theta)``."""
        return -super().force(q)

    def sketch(self, x: Float[Tensor, "*batch state"]) -> Sketch:
        """Return the bob and the pivot, on which it stands."""
        return super().sketch(_turned(x))

    def _sample(self, amplitude: Sequence[float], count: int, generator: torch.Generator) -> Tensor:
        return _turned(super()._sample(amplitude, count, generator))


def _turned(x: Tensor) -> Tensor:
    """Return states whose angles are measured from the other end of the vertical."""
    q, p = split_state(x)
    return torch.cat((q + math.pi, p), dim=-1)
