"""What an integrator may be asked to solve: suppliers of energy offer it, integrators take it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from torch import Tensor

from .state import Coordinates


def _same(x: Tensor) -> Tensor:
    return x


class Formula:
    """A supplier of motion whose problems are formulas of time and state, the same at every call.

    It is hashable, equal ones move equally, and nothing is learned: integrators may take its
    formulas apart once, and need not call it again.
    """


@dataclass(frozen=True)
class Field:
    """``dx/dt = f(t, x)`` in whatever coordinates; ``[*batch, state] -> [*batch, state]``."""

    f: Callable[[Tensor, Tensor], Tensor]


@dataclass(frozen=True)
class Canonical:
    r"""A field in canonical coordinates, with the maps into them and back.

    What a symplectic method for non-separable energies needs. A Lagrangian in (q, v) enters by
    ``p = dL/dv`` and leaves by solving for ``v``; where the state is canonical already, the maps
    do nothing.

    A motion :math:`\dot x = J(x) \nabla H` whose states are no pairs enters as it is. Symplectic
    Runge-Kutta methods commute with linear maps, so that they keep every *constant* J; of a J that
    depends on the state they keep the linear and quadratic invariants only, energy included.

    Source:
        Hairer, Lubich, Wanner, *Geometric Numerical Integration*, 2nd ed., theorem IV.2.2
        (quadratic invariants) and section VII.4.2 (Poisson integrators).
    """

    f: Callable[[Tensor, Tensor], Tensor]
    enter: Callable[[Tensor], Tensor] = _same
    leave: Callable[[Tensor], Tensor] = _same
    paired: bool = True
    """Whether states are (q, p), so that the halves have units of their own."""


@dataclass(frozen=True)
class Interaction:
    r"""The same motion in coordinates that move with a stiff linear part of its field.

    Of :math:`\dot x = A x + r(x)` with fast oscillations A, solved exactly: in
    :math:`y = e^{-tA} x`, or any fixed linear map of it, :math:`\dot y = e^{-tA} r(e^{tA} y)` moves
    slowly wherever r is small. All components of y must have one unit.

    Source:
        J. D. Lawson, *Generalized Runge-Kutta processes for stable systems with large Lipschitz
        constants*, SIAM J. Numer. Anal. 4, 372 (1967).
    """

    f: Callable[[Tensor, Tensor], Tensor]
    """``dy/dt`` at times and states y of any batch shape, ``[*batch]`` and ``[*batch, size]``."""
    enter: Callable[[Tensor], Tensor]
    """From x to y at time 0."""
    leave: Callable[[Tensor, Tensor], Tensor]
    """From times and y to x."""


@dataclass(frozen=True)
class Split:
    """``H = T(p) + V(q)``: ``dq/dt = velocity(p)`` and ``dp/dt = force(q)``, ``[*batch, dof]``."""

    velocity: Callable[[Tensor], Tensor]
    force: Callable[[Tensor], Tensor]


@dataclass(frozen=True)
class Constrained:
    """``dq/dt = M^-1 p`` and ``dp/dt = force(q) - phi_q^T lambda``, bound to ``phi(q) = 0``.

    The masses M are constant. What RATTLE needs.
    """

    velocity: Callable[[Tensor], Tensor]
    """``M^-1 p``: linear, ``[*batch, dof]``."""
    force: Callable[[Tensor], Tensor]
    """``-dV/dq``, ``[*batch, dof]``."""
    phi: Callable[[Tensor], Tensor]
    """The constraints, ``[*batch, dof] -> [*batch, constraints]``."""
    phi_q: Callable[[Tensor], Tensor]
    """Their Jacobian, ``[*batch, dof] -> [*batch, constraints, dof]``."""


@dataclass(frozen=True)
class Steps:
    """The map of one time step, learned as it is: there is no field, and no time between.

    A map that remembers more than the state takes its memory along, between ``enter`` and
    ``leave``.
    """

    step: Callable[[Tensor], Tensor]
    """One step on, ``[*batch, state + memory] -> [*batch, state + memory]``."""
    inverse: Callable[[Tensor], Tensor] | None
    """One step back; None where it is unknown."""
    interval: float | None
    """Length of the step in time; None before the data have told it: then any will do."""
    enter: Callable[[Tensor], Tensor] = _same
    """From states to what the map moves, at the start of a motion."""
    leave: Callable[[Tensor], Tensor] = _same


@runtime_checkable
class Mechanical(Protocol):
    """A supplier of motion: a known system or a learned model."""

    @property
    def coordinates(self) -> Coordinates:
        """What the supplier's states hold."""
        ...

    def field(self) -> Field:
        """Return the field in the supplier's own coordinates."""
        ...

    def canonical(self) -> Canonical:
        """Return the field in canonical coordinates.

        Raises:
            ValueError: if there are none, with what to do instead.
        """
        ...

    def split(self) -> Split:
        """Return the separate flows of T(p) and V(q).

        Raises:
            ValueError: if the energy is not separable, with what to do instead.
        """
        ...

    def constrained(self) -> Constrained:
        """Return forces and constraints apart.

        Raises:
            ValueError: if there are no constraints, or the masses are not constant, with what to
                do instead.
        """
        ...

    def steps(self) -> Steps:
        """Return the map of a fixed time step.

        Raises:
            ValueError: if the motion is given by a field, with what to do instead.
        """
        ...
