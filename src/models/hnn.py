"""Hamiltonian neural networks."""

from __future__ import annotations

from typing import ClassVar

from jaxtyping import Float
from torch import Tensor

from ..mechanics.hamiltonian import hamiltonian_field, motion_of
from ..mechanics.problem import Canonical
from ..mechanics.state import StateSpec
from .base import Dynamics
from .energy_net import EnergyNet, typical_energy


class HNN(Dynamics):
    """Learn the energy; let Hamilton's equations supply the motion.

    Whatever the weights, ``energy`` is conserved along ``forward`` exactly, because
    ``dH/dt = grad H . J grad H = 0``, and phase volume is kept, because ``div J grad H = 0``. What
    training improves is only *which* energy.

    Source:
        Greydanus, Dzamba, Yosinski, *Hamiltonian Neural Networks*, NeurIPS 2019,
        arXiv:1906.01563, equations 2 and 3.
    """

    kind: ClassVar[str] = "hnn"
    learns = "hamiltonian"
    conserves = frozenset({"energy", "symplectic form", "volume"})

    def __init__(
        self, spec: StateSpec, width: int = 128, depth: int = 2, activation: str = "tanh"
    ) -> None:
        super().__init__(spec.expressed_in("canonical"))
        self.hamiltonian = EnergyNet(self.spec.angles, width, depth, activation)

    def scale_nets(self) -> None:
        """Give the energy the scales of states and rates."""
        self.hamiltonian.fit(self.x_mean, self.x_scale, typical_energy(self.x_scale, self.dx_scale))

    def forward(
        self, t: Tensor, x: Float[Tensor, "*batch state"], u: Tensor | None = None
    ) -> Float[Tensor, "*batch state"]:
        """Return ``(dH/dp, -dH/dq)`` of the learned H."""
        return hamiltonian_field(self.hamiltonian, x)

    def misfit(
        self,
        t: Tensor,
        x: Float[Tensor, "*batch state"],
        u: Tensor | None,
        dx: Float[Tensor, "*batch state"],
        scale: Float[Tensor, " state"],
    ) -> Float[Tensor, ""]:
        """Return the same at once: the field is linear in the gradient of one net."""
        return self.hamiltonian.misfit(x, lambda dh: motion_of(dh) / scale, dx / scale)

    def energy(self, x: Float[Tensor, "*batch state"]) -> Float[Tensor, "*batch"]:
        """Return the learned H(q, p), defined up to a constant."""
        return self.hamiltonian(x)

    def canonical(self) -> Canonical:
        """Return the learned field; its coordinates are canonical already."""
        return Canonical(self.field().f)
