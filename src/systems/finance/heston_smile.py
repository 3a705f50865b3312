"""Heston's price and variance, asked for the smile of implied volatilities."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from .heston_log_price import HestonLogPrice


@dataclass(frozen=True)
class HestonSmile(HestonLogPrice):
    """The energy of :class:`HestonLogPrice`, whose generator prices options of a finite maturity.

    A generator is all that prices need: drift and covariance are the derivatives of the energy at
    zero momentum, and prices solve the backward equation.

    Source:
        S. L. Heston, *Review of Financial Studies* 6 (1993) 327.

    Raises:
        ValueError: if a parameter or a range is not positive, or the correlation not one.
    """

    domain: ClassVar[str] = "option pricing"
