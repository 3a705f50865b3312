"""Lagrangian neural networks with explicit constraints, in a uniform field."""

from __future__ import annotations

from typing import ClassVar

import torch
from jaxtyping import Float
from torch import Tensor, nn

from ..mechanics.state import StateSpec
from .clnn import CLNN
from .energy_net import EnergyNet
from .mass_net import ConstantMass
from .natural_energy import NaturalEnergy


class WithSlope(EnergyNet):
    """``E(q) = energy_scale * (slope . features(q) + net(features(q)))``, slope learned."""

    def __init__(self, size: int, width: int, depth: int, activation: str) -> None:
        super().__init__([False] * size, width, depth, activation)
        self.slope = nn.Parameter(torch.zeros(size))
        # What the slope tells, the net need not unlearn first.
        with torch.no_grad():
            self.net.output.weight.zero_()

    def forward(
        self, x: Float[Tensor, "*batch size"], t: Tensor | None = None
    ) -> Float[Tensor, "*batch"]:
        """Return the energy at ``x``."""
        return super().forward(x) + self.energy_scale * (self.features(x) @ self.slope)

    def gradient(
        self, x: Float[Tensor, "*batch size"], t: Tensor | None = None
    ) -> Float[Tensor, "*batch size"]:
        """Return ``dE/dx`` in closed form."""
        return super().gradient(x) + self.energy_scale * self.slope / self.features.scale


class CLNNWeight(CLNN):
    """The same as clnn, with a term of the potential that is linear in Cartesian positions.

    A weight has no other, and a net approaches a straight line only bit by bit. It is a guess at
    what the potential is like: the net beside it learns what the guess leaves.

    Source:
        As :class:`CLNN`; the term is ours.

    Raises:
        ValueError: if the constraints are unknown, or some positions are angles.
    """

    kind: ClassVar[str] = "clnn_weight"

    def __init__(
        self, spec: StateSpec, width: int = 128, depth: int = 2, activation: str = "tanh"
    ) -> None:
        super().__init__(spec, width, depth, activation)
        size = self._count()
        potential = WithSlope(size, width, depth, activation)
        self.net = NaturalEnergy(ConstantMass(size), potential, -1)
