"""Heston's price and variance as they move, asked for their most plausible way to a loss."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from ..sampling import check_finite, check_positive
from .heston import Heston


@dataclass(frozen=True)
class HestonCrash(Heston):
    r"""The generator under the measure of what happens, where the price grows by mu.

    The motion whose momenta end at ``(u, 0)`` is the mean path under the measure tilted by
    ``exp(u x_T)``: of all measures with that expected loss the one of least relative entropy, which
    is the action ``u l - K(u)``.

    Source:
        T. Breuer, I. Csiszar, *Journal of Banking and Finance* 37 (2013) 1552.

    Raises:
        ValueError: if a parameter or a range is not positive, or the correlation not one.
    """

    domain: ClassVar[str] = "stress testing"

    volatility_of_variance: float = 0.4
    """sigma, in 1/yr."""
    initial_variance: float = 0.03
    """v0, in 1/yr: where the path begins."""
    variance: Sequence[float] = (0.01, 0.15)
    """Range of the variances from which training motions start, in 1/yr."""
    momentum_of_price: Sequence[float] = (-16.0, 4.0)
    """Range of the momenta p_x from which training motions start: tilts towards losses."""
    momentum_of_variance: Sequence[float] = (-4.0, 32.0)
    """Range of the momenta p_v from which training motions start."""
    reversion: float = 3.0
    """kappa, the rate of the return to the mean, in 1/yr."""
    price_growth: float = 0.05
    """mu, the growth of the expected price, in 1/yr."""
    maturity: float = 0.25  # pyright: ignore[reportIncompatibleMethodOverride]
    """T, in yr."""

    def __post_init__(self) -> None:
        super().__post_init__()
        check_positive(self, maturity="yr")
        check_finite(self, price_growth="1/yr")

    @property
    def growth(self) -> float:
        """The growth mu."""
        return self.price_growth
