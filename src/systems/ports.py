"""Mechanical systems that exchange energy: friction takes it, inputs supply it."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import replace

import torch
from jaxtyping import Float
from torch import Tensor

from ..mechanics.known import Known
from ..mechanics.problem import Split
from ..mechanics.state import split_state
from ..mechanics.traits import Trait
from .base import System


class OpenSystem(System):
    """A system with friction and inputs, however its states are made: what all of them promise.

    Inputs are named by ``spec.inputs``.
    """

    @property
    @abstractmethod
    def frictionless(self) -> bool:
        """Whether the parameters leave no friction."""

    @property
    @abstractmethod
    def input_scale(self) -> tuple[float, ...]:
        """A typical size of each input, in its unit: what signals are measured in."""

    @property
    def balance(self) -> tuple[tuple[float, ...], tuple[float, ...]]:
        """A state at rest, and the inputs that hold it: zeros, unless a system says otherwise."""
        return (0.0,) * self.spec.size, (0.0,) * len(self.spec.inputs)

    @abstractmethod
    def output(self, x: Float[Tensor, "*batch state"]) -> Float[Tensor, "*batch inputs"]:
        """Return what each unit of input supplies, in J/s."""

    @property
    def traits(self) -> frozenset[Trait]:
        """Dissipation, where there is friction."""
        friction: frozenset[Trait] = frozenset(() if self.frictionless else ("dissipation",))
        return super().traits | friction

    @property
    def reversible(self) -> bool:
        """Friction tells the direction of time."""
        return self.frictionless and super().reversible


class PortSystem(OpenSystem):
    r"""Generalised forces of friction F and of inputs ``G(q) u`` on the momenta of a system.

    .. math:: \dot q = H_p, \qquad \dot p = -H_q + F(q, v) + G(q)\,u, \qquad
        \dot H = v \cdot F + y \cdot u, \qquad y = G(q)^T v

    To be named before the class that gives the energy: ``class Cart(PortSystem, NaturalSystem)``.

    Source:
        A. van der Schaft, D. Jeltsema, *Port-Hamiltonian Systems Theory: An Introductory Overview*,
        2014, eqs. (2.24) and (4.1).
    """

    @abstractmethod
    def friction(
        self, q: Float[Tensor, "*batch dof"], v: Float[Tensor, "*batch dof"]
    ) -> Float[Tensor, "*batch dof"]:
        """Return the generalised forces F of friction, with ``v . F <= 0``."""

    @property
    def known(self) -> Known:
        """Where inputs act."""
        return replace(super().known, actuation=self._added)

    @abstractmethod
    def actuation(
        self, q: Float[Tensor, "*batch dof"], u: Float[Tensor, "*batch inputs"]
    ) -> Float[Tensor, "*batch dof"]:
        """Return the generalised forces ``G(q) u``, linear in the inputs."""

    def rate(
        self, x: Float[Tensor, "*batch state"], u: Float[Tensor, "*batch inputs"] | None = None
    ) -> Float[Tensor, "*batch state"]:
        """Return the field of the energy, and the forces on the momenta."""
        if self.frictionless and u is None:
            return self.vector_field(x)
        dq, dp = split_state(self.vector_field(x))
        return torch.cat((dq, dp + self._forces(x, dq, u)), dim=-1)

    def power(
        self, x: Float[Tensor, "*batch state"], u: Float[Tensor, "*batch inputs"] | None = None
    ) -> Float[Tensor, "*batch"]:
        """Return ``v . (F + G u)``."""
        _, v = split_state(self.to_velocity(x))
        return (v * self._forces(x, v, u)).sum(-1)

    def output(self, x: Float[Tensor, "*batch state"]) -> Float[Tensor, "*batch inputs"]:
        """Return ``y = G^T v``: what each unit of input supplies, in J/s."""
        q, v = split_state(self.to_velocity(x))
        units = torch.eye(len(self.spec.inputs), dtype=x.dtype, device=x.device)
        columns = [self.actuation(q, unit.expand(*q.shape[:-1], -1)) for unit in units]
        return torch.stack([(column * v).sum(-1) for column in columns], dim=-1)

    def split(self) -> Split:
        """Return the separate flows of T(p) and V(q).

        Raises:
            ValueError: if there is friction, or the energy is not separable.
        """
        if not self.frictionless:
            raise ValueError(
                f"the method needs a conserved, separable energy; {type(self).__name__} has "
                f"friction. Use an integrator for any field: integrator=dopri8 or integrator=rk4."
            )
        return super().split()

    def _added(self, x: Tensor, u: Tensor) -> Tensor:
        """Return what inputs add to dx/dt."""
        force = self.actuation(split_state(x)[0], u)
        return torch.cat((torch.zeros_like(force), force), dim=-1)

    def _forces(self, x: Tensor, v: Tensor, u: Tensor | None) -> Tensor:
        q, _ = split_state(x)
        force = self.friction(q, v)
        return force if u is None else force + self.actuation(q, u)


class DampedAndDriven(PortSystem):
    """A damper ``-damping v`` on each coordinate, and an input on each."""

    damping: float
    """Coefficient of the dampers; a parameter of the system."""

    @property
    def frictionless(self) -> bool:
        """Whether there is no damper."""
        return self.damping == 0

    def friction(
        self, q: Float[Tensor, "*batch dof"], v: Float[Tensor, "*batch dof"]
    ) -> Float[Tensor, "*batch dof"]:
        """Return ``-damping v``."""
        return -self.damping * v

    def actuation(
        self, q: Float[Tensor, "*batch dof"], u: Float[Tensor, "*batch inputs"]
    ) -> Float[Tensor, "*batch dof"]:
        """Return the inputs."""
        return u
