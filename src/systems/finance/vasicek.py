"""A short rate that is pulled back to its mean, with a noise of constant size."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from ...mechanics.state import StateSpec
from .mean_reverting import Discounting, OrnsteinUhlenbeck


@dataclass(frozen=True)
class Vasicek(Discounting, OrnsteinUhlenbeck):
    r"""The short rate ``dr = k (theta - r) dt + s dW``, which is also the rate of discount.

    .. math:: H = \tfrac12 s^2 p^2 + k (\theta - r) p - r, \qquad
              L = \frac{(\dot r - k (\theta - r))^2}{2 s^2} + r

    An inverted oscillator: ``r'' = k^2 (r - theta) + s^2``, which has two numbers for three
    parameters, so that accelerations alone price nothing.

    Source:
        O. Vasicek, *An equilibrium characterization of the term structure*, J. Financial Economics
        5 (1977), eq. (27) for the price.

    Raises:
        ValueError: if the pull or the noise is not positive, a rate is not finite, or a range is
            not one.
    """

    domain: ClassVar[str] = "interest rates"

    pull: float = 0.25
    """How fast the rate comes back to its mean, k, in 1/yr."""
    mean: float = 0.05
    """theta, per year."""
    volatility: float = 0.015
    """s, per year and square root of a year."""
    today: float = 0.02
    """The rate of today r0, per year: what curves start from."""
    levels: Sequence[float] = (-0.02, 0.15)
    """Range of r in training starts, per year."""
    momenta: Sequence[float] = (-4.6, 0.4)
    """Range of p in training starts: minus durations, in yr."""

    @property
    def spec(self) -> StateSpec:
        """The short rate r, per year; its momentum is the slope of a logarithmic price, in yr."""
        return StateSpec(positions=("r",), angular=(False,))
