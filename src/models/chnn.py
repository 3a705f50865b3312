"""Hamiltonian neural networks with explicit constraints."""

from __future__ import annotations

from typing import ClassVar

import torch
from jaxtyping import Float
from torch import Tensor

from ..mechanics.constraints import constraint_rate, dirac_field
from ..mechanics.problem import Canonical, Constrained
from ..mechanics.state import StateSpec, split_state
from .base import Dynamics
from .energy_net import EnergyNet
from .mass_net import MassNet
from .natural_energy import NaturalEnergy, masses_of_bound


class CHNN(Dynamics):
    r"""Learn masses and a potential; known constraints supply the forces that keep them.

    :math:`H = p^T M^{-1} p / 2 + V(q)` in more positions than there are degrees of freedom, bound
    by ``phi(q) = 0``. In Cartesian coordinates M is constant, a matrix that may couple the ends of
    a body, and V is simple, where angles make both complicated; if some positions are angles, M
    depends on the positions. Whatever the weights, the energy, the constraints and their learned
    rates ``phi_q M^-1 p`` are kept exactly, on the manifold and beside it.

    Source:
        Finzi, Wang, Wilson, *Simplifying Hamiltonian and Lagrangian Neural Networks via Explicit
        Constraints*, NeurIPS 2020, arXiv:2010.13581.

    Raises:
        ValueError: if the constraints are unknown.
    """

    kind: ClassVar[str] = "chnn"
    learns = "hamiltonian"
    represents = frozenset({"constraints"})
    conserves = frozenset({"energy", "constraints"})
    needs = frozenset({"constraints"})

    def __init__(
        self, spec: StateSpec, width: int = 128, depth: int = 2, activation: str = "tanh"
    ) -> None:
        super().__init__(spec.expressed_in("canonical"))
        assert spec.known.constraints is not None
        assert spec.known.constraint_rows is not None
        self.phi, self.phi_q = spec.known.constraints, spec.known.constraint_rows
        inverse = masses_of_bound(spec.angular, width, depth, activation)
        potential = EnergyNet(spec.angular, width, depth, activation)
        self.hamiltonian = NaturalEnergy(inverse, potential, 1)

    def scale_nets(self) -> None:
        """Give masses and potential the scales of states and rates."""
        self.hamiltonian.fit_momenta(self.x_mean, self.x_scale, self.dx_scale)

    def forward(
        self, t: Tensor, x: Float[Tensor, "*batch state"], u: Tensor | None = None
    ) -> Float[Tensor, "*batch state"]:
        """Return the field of the learned H on the manifold of the constraints."""
        return dirac_field(self.hamiltonian, self._kept, x)

    def energy(self, x: Float[Tensor, "*batch state"]) -> Float[Tensor, "*batch"]:
        """Return the learned H(q, p), defined up to what vanishes on the manifold."""
        return self.hamiltonian(x)

    def canonical(self) -> Canonical:
        """Return the learned field; its coordinates are canonical already."""
        return Canonical(self.field().f)

    def constrained(self) -> Constrained:
        """Return forces and constraints apart.

        Raises:
            ValueError: if the masses depend on the positions.
        """
        masses = self.hamiltonian.kinetic
        if isinstance(masses, MassNet):
            raise ValueError(
                "integrator=rattle needs constant masses, as in Cartesian coordinates; those of "
                "model=chnn depend on the positions where some are angles. Use integrator=dopri8 "
                "or integrator=implicit_midpoint."
            )
        inverse = masses.constant()
        return Constrained(
            velocity=lambda p: p @ inverse,
            force=lambda q: -self.hamiltonian.potential.gradient(q),
            phi=self.phi,
            phi_q=self.phi_q,
        )

    def _kept(self, x: Tensor) -> Tensor:
        """Return constraints and rates; the potential plays no part in them."""
        rate = constraint_rate(self.hamiltonian.kinetic, self.phi, x)
        return torch.cat((self.phi(split_state(x)[0]), rate), dim=-1)
