"""Whose forecasts were better, and whether that could be chance."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

import numpy as np
from scipy import stats

from .data import Array, package


class Test(NamedTuple):
    """A Diebold-Mariano test of equal expected loss."""

    statistic: float
    """Negative where the first forecasts lost less."""
    p: float
    """Two-sided."""
    n: int


def rmse(errors: Array) -> float:
    """Return the root of the mean squared error; infinite or NaN where forecasts ran away."""
    with np.errstate(over="ignore", invalid="ignore"):
        return float(np.sqrt(np.mean(np.square(errors))))


def qlike(variance: Array, proxy: Array) -> Array:
    """Return ``ln s + x / s`` of forecast variances s and an unbiased proxy x of what came.

    The ranking of forecasts that it expects is that of the true variance, though x is noisy.

    Source:
        Patton, *Volatility forecast comparison using imperfect volatility proxies*, 2011.

    Raises:
        ValueError: if a forecast is not positive.
    """
    if not (variance > 0).all():
        raise ValueError(f"forecasts of variances must be positive; got {variance.min():.3g}.")
    return np.log(variance) + proxy / variance


def diebold_mariano(first: Array, second: Array, horizon: int, lags: int | None = None) -> Test:
    """Test whether two series of losses have the same mean.

    The variance of the mean difference has Bartlett's weights and ``lags`` autocovariances, h - 1
    of them unless given, since errors of forecasts h steps ahead overlap. The statistic is
    corrected for small samples and held against Student's t with n - 1 degrees of freedom.

    Source:
        Diebold, Mariano, 1995; Harvey, Leybourne, Newbold, *Testing the equality of prediction
        mean squared errors*, 1997, equations 8 and 9.

    Raises:
        ValueError: if there are no more losses than the horizon, or their numbers differ.
    """
    if first.shape != second.shape or first.ndim != 1 or len(first) <= horizon:
        raise ValueError(
            f"losses must be two series of the same length, longer than the horizon {horizon}; got "
            f"shapes {first.shape} and {second.shape}."
        )
    n, difference = len(first), first - second
    statistic = difference.mean() / np.sqrt(
        long_run_variance(difference, horizon - 1 if lags is None else lags) / n
    )
    statistic *= small_sample(n, horizon)
    return Test(float(statistic), float(2 * stats.t.sf(abs(statistic), n - 1)), n)


def long_run_variance(x: Array, lags: int) -> float:
    """Return the sum of autocovariances up to ``lags`` with Bartlett's weights."""
    centred = x - x.mean()
    weights = 1 - np.arange(1, lags + 1) / (lags + 1)
    terms = [centred[k:] @ centred[:-k] for k in range(1, lags + 1)]
    return float((centred @ centred + 2 * np.dot(weights, terms)) / len(x))


def small_sample(n: int, horizon: int) -> float:
    """Return the factor of Harvey, Leybourne and Newbold."""
    return float(np.sqrt((n + 1 - 2 * horizon + horizon * (horizon - 1) / n) / n))


def holm(p: Sequence[float]) -> list[float]:
    """Return p-values adjusted for their number: the chance of one false rejection is bounded."""
    return package("statsmodels.stats.multitest").multipletests(p, method="holm")[1].tolist()


def confidence_set(losses: Mapping[str, Array], size: float = 0.1) -> list[str]:
    """Return the models that cannot be told from the best one; the blocks are of length sqrt(n).

    Source:
        Hansen, Lunde, Nason, *The model confidence set*, 2011, as ``arch.bootstrap.MCS``, with
        the stationary bootstrap, 1000 draws.
    """
    table = np.stack(list(losses.values()), axis=-1)
    found = package("arch.bootstrap").MCS(table, size, reps=1000, seed=0)
    found.compute()
    names = list(losses)
    return [names[i] for i in sorted(found.included)]


def interval(
    statistic: Callable[[Array], float], samples: Array, block: int, size: float = 0.05
) -> tuple[float, float]:
    """Return a percentile interval of a statistic of ``[time, ...]``: stationary bootstrap."""
    draws = package("arch.bootstrap").StationaryBootstrap(block, samples, seed=0)
    low, high = draws.conf_int(statistic, reps=2000, method="percentile", size=1 - size)[:, 0]
    return float(low), float(high)
