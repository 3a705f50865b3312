"""Systems whose Lagrangian has a term linear in the velocities: magnetic fields, turning frames."""

from __future__ import annotations

from abc import abstractmethod

import torch
from jaxtyping import Float
from torch import Tensor

from ..mechanics.state import split_state
from .base import System
from .constants import like


class GyroscopicSystem(System):
    r"""Constant masses, a potential, and forces at right angles to the velocity.

    .. math:: L = \sum_i \frac{m_i v_i^2}{2} + A(q) \cdot v - V(q), \qquad p = m v + A(q), \qquad
              H = \sum_i \frac{(p_i - A_i(q))^2}{2 m_i} + V(q)

    The vector potential A does no work: it is part of the momentum and not of the energy. That is
    why ``(q, m v)`` is not canonical here, and a model that takes it for ``(q, p)`` cannot fit.

    Source:
        H. Goldstein, *Classical Mechanics*, 3rd ed., eqs. (1.63), (8.34) and (8.35), for a charge
        in a magnetic field; C. Lanczos, *The Variational Principles of Mechanics*, section V.4.
    """

    @property
    @abstractmethod
    def masses(self) -> tuple[float, ...]:
        """The constant inertia that belongs to each coordinate."""

    @abstractmethod
    def vector_potential(self, q: Float[Tensor, "*batch dof"]) -> Float[Tensor, "*batch dof"]:
        """Return A(q), the momentum of a body at rest."""

    @abstractmethod
    def potential(self, q: Float[Tensor, "*batch dof"]) -> Float[Tensor, "*batch"]:
        """Return V(q), the energy of a body at rest."""

    @property
    def reversible(self) -> bool:
        """No: a body sent back sees the forces from its other side, and does not return."""
        return False

    def to_velocity(self, x: Float[Tensor, "*batch state"]) -> Float[Tensor, "*batch state"]:
        """Return ``(q, (p - A(q)) / m)``."""
        q, p = split_state(x)
        return torch.cat((q, (p - self.vector_potential(q)) / like(self.masses, p)), dim=-1)

    def to_canonical(self, x: Float[Tensor, "*batch state"]) -> Float[Tensor, "*batch state"]:
        """Return ``(q, m v + A(q))``."""
        q, v = split_state(x)
        return torch.cat((q, v * like(self.masses, v) + self.vector_potential(q)), dim=-1)

    def hamiltonian(
        self, x: Float[Tensor, "*batch state"], t: Tensor | None = None
    ) -> Float[Tensor, "*batch"]:
        """Return ``H = m v^2 / 2 + V(q)`` with ``v = (p - A(q)) / m``."""
        q, v = split_state(self.to_velocity(x))
        return self._kinetic(v) + self.potential(q)

    def lagrangian(
        self, x: Float[Tensor, "*batch state"], t: Tensor | None = None
    ) -> Float[Tensor, "*batch"]:
        """Return ``L = m v^2 / 2 + A(q) . v - V(q)``."""
        q, v = split_state(x)
        return self._kinetic(v) + (self.vector_potential(q) * v).sum(-1) - self.potential(q)

    def _kinetic(self, v: Tensor) -> Tensor:
        return (like(self.masses, v) * v.square()).sum(-1) / 2
