"""The rate at which a firm fails."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from ...mechanics.state import StateSpec
from .mean_reverting import Discounting, SquareRoot


@dataclass(frozen=True)
class CIRIntensity(Discounting, SquareRoot):
    r"""The intensity of default ``d lambda = k (theta - lambda) dt + s sqrt(lambda) dW``.

    .. math:: H = \tfrac12 s^2 \lambda p^2 + k (\theta - \lambda) p - \lambda

    The energy of :class:`~.cir.CIR`: to be killed at a rate and to be discounted by it are one.
    The action is the logarithm of the probability to survive, minus the energy the forward hazard.

    Source:
        D. Duffie, K. Singleton, *Modeling term structures of defaultable bonds*, Review of
        Financial Studies 12 (1999), section 1.

    Raises:
        ValueError: if a parameter is not positive, or a range is not one.
    """

    domain: ClassVar[str] = "credit risk"

    pull: float = 0.5
    """How fast the intensity comes back to its mean, k, in 1/yr."""
    mean: float = 0.03
    """theta, per year."""
    volatility: float = 0.12
    """s, per year: the noise of an intensity of 1."""
    today: float = 0.02
    """The intensity of today, per year: what curves start from."""
    levels: Sequence[float] = (0.0025, 0.1)
    """Range of the intensity in training starts, per year."""
    momenta: Sequence[float] = (-2.6, 0.3)
    """Range of p in training starts, in yr."""

    @property
    def spec(self) -> StateSpec:
        """The intensity, per year; its momentum is the slope of a log-probability, in yr."""
        return StateSpec(positions=("h",), angular=(False,))
