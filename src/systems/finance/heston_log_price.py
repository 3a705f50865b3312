"""Heston's price and variance under the measure of prices."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

from ...mechanics.known import Known
from ..sampling import check_positive
from .heston import Heston


@dataclass(frozen=True)
class HestonLogPrice(Heston):
    r"""The generator of a discounted price, with the two zeros that every such generator has.

    .. math:: H(q; 0, 0) = 0, \qquad H(q; 1, 0) = 0

    Probability is conserved, and the discounted price is a martingale: there is no arbitrage. The
    cumulants ``K(u) = ln E exp(u (x_T - x_0))`` are actions, and K(0) = K(1) = 0.

    Source:
        S. L. Heston, *Review of Financial Studies* 6 (1993) 327.

    Raises:
        ValueError: if a parameter or a range is not positive, or the correlation not one.
    """

    domain: ClassVar[str] = "asset pricing"

    maturity: float = 0.5  # pyright: ignore[reportIncompatibleMethodOverride]
    """T, in yr."""

    def __post_init__(self) -> None:
        super().__post_init__()
        check_positive(self, maturity="yr")

    @property
    def known(self) -> Known:
        """That x is the logarithm of a discounted price."""
        return replace(super().known, price=0)
