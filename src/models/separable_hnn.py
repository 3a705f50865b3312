"""Hamiltonian neural networks with separate energies of motion and of position."""

from __future__ import annotations

from typing import ClassVar

import torch
from jaxtyping import Float
from torch import Tensor

from ..mechanics.problem import Canonical, Split
from ..mechanics.state import StateSpec, split_state
from .base import Dynamics
from .energy_net import EnergyNet, typical_energy


class SeparableHNN(Dynamics):
    """Learn ``H = T(p) + V(q)`` with one net each, so that explicit symplectic methods apply.

    Right where masses are constant; where the kinetic energy depends on the position (a double
    pendulum) no choice of T and V fits.

    Source:
        Chen, Zhang, Arjovsky, Bottou, *Symplectic Recurrent Neural Networks*, ICLR 2020,
        arXiv:1909.13334, section 3.
    """

    kind: ClassVar[str] = "separable_hnn"
    learns = "hamiltonian"
    conserves = frozenset({"energy", "symplectic form", "volume"})

    def __init__(
        self, spec: StateSpec, width: int = 128, depth: int = 2, activation: str = "tanh"
    ) -> None:
        super().__init__(spec.expressed_in("canonical"))
        self.kinetic = EnergyNet([False] * spec.dof, width, depth, activation)
        self.potential = EnergyNet(spec.angular, width, depth, activation)

    def scale_nets(self) -> None:
        """Give both energies the scales of states and rates, and one common energy scale."""
        (q_mean, p_mean), (q_scale, p_scale) = split_state(self.x_mean), split_state(self.x_scale)
        scale = typical_energy(self.x_scale, self.dx_scale)
        self.potential.fit(q_mean, q_scale, scale)
        self.kinetic.fit(p_mean, p_scale, scale)

    def hamiltonian(
        self, x: Float[Tensor, "*batch state"], t: Tensor | None = None
    ) -> Float[Tensor, "*batch"]:
        """Return ``T(p) + V(q)``."""
        q, p = split_state(x)
        return self.kinetic(p) + self.potential(q)

    def forward(
        self, t: Tensor, x: Float[Tensor, "*batch state"], u: Tensor | None = None
    ) -> Float[Tensor, "*batch state"]:
        """Return ``(dT/dp, -dV/dq)``."""
        q, p = split_state(x)
        return torch.cat((self.kinetic.gradient(p), -self.potential.gradient(q)), dim=-1)

    def energy(self, x: Float[Tensor, "*batch state"]) -> Float[Tensor, "*batch"]:
        """Return the learned H(q, p), defined up to a constant."""
        return self.hamiltonian(x)

    def canonical(self) -> Canonical:
        """Return the learned field; its coordinates are canonical already."""
        return Canonical(self.field().f)

    def split(self) -> Split:
        """Return ``dq/dt = dT/dp`` and ``dp/dt = -dV/dq``."""
        return Split(velocity=self.kinetic.gradient, force=lambda q: -self.potential.gradient(q))
