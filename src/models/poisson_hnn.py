"""Hamiltonian neural networks of states that are no pairs (q, p)."""

from __future__ import annotations

from typing import ClassVar

from jaxtyping import Float
from torch import Tensor

from ..mechanics.poisson import poisson_field
from ..mechanics.problem import Canonical
from ..mechanics.state import StateSpec
from .base import Dynamics
from .energy_net import EnergyNet, bracketed_energy


class PoissonHNN(Dynamics):
    """Learn the energy of a motion ``dx/dt = J(x) grad H`` whose brackets J are known.

    Whatever the weights, the learned energy and every Casimir function of J are conserved along
    ``forward`` exactly: the first because J is skew, the others because their gradients lie in its
    kernel.

    Source:
        Hairer, Lubich, Wanner, *Geometric Numerical Integration*, 2nd ed., section VII.2; Jin,
        Zhang, Kevrekidis, Karniadakis, *Learning Poisson systems and trajectories of autonomous
        systems via Poisson neural networks*, 2020, arXiv:2012.03133, for the systems.

    Raises:
        ValueError: if the brackets of the states are unknown, as they are of pairs.
    """

    kind: ClassVar[str] = "poisson_hnn"
    learns = "hamiltonian"
    represents = frozenset({"poisson"})
    conserves = frozenset({"energy", "casimirs"})
    needs = frozenset({"brackets"})

    def __init__(
        self, spec: StateSpec, width: int = 128, depth: int = 2, activation: str = "tanh"
    ) -> None:
        super().__init__(spec)
        assert spec.known.brackets is not None
        self.brackets = spec.known.brackets
        self.hamiltonian = EnergyNet(spec.angles, width, depth, activation)

    def scale_nets(self) -> None:
        """Give the energy the scales of states and rates."""
        scale = bracketed_energy(self.brackets, self.x_mean, self.x_scale, self.dx_scale)
        self.hamiltonian.fit(self.x_mean, self.x_scale, scale)

    def forward(
        self, t: Tensor, x: Float[Tensor, "*batch state"], u: Tensor | None = None
    ) -> Float[Tensor, "*batch state"]:
        """Return ``J(x) grad H`` of the learned H."""
        return poisson_field(self.hamiltonian, self.brackets, x)

    def energy(self, x: Float[Tensor, "*batch state"]) -> Float[Tensor, "*batch"]:
        """Return the learned H, defined up to a Casimir function."""
        return self.hamiltonian(x)

    def canonical(self) -> Canonical:
        """Return the field as it is: Gauss methods keep a constant J, and quadratic invariants."""
        return Canonical(self.field().f, paired=False)
