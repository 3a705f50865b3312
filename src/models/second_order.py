"""Second-order neural ODEs: accelerations are learned, velocities are what they are."""

from __future__ import annotations

from typing import ClassVar

import torch
from jaxtyping import Float
from torch import Tensor

from ..mechanics.state import StateSpec, split_state
from .free_field import FreeField
from .mlp import MLP


class SecondOrder(FreeField):
    """Learn the acceleration, ``dq/dt = v`` and ``dv/dt = dv_scale * net(features(q, v))``.

    The least structure that mechanics has, and what the gain of an energy must be measured
    against: no energy, no momenta, every force.

    Source:
        Gruver, Finzi, Stanton, Wilson, *Deconstructing the Inductive Biases of Hamiltonian Neural
        Networks*, ICLR 2022, arXiv:2202.04836.

    Raises:
        ValueError: if states are not made of pairs.
    """

    kind: ClassVar[str] = "second_order"
    represents = FreeField.represents - {"poisson"}

    def __init__(
        self, spec: StateSpec, width: int = 128, depth: int = 2, activation: str = "tanh"
    ) -> None:
        super().__init__(spec.expressed_in("velocity"))
        self.net = MLP(self.seen, spec.dof, width, depth, activation)

    def forward(
        self, t: Tensor, x: Float[Tensor, "*batch state"], u: Tensor | None = None
    ) -> Float[Tensor, "*batch state"]:
        """Return ``(v, a)``; without ``u``, under inputs of zero."""
        _, v = split_state(x)
        _, scale = split_state(self.dx_scale)
        return torch.cat((v, scale * self.net(self.see(x, u))), dim=-1)
