"""A large order that moves its own price in proportion to its speed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from ..sampling import check_interval, check_positive, check_range
from .execution import ExecutionSystem


@dataclass(frozen=True)
class AlmgrenChriss(ExecutionSystem):
    r"""The sale of X shares, with linear temporary impact and a price of risk.

    .. math:: L = \eta X^2 v^2 + \lambda \sigma^2 X^2 x^2, \qquad \ddot x = k^2 x,
        \quad k = \sqrt{\lambda \sigma^2 / \eta}

    in $ per day, with x and v in fractions of the order. The schedule is
    :math:`x = \sinh k(T - t) / \sinh kT` and costs :math:`\eta k \coth(kT) X^2`.

    Source:
        R. Almgren, N. Chriss, *Optimal execution of portfolio transactions*, J. Risk 3 (2000).

    Raises:
        ValueError: if a parameter is not positive, or a range is not one.
    """

    domain: ClassVar[str] = "algorithmic trading"

    shares: float = 1.0e6
    """The order X."""
    volatility: float = 0.95
    """sigma, in $ per share and square root of a day."""
    temporary_impact: float = 2.5e-6
    """eta, in $ d per share^2: what a share costs more when one is sold in a day."""
    risk_aversion: float = 1.0e-6
    """lambda, in 1/$: what a variance is worth."""
    horizon: float = 5.0
    """Time T within which the order must be done, in d."""
    finish: Sequence[float] = (0.01, 0.5)
    """Range of the speeds at which training schedules finish, in orders per day."""
    holdings: Sequence[float] = (-0.1, 1.1)
    """Range of x in training starts, in orders."""

    def __post_init__(self) -> None:
        check_positive(
            self,
            shares="",
            volatility="$/d^0.5",
            temporary_impact="$ d",
            risk_aversion="1/$",
            horizon="d",
        )
        check_range(self, finish="orders/d")
        check_interval(self, holdings="orders")

    @property
    def cost(self) -> float:
        """``eta X^2``, in $ d."""
        return self.temporary_impact * self.shares**2

    @property
    def exponent(self) -> float:
        """One."""
        return 1.0

    @property
    def risk(self) -> float:
        """``lambda sigma^2 X^2``, in $/d."""
        return self.risk_aversion * (self.volatility * self.shares) ** 2

    @property
    def money(self) -> str:
        """Dollars."""
        return "$"
