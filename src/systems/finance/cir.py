"""A short rate that is pulled back to its mean and never negative."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from ...mechanics.state import StateSpec
from .mean_reverting import Discounting, SquareRoot


@dataclass(frozen=True)
class CIR(Discounting, SquareRoot):
    r"""The short rate ``dr = k (theta - r) dt + s sqrt(r) dW``, which is also that of discount.

    .. math:: H = \tfrac12 s^2 r p^2 + k (\theta - r) p - r, \qquad
              L = \frac{(\dot r - k (\theta - r))^2}{2 s^2 r} + r

    With ``q = 2 sqrt(r) / s`` an inverted isotonic oscillator, whose rate is the
    ``h = sqrt(k^2 + 2 s^2)`` of the bond formula.

    Source:
        J. Cox, J. Ingersoll, S. Ross, *A theory of the term structure of interest rates*,
        Econometrica 53 (1985), eqs. (17) and (23).

    Raises:
        ValueError: if a parameter is not positive, or a range is not one.
    """

    domain: ClassVar[str] = "interest rates"

    pull: float = 0.3
    """How fast the rate comes back to its mean, k, in 1/yr."""
    mean: float = 0.05
    """theta, per year."""
    volatility: float = 0.1
    """s, per year: the noise of a rate of 1."""
    today: float = 0.03
    """The rate of today r0, per year: what curves start from."""
    levels: Sequence[float] = (0.0025, 0.15)
    """Range of r in training starts, per year."""
    momenta: Sequence[float] = (-4.6, 0.4)
    """Range of p in training starts: minus durations, in yr."""

    @property
    def spec(self) -> StateSpec:
        """The short rate r, per year; its momentum is the slope of a logarithmic price, in yr."""
        return StateSpec(positions=("r",), angular=(False,))
