"""A large order that moves its own price by a power of its speed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from ..sampling import check_interval, check_positive, check_range
from .execution import ExecutionSystem


@dataclass(frozen=True)
class AlmgrenChrissPower(ExecutionSystem):
    r"""The sale of an order with temporary impact :math:`|v|^b`; b = 0.6 was measured.

    In units of the order, and of the cost of trading it in a day.

    Source:
        R. Almgren, C. Thum, E. Hauptmann, H. Li, *Equity market impact*, Risk, July 2005, for b.

    Raises:
        ValueError: if a parameter is not positive, or a range is not one.
    """

    domain: ClassVar[str] = "algorithmic trading"

    cost: float = 1.0  # pyright: ignore[reportIncompatibleMethodOverride]
    """eta, of trading a whole order in a day."""
    exponent: float = 0.6  # pyright: ignore[reportIncompatibleMethodOverride]
    """b, of price impact; 1 is linear."""
    risk: float = 0.36  # pyright: ignore[reportIncompatibleMethodOverride]
    """l, of holding the whole order for a day."""
    horizon: float = 5.0
    """Time T within which the order must be done, in d."""
    finish: Sequence[float] = (0.02, 0.5)
    """Range of the speeds at which training schedules finish, in orders per day."""
    holdings: Sequence[float] = (-0.1, 1.1)
    """Range of x in training starts, in orders."""

    def __post_init__(self) -> None:
        check_positive(self, cost="", exponent="", risk="", horizon="d")
        check_range(self, finish="orders/d")
        check_interval(self, holdings="orders")

    @property
    def money(self) -> str:
        """None: costs are pure numbers."""
        return ""
