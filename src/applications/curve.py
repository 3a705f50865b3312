"""Numbers that follow from an energy, along an axis: a smile over strikes, yields over maturities.

Where a :class:`Quantity` is read from a motion, a curve is computed from the energy itself, usually
by a two-point problem (``src/boundary``): the same function for the truth and for a learned energy.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Generic, TypeVar

import torch
from jaxtyping import Float
from torch import Tensor

from ..mechanics.hamiltonian import Energy, energy_gradient

S = TypeVar("S")


@dataclass(frozen=True)
class Anchor:
    """A state at which H is known: motions tell an energy up to a constant, and prices need it."""

    x: Float[Tensor, " state"]
    energy: float

    def fix(self, energy: Energy) -> Energy:
        """Return the energy plus the constant that makes it right at the anchor."""
        with torch.no_grad():
            shift = self.energy - float(energy(self.x.unsqueeze(0))[0])
        return _Shifted(energy, shift)


@dataclass(frozen=True)
class _Shifted:
    energy: Energy
    shift: float

    def __call__(self, x: Tensor, t: Tensor | None = None) -> Tensor:
        return self.energy(x, t) + self.shift

    def gradient(self, x: Tensor, t: Tensor | None = None) -> Tensor:
        """Return that of the energy itself."""
        return energy_gradient(self.energy, x, t)


class Shared(Generic[S]):
    """A solution that several curves read: made once for them, while the energy is the same."""

    def __init__(self, solve: Callable[[Energy], S]) -> None:
        self._solve = solve
        self._last: tuple[Energy, S] | None = None

    def __call__(self, energy: Energy) -> S:
        """Return the solution for an energy."""
        if self._last is None or self._last[0] != energy:
            self._last = energy, self._solve(energy)
        return self._last[1]


@dataclass(frozen=True)
class Curve:
    """One curve: what it means, how an energy gives it, and what it should be."""

    meaning: str
    axis: str
    """What the points are, with the unit: ``maturity (yr)``."""
    points: Float[Tensor, " points"]
    unit: str
    """Of the values; empty for pure numbers."""
    value: Callable[[Energy], Float[Tensor, " points"]]
    """The curve of an energy H(q, p) of states in the reference coordinates, float64; NaN where the
    energy has no such number inside its domain."""
    exact: Float[Tensor, " points"]
    """What it should be: a closed form, or the model's own price by an independent method."""
    source: str = "closed form"
    """Where ``exact`` is from."""
    error_unit: str = ""
    """The unit of errors, such as ``bp``; empty: that of the values."""
    error_factor: float = 1.0
    """How many of them one unit of the values holds."""
    relative: bool = False
    """Whether errors are divided by the largest exact value, in per cent."""
    anchor: Anchor | None = None
    """None where a constant added to the energy changes nothing."""
    others: Mapping[str, Float[Tensor, " points"]] = field(default_factory=dict)
    """Curves to compare with, by name: Black and Scholes' flat volatility beside a smile."""

    def errors(self, values: Float[Tensor, " points"]) -> Float[Tensor, " points"]:
        """Return how far values are from what they should be, in units of errors."""
        difference = values - self.exact
        return (
            100 * difference / self.exact.abs().max()
            if self.relative
            else (self.error_factor * difference)
        )

    def of(self, energy: Energy) -> Float[Tensor, " points"]:
        """Return the curve of an energy that may be off by a constant."""
        fixed = energy if self.anchor is None else self.anchor.fix(energy)
        with torch.no_grad():
            return self.value(fixed)
