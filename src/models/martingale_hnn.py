"""Hamiltonian neural networks without arbitrage."""

from __future__ import annotations

from typing import ClassVar

from jaxtyping import Float
from torch import Tensor

from ..mechanics.hamiltonian import hamiltonian_field
from ..mechanics.known import Structure
from ..mechanics.problem import Canonical
from ..mechanics.state import StateSpec
from .base import Dynamics
from .energy_net import EnergyNet, typical_energy
from .martingale_energy import MartingaleEnergy


class MartingaleHNN(Dynamics):
    """Learn an energy that keeps probability, and the mean of a discounted price.

    Of any shape in the momenta; see :class:`MartingaleEnergy`.
    """

    kind: ClassVar[str] = "martingale_hnn"
    learns = "hamiltonian"
    conserves = frozenset({"energy", "symplectic form", "volume"})
    needs: frozenset[Structure] = frozenset({"price"})

    def __init__(
        self, spec: StateSpec, width: int = 128, depth: int = 2, activation: str = "tanh"
    ) -> None:
        super().__init__(spec.expressed_in("canonical"))
        net = EnergyNet(self.spec.angles, width, depth, activation)
        self.hamiltonian = MartingaleEnergy(net, spec.known.price)

    def scale_nets(self) -> None:
        """Give the net the scales of states and rates."""
        energy = typical_energy(self.x_scale, self.dx_scale)
        self.hamiltonian.net.fit(self.x_mean, self.x_scale, energy)

    def forward(
        self, t: Tensor, x: Float[Tensor, "*batch state"], u: Tensor | None = None
    ) -> Float[Tensor, "*batch state"]:
        """Return ``(dH/dp, -dH/dq)`` of the learned H."""
        return hamiltonian_field(self.hamiltonian, x)

    def energy(self, x: Float[Tensor, "*batch state"]) -> Float[Tensor, "*batch"]:
        """Return the learned H(q, p): no constant is free."""
        return self.hamiltonian(x)

    def canonical(self) -> Canonical:
        """Return the learned field; its coordinates are canonical already."""
        return Canonical(self.field().f)
