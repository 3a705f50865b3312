"""Hamiltonian neural networks without arbitrage."""

from __future__ import annotations

from typing import ClassVar

from ..mechanics.known import Structure
from ..mechanics.state import StateSpec
from .energy_net import EnergyNet, typical_energy
from .learned_hamiltonian import LearnedHamiltonian
from .martingale_energy import MartingaleEnergy


class MartingaleHNN(LearnedHamiltonian):
    """Learn an energy that keeps probability, and the mean of a discounted price.

    Of any shape in the momenta; see :class:`MartingaleEnergy`.
    """

    kind: ClassVar[str] = "martingale_hnn"
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
