"""Hamiltonian neural networks of states that are no pairs (q, p)."""

from __future__ import annotations

from typing import ClassVar

from ..mechanics.state import StateSpec
from .bracketed import Bracketed
from .energy_net import EnergyNet, bracketed_energy


class PoissonHNN(Bracketed):
    """Learn the energy of a motion ``dx/dt = J(x) grad H`` whose brackets J are known.

    Source:
        Jin, Zhang, Kevrekidis, Karniadakis, *Learning Poisson systems and trajectories of
        autonomous systems via Poisson neural networks*, 2020, arXiv:2012.03133, for the systems.

    Raises:
        ValueError: if the brackets of the states are unknown, as they are of pairs.
    """

    kind: ClassVar[str] = "poisson_hnn"
    needs = frozenset({"brackets"})

    def __init__(
        self, spec: StateSpec, width: int = 128, depth: int = 2, activation: str = "tanh"
    ) -> None:
        super().__init__(spec)
        self.hamiltonian = EnergyNet(spec.angles, width, depth, activation)

    def scale_nets(self) -> None:
        """Give the energy the scales of states and rates."""
        scale = bracketed_energy(self.brackets, self.x_mean, self.x_scale, self.dx_scale)
        self.hamiltonian.fit(self.x_mean, self.x_scale, scale)
