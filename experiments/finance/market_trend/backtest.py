"""What the direction of a forecast would have earned, after costs."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..series.comparison import interval
from ..series.data import Array

DAYS = 252
"""A year."""
BLOCK = 22
"""Mean length of the blocks of the stationary bootstrap, in days."""


@dataclass(frozen=True)
class Earned:
    """Yearly figures of a strategy; intervals cover 95 %."""

    mean: float
    mean_interval: tuple[float, float]
    sharpe: float
    sharpe_interval: tuple[float, float]
    beyond_holding: tuple[float, float, float]
    """Mean return less that of holding the index, with its interval."""
    turnover: float
    """Units bought or sold in a year."""


def positions(series: Array, origins: Array, forecasts: Array) -> Array:
    """Return +1 where the next value is forecast above the last one, -1 below, 0 at it."""
    return np.sign(forecasts - series[origins])


def returns(series: Array, origins: Array, held: Array, cost: float) -> Array:
    """Return what positions earn until the next sample, less ``cost`` per unit traded before it.

    The first position is bought, the last one never sold; ``series`` is the logarithm of a price.
    """
    moves = np.expm1(series[origins + 1] - series[origins])
    return held * moves - cost * np.abs(np.diff(held, prepend=0.0))


def earned(ours: Array, holding: Array, held: Array) -> Earned:
    """Sum up daily returns beside those of holding."""
    both = np.stack((ours, holding), axis=-1)
    beyond = interval(lambda x: DAYS * np.diff(x.mean(0)[::-1]), both, BLOCK)
    return Earned(
        mean=DAYS * float(ours.mean()),
        mean_interval=interval(lambda x: DAYS * x.mean(keepdims=True), ours, BLOCK),
        sharpe=float(sharpe(ours)[0]),
        sharpe_interval=interval(sharpe, ours, BLOCK),
        beyond_holding=(DAYS * float((ours - holding).mean()), *beyond),
        turnover=DAYS * float(np.abs(np.diff(held, prepend=0.0)).mean()),
    )


def sharpe(x: Array) -> Array:
    """Return mean over standard deviation, yearly; the interest of cash is left out."""
    return np.sqrt(DAYS) * x.mean(keepdims=True) / x.std()
