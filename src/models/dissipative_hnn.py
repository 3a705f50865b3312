"""Hamiltonian neural networks with friction."""

from __future__ import annotations

from typing import ClassVar

from jaxtyping import Float
from torch import Tensor

from ..mechanics.hamiltonian import Energy, hamiltonian_field
from ..mechanics.problem import Canonical
from ..mechanics.state import StateSpec
from .base import Dynamics
from .energy_net import EnergyNet, typical_energy


class DissipativeHNN(Dynamics):
    """Learn an energy and a dissipation function, ``dx/dt = J grad H + grad D``.

    By Helmholtz' theorem every smooth field is the sum of a part without divergence and of a
    gradient: the first conserves H, the second takes it, or supplies it. Friction may depend on
    positions and on momenta as it likes. Nothing makes the split unique beyond one degree of
    freedom and gauge: only their sum is observed.

    Source:
        Sosanya, Greydanus, *Dissipative Hamiltonian Neural Networks*, 2022, arXiv:2201.10085,
        section 3.
    """

    kind: ClassVar[str] = "dissipative_hnn"
    learns = "hamiltonian"
    represents = frozenset({"dissipation"})

    def __init__(
        self, spec: StateSpec, width: int = 128, depth: int = 2, activation: str = "tanh"
    ) -> None:
        super().__init__(spec.expressed_in("canonical"))
        self.hamiltonian = EnergyNet(self.spec.angles, width, depth, activation)
        self.dissipation = EnergyNet(self.spec.angles, width, depth, activation)

    def scale_nets(self) -> None:
        """Give both functions the scales of states and rates."""
        self.hamiltonian.fit(self.x_mean, self.x_scale, typical_energy(self.x_scale, self.dx_scale))
        self.dissipation.fit(self.x_mean, self.x_scale, self.dx_scale.new_ones(()))

    def forward(
        self, t: Tensor, x: Float[Tensor, "*batch state"], u: Tensor | None = None
    ) -> Float[Tensor, "*batch state"]:
        """Return ``J grad H + grad D``, D in the units in which all its slopes are rates."""
        # A gradient has units of its own for each component: D is one function of scaled states.
        slope = self.dissipation.gradient(x) * self.x_scale * self.dx_scale
        return hamiltonian_field(self.hamiltonian, x) + slope

    def energy(self, x: Float[Tensor, "*batch state"]) -> Float[Tensor, "*batch"]:
        """Return the learned H(q, p), which friction takes."""
        return self.hamiltonian(x)

    def determined_energy(self) -> Energy:
        """Return the learned H, whose gradient is known in closed form; see the base class."""
        super().determined_energy()
        return self.hamiltonian

    def canonical(self) -> Canonical:
        """Return the learned field; its coordinates are canonical already."""
        return Canonical(self.field().f)
