"""Motions of an energy together with their action."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from ..integrators.base import integrate_surviving
from ..integrators.dop853 import DOP853
from ..mechanics.hamiltonian import Energy, hamiltonian_field
from ..mechanics.problem import Canonical, Constrained, Field, Split, Steps
from ..mechanics.state import Coordinates, split_state

PRECISE = DOP853(rtol=1e-12, atol=1e-13)
"""The integrator: errors of prices are then those of the energy."""


@dataclass(frozen=True)
class Box:
    """Where an energy is known: learned ones mean nothing outside what they were trained on."""

    low: Float[Tensor, " state"]
    high: Float[Tensor, " state"]

    @property
    def middle(self) -> Float[Tensor, " state"]:
        """Its centre; zero where it does not bind."""
        return ((self.low + self.high) / 2).nan_to_num(0, 0, 0)

    @classmethod
    def of(cls, bounds: Sequence[tuple[float, float]]) -> Box:
        """Return the box with these lowest and highest values of each component."""
        low, high = torch.tensor(bounds, dtype=torch.float64).T
        return cls(low, high)

    def holds(self, x: Float[Tensor, "*batch state"]) -> Tensor:
        """Return whether each state lies inside, ``[*batch]``; infinite bounds do not bind."""
        return ((x >= self.low) & (x <= self.high)).all(-1)


@dataclass(frozen=True)
class Characteristics:
    """Motions ``x [time, *batch, state]`` and their actions ``[time, *batch]``, 0 at ``t[0]``.

    NaN from where a motion leaves the domain of its energy, or cannot be continued.
    """

    t: Float[Tensor, " time"]
    x: Float[Tensor, "time *batch state"]
    action: Tensor


def characteristics(
    energy: Energy,
    x0: Float[Tensor, "*batch state"],
    t: Float[Tensor, " time"],
    domain: Box | None = None,
) -> Characteristics:
    r"""Follow ``dx/dt = J grad H`` and the action ``S = \int (p . H_p - H) dt`` from ``x0``.

    Along them the Hamilton-Jacobi equation becomes ordinary: :math:`\phi(t, q)` with
    :math:`\phi_t + H(q, \phi_q) = 0` has :math:`\phi_q = p`, and grows by S. Times may decrease:
    then conditions at the end are carried back to the start.

    Source:
        V. I. Arnold, *Mathematical Methods of Classical Mechanics*, 2nd ed., section 46.
    """
    size = x0.shape[-1]
    y0 = torch.cat((x0, torch.zeros_like(x0[..., :1])), dim=-1)
    motion = Alongside(lambda _, y: with_action(energy, y[..., :size]))
    path = integrate_surviving(PRECISE, motion, y0, t).x
    if domain is not None:
        inside = domain.holds(path[..., :size]).int().cummin(dim=0).values.bool()
        path = torch.where(inside.unsqueeze(-1), path, torch.nan)
    return Characteristics(t, path[..., :size], path[..., size])


def with_action(
    energy: Energy, x: Float[Tensor, "*batch state"]
) -> Float[Tensor, "*batch augmented"]:
    """Return the rates of the states ``x = (q, p)``, and that of their action at the end."""
    dx = hamiltonian_field(energy, x)
    growth = (split_state(x)[1] * split_state(dx)[0]).sum(-1) - energy(x)
    return torch.cat((dx, growth.unsqueeze(-1)), dim=-1)


@dataclass(frozen=True)
class Alongside:
    """States with what is integrated along them: a field and nothing else."""

    f: Callable[[Tensor, Tensor], Tensor]
    coordinates: Coordinates = "canonical"

    def field(self) -> Field:
        """Return the rates of all of it."""
        return Field(self.f)

    def canonical(self) -> Canonical:
        """Refuse: there is none.

        Raises:
            ValueError: always.
        """
        raise ValueError("states that carry their action are no pairs (q, p).")

    def split(self) -> Split:
        """Refuse: there is none.

        Raises:
            ValueError: always.
        """
        raise ValueError("states that carry their action are no pairs (q, p).")

    def constrained(self) -> Constrained:
        """Refuse: there is none.

        Raises:
            ValueError: always.
        """
        raise ValueError("states that carry their action are no pairs (q, p).")

    def steps(self) -> Steps:
        """Refuse: there is none.

        Raises:
            ValueError: always.
        """
        raise ValueError("states that carry their action move by a field.")
