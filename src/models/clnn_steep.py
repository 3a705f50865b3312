"""Lagrangian neural networks with explicit constraints, for potentials with steep walls."""

from __future__ import annotations

from typing import ClassVar

from jaxtyping import Float
from torch import Tensor

from ..mechanics.state import StateSpec
from .clnn import CLNN
from .energy_net import EnergyNet
from .mass_net import ConstantMass
from .mlp import ScalarMLP
from .natural_energy import NaturalEnergy


class SteepPotential(EnergyNet):
    """``V(q) = energy_scale * (net(features(q)) + exp(steep(features(q))))``, both learned."""

    def __init__(self, size: int, width: int, depth: int, activation: str) -> None:
        super().__init__([False] * size, width, depth, activation)
        self.steep = ScalarMLP(size, width, depth, activation)

    def forward(
        self, x: Float[Tensor, "*batch size"], t: Tensor | None = None
    ) -> Float[Tensor, "*batch"]:
        """Return the energy at ``x``."""
        y = self.features(x)
        return self.energy_scale * (self.net(y) + self.steep(y).exp())

    def gradient(
        self, x: Float[Tensor, "*batch size"], t: Tensor | None = None
    ) -> Float[Tensor, "*batch size"]:
        """Return ``dE/dx`` in closed form."""
        y, slopes = self.features.with_slopes(x)
        rise = self.steep(y).exp().unsqueeze(-1) * self.steep.gradient(y)
        return self.energy_scale * self.features.pull(self.net.gradient(y) + rise, slopes)


class CLNNSteep(CLNN):
    """The same as clnn, with a potential that may rise over orders of magnitude.

    Where bodies repel each other the potential grows without bounds as they meet. A net that is
    almost linear far out can follow such a wall only with many units; the exponential of one
    needs but a few, and a second net beside it learns what is gentle.

    Source:
        As :class:`CLNN`; the exponential is ours.

    Raises:
        ValueError: if the constraints are unknown, or some positions are angles.
    """

    kind: ClassVar[str] = "clnn_steep"

    def __init__(
        self, spec: StateSpec, width: int = 32, depth: int = 2, activation: str = "softplus"
    ) -> None:
        super().__init__(spec, width, depth, activation)
        size = self._count()
        potential = SteepPotential(size, width, depth, activation)
        self.net = NaturalEnergy(ConstantMass(size), potential, -1)
