"""Systems whose positions are bound by holonomic constraints."""

from __future__ import annotations

import math
from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import replace

from jaxtyping import Float
from torch import Tensor

from ..mechanics.constraints import combine, constrained_field, project
from ..mechanics.known import Known
from ..mechanics.problem import Constrained, Split
from ..mechanics.state import split_state
from ..mechanics.symplectic import jacobian
from ..mechanics.traits import Trait
from .natural import ConstantMassSystem, NaturalSystem, SeparableSystem


class ConstrainedSystem(NaturalSystem):
    r"""A natural system in more positions than it has degrees of freedom.

    .. math:: \dot q = M^{-1} p, \quad \dot p = -H_q - \varphi_q^T \lambda, \quad \varphi(q) = 0

    Motions lie on the manifold :math:`\varphi = \dot\varphi = 0`: there the energy is conserved,
    and there starts must lie. Energies, masses and the field are defined beside it as well.

    Source:
        Hairer, Lubich, Wanner, *Geometric Numerical Integration*, 2nd ed., section VII.1.
    """

    @property
    def traits(self) -> frozenset[Trait]:
        """Constraint forces, which no energy of free coordinates supplies."""
        return frozenset({"constraints"})

    @property
    def known(self) -> Known:
        """The constraints."""
        return replace(
            super().known, constraints=self.constraints, constraint_rows=self.constraint_jacobian
        )

    @abstractmethod
    def constraints(self, q: Float[Tensor, "*batch dof"]) -> Float[Tensor, "*batch constraints"]:
        """Return phi(q), zero where the constraints hold."""

    @property
    @abstractmethod
    def constraint_scale(self) -> float:
        """The size of phi where it is broken altogether, in its unit: what it is divided by."""

    def violations(
        self, x: Float[Tensor, "*batch state"]
    ) -> Mapping[str, Float[Tensor, "*batch constraints"]]:
        """Return what vanishes along motions, without units: constraints and their rates."""
        frequency = 2 * math.pi / self.time_scale
        return {
            "position": self.constraints(split_state(x)[0]) / self.constraint_scale,
            "velocity": self.constraint_rate(x) / (self.constraint_scale * frequency),
        }

    def constraint_jacobian(
        self, q: Float[Tensor, "*batch dof"]
    ) -> Float[Tensor, "*batch constraints dof"]:
        """Return ``d phi/dq``."""
        return jacobian(self.constraints, q)

    def constraint_rate(
        self, x: Float[Tensor, "*batch state"]
    ) -> Float[Tensor, "*batch constraints"]:
        """Return ``d phi/dt`` at ``x = (q, p)``, zero along motions."""
        _, v = split_state(self.to_velocity(x))
        rows = self.constraint_jacobian(split_state(x)[0])
        return combine(rows, v)

    def project(self, x: Float[Tensor, "*batch state"]) -> Float[Tensor, "*batch state"]:
        """Return states near ``x`` that satisfy the constraints, and whose velocities do."""
        return project(self.hamiltonian, self.constraints, x)

    def vector_field(
        self, x: Float[Tensor, "*batch state"], t: Tensor | None = None
    ) -> Float[Tensor, "*batch state"]:
        """Return ``dx/dt`` with the constraint forces."""
        return constrained_field(self.hamiltonian, self.constraints, x, t)

    def split(self) -> Split:
        """Refuse: kicks and drifts alone leave the manifold.

        Raises:
            ValueError: always.
        """
        raise ValueError(
            f"the method needs a separable energy H = T(p) + V(q) of free positions; those of "
            f"{type(self).__name__} are bound by constraints. Use data.integrator=reference, or "
            f"integrator=dopri8; integrator=rattle is leapfrog for constraints, where masses are "
            f"constant."
        )

    def constrained(self) -> Constrained:
        """Refuse masses that depend on the position.

        Raises:
            ValueError: always; systems with constant masses offer the problem.
        """
        raise ValueError(
            f"integrator=rattle needs H = p M^-1 p / 2 + V(q) with constant masses M, as in "
            f"Cartesian coordinates; those of {type(self).__name__} depend on the positions. Use "
            f"data.integrator=reference, or integrator=dopri8, which follow any field."
        )


class ConstrainedMasses(ConstrainedSystem, ConstantMassSystem):
    """Constant masses, which may couple, bound by constraints."""

    def constrained(self) -> Constrained:
        """Return forces and constraints apart."""
        return Constrained(self.velocity, self.force, self.constraints, self.constraint_jacobian)


class ConstrainedParticles(ConstrainedMasses, SeparableSystem):
    """Constant masses of points in Cartesian coordinates, bound by constraints."""
