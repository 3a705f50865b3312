"""Natural systems: kinetic energy quadratic in the velocities, minus a potential."""

from __future__ import annotations

from abc import abstractmethod

import torch
from jaxtyping import Float
from torch import Tensor

from ..mechanics.problem import Split
from ..mechanics.state import split_state
from .base import System
from .constants import like


class NaturalSystem(System):
    r"""Kinetic energy quadratic in the velocities, minus a potential.

    .. math:: L = \tfrac12 v^T M(q) v - V(q), \qquad H = \tfrac12 p^T M(q)^{-1} p + V(q)

    Source:
        H. Goldstein, *Classical Mechanics*, 3rd ed., sections 1.6 and 8.1, eq. (8.27).
    """

    @abstractmethod
    def mass_matrix(self, q: Float[Tensor, "*batch dof"]) -> Float[Tensor, "*batch dof dof"]:
        """Return the symmetric positive definite M(q)."""

    @abstractmethod
    def potential(self, q: Float[Tensor, "*batch dof"]) -> Float[Tensor, "*batch"]:
        """Return V(q)."""

    def to_velocity(self, x: Float[Tensor, "*batch state"]) -> Float[Tensor, "*batch state"]:
        """Return ``(q, M(q)^-1 p)``."""
        q, p = split_state(x)
        return torch.cat((q, torch.linalg.solve(self.mass_matrix(q), p)), dim=-1)

    def to_canonical(self, x: Float[Tensor, "*batch state"]) -> Float[Tensor, "*batch state"]:
        """Return ``(q, M(q) v)``."""
        q, v = split_state(x)
        return torch.cat((q, (self.mass_matrix(q) @ v.unsqueeze(-1)).squeeze(-1)), dim=-1)

    def hamiltonian(
        self, x: Float[Tensor, "*batch state"], t: Tensor | None = None
    ) -> Float[Tensor, "*batch"]:
        """Return ``H = p . v / 2 + V(q)`` with ``v = M(q)^-1 p``."""
        q, p = split_state(x)
        _, v = split_state(self.to_velocity(x))
        return (p * v).sum(-1) / 2 + self.potential(q)

    def lagrangian(
        self, x: Float[Tensor, "*batch state"], t: Tensor | None = None
    ) -> Float[Tensor, "*batch"]:
        """Return ``L = v . p / 2 - V(q)`` with ``p = M(q) v``."""
        q, v = split_state(x)
        _, p = split_state(self.to_canonical(x))
        return (v * p).sum(-1) / 2 - self.potential(q)


class ConstantMassSystem(NaturalSystem):
    """A natural system whose mass matrix is constant: ``H = p^T M^-1 p / 2 + V(q)``."""

    @abstractmethod
    def velocity(self, p: Float[Tensor, "*batch dof"]) -> Float[Tensor, "*batch dof"]:
        """Return ``M^-1 p``."""

    @abstractmethod
    def momentum(self, v: Float[Tensor, "*batch dof"]) -> Float[Tensor, "*batch dof"]:
        """Return ``M v``."""

    def to_velocity(self, x: Float[Tensor, "*batch state"]) -> Float[Tensor, "*batch state"]:
        """Return ``(q, M^-1 p)``."""
        q, p = split_state(x)
        return torch.cat((q, self.velocity(p)), dim=-1)

    def to_canonical(self, x: Float[Tensor, "*batch state"]) -> Float[Tensor, "*batch state"]:
        """Return ``(q, M v)``."""
        q, v = split_state(x)
        return torch.cat((q, self.momentum(v)), dim=-1)

    def vector_field(
        self, x: Float[Tensor, "*batch state"], t: Tensor | None = None
    ) -> Float[Tensor, "*batch state"]:
        """Return ``(M^-1 p, -dV/dq)``."""
        q, p = split_state(x)
        return torch.cat((self.velocity(p), self.force(q)), dim=-1)

    def force(self, q: Float[Tensor, "*batch dof"]) -> Float[Tensor, "*batch dof"]:
        """Return ``-dV/dq``; systems that are simulated much may give it in closed form."""
        return -torch.func.grad(lambda y: self.potential(y).sum())(q)

    def split(self) -> Split:
        """Return ``dq/dt = M^-1 p`` and ``dp/dt = -dV/dq``."""
        return Split(velocity=self.velocity, force=self.force)


class SeparableSystem(ConstantMassSystem):
    """A natural system whose masses are constant and do not couple: ``H = sum p^2/2m + V(q)``."""

    @property
    @abstractmethod
    def masses(self) -> tuple[float, ...]:
        """The inertia that belongs to each coordinate."""

    def mass_matrix(self, q: Float[Tensor, "*batch dof"]) -> Float[Tensor, "*batch dof dof"]:
        """Return the constant diagonal matrix of the masses."""
        return torch.diag(like(self.masses, q)).expand(*q.shape, q.shape[-1])

    def velocity(self, p: Float[Tensor, "*batch dof"]) -> Float[Tensor, "*batch dof"]:
        """Return ``p / m``."""
        return p / like(self.masses, p)

    def momentum(self, v: Float[Tensor, "*batch dof"]) -> Float[Tensor, "*batch dof"]:
        """Return ``m v``."""
        return v * like(self.masses, v)
