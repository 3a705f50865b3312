"""Systems whose velocities also enter linearly: magnetic fields and rotating frames."""

from __future__ import annotations

from abc import abstractmethod

import torch
from jaxtyping import Float
from torch import Tensor

from ..mechanics.state import split_state
from .base import System


class GyroscopicSystem(System):
    r"""Constant masses, a potential, and a force at right angles to the velocity.

    .. math:: L = \sum_i \tfrac12 m_i v_i^2 + A(q) \cdot v - V(q), \qquad
        H = \sum_i \frac{(p_i - A_i(q))^2}{2 m_i} + V(q)

    The canonical momentum is :math:`p = m v + A`, not :math:`m v`: in :math:`(q, m v)` the motion
    is not Hamiltonian with the usual bracket. A includes the charge, or the rate of rotation.
    Adding a gradient to A changes the momenta and no motion.

    Source:
        H. Goldstein, *Classical Mechanics*, 3rd ed., section 1.5 and eq. (8.35).
    """

    @property
    @abstractmethod
    def masses(self) -> tuple[float, ...]:
        """The inertia that belongs to each coordinate."""

    @abstractmethod
    def vector_potential(self, q: Float[Tensor, "*batch dof"]) -> Float[Tensor, "*batch dof"]:
        """Return A(q), in the units of the momenta."""

    @abstractmethod
    def potential(self, q: Float[Tensor, "*batch dof"]) -> Float[Tensor, "*batch"]:
        """Return V(q)."""

    @property
    def reversible(self) -> bool:
        """Not: reversing the momenta does not reverse the field."""
        return False

    def _masses(self, like: Tensor) -> Tensor:
        return torch.tensor(self.masses, dtype=like.dtype, device=like.device)

    def to_velocity(self, x: Float[Tensor, "*batch state"]) -> Float[Tensor, "*batch state"]:
        """Return ``(q, (p - A) / m)``."""
        q, p = split_state(x)
        return torch.cat((q, (p - self.vector_potential(q)) / self._masses(p)), dim=-1)

    def to_canonical(self, x: Float[Tensor, "*batch state"]) -> Float[Tensor, "*batch state"]:
        """Return ``(q, m v + A)``."""
        q, v = split_state(x)
        return torch.cat((q, v * self._masses(v) + self.vector_potential(q)), dim=-1)

    def hamiltonian(
        self, x: Float[Tensor, "*batch state"], t: Tensor | None = None
    ) -> Float[Tensor, "*batch"]:
        """Return ``sum m v^2 / 2 + V`` with ``v = (p - A) / m``."""
        q, v = split_state(self.to_velocity(x))
        return self._kinetic(v) + self.potential(q)

    def lagrangian(
        self, x: Float[Tensor, "*batch state"], t: Tensor | None = None
    ) -> Float[Tensor, "*batch"]:
        """Return ``sum m v^2 / 2 + A . v - V``."""
        q, v = split_state(x)
        return self._kinetic(v) + (self.vector_potential(q) * v).sum(-1) - self.potential(q)

    def _kinetic(self, v: Tensor) -> Tensor:
        return (self._masses(v) * v.square()).sum(-1) / 2
