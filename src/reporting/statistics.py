"""What several seeds say about one number."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike


@dataclass(frozen=True)
class Statistic:
    """One number over seeds; None where the seeds do not determine a figure."""

    count: int
    """Seeds with a value."""
    broken: int
    """Seeds whose value is infinite: most of their rollouts broke off."""
    missing: int
    """Seeds for which the number has no meaning."""
    mean: float | None = None
    half_width: float | None = None
    """Half of the 95 % interval of the mean (Student's t, seeds independent)."""
    median: float | None = None
    minimum: float | None = None
    maximum: float | None = None


def summarise(values: Sequence[float | None]) -> Statistic:
    """Return mean, 95 % interval, median and range.

    Infinite values rank after all others in the median, and leave no mean; what comes out
    infinite is None. None is left out and counted.
    """
    held = np.array([value for value in values if value is not None], dtype=float)
    finite = held[np.isfinite(held)]
    counts = (len(finite), len(held) - len(finite), len(values) - len(held))
    if not len(finite):
        return Statistic(*counts)
    mean = half = None
    if len(finite) == len(held):
        mean = float(held.mean())
        if len(held) > 1:
            error = float(held.std(ddof=1)) / math.sqrt(len(held))
            half = student_quantile(len(held) - 1) * error
    ranked = np.sort(held)
    middle = float((ranked[(len(held) - 1) // 2] + ranked[len(held) // 2]) / 2)
    return Statistic(
        *counts,
        mean=mean,
        half_width=half,
        median=middle if math.isfinite(middle) else None,
        minimum=float(finite.min()),
        maximum=float(finite.max()) if len(finite) == len(held) else None,
    )


@dataclass(frozen=True)
class Ratio:
    """How many times as large one median is as another, over pairs of runs."""

    pairs: int
    value: float | None
    """None without pairs; 0 or infinite where one median is infinite, as of runs that broke off."""
    low: float | None = None
    high: float | None = None
    """The 95 % interval (bootstrap over pairs); None for fewer than two pairs."""

    @property
    def differs(self) -> bool:
        """Whether the interval leaves out 1."""
        return self.low is not None and self.high is not None and not self.low <= 1 <= self.high


def ratio_of_medians(first: ArrayLike, second: ArrayLike, resamples: int = 10_000) -> Ratio:
    """Return the ratio of the medians of paired values, with its percentile bootstrap interval.

    Pairs are drawn again with replacement, both values together, so that what makes a pair easy or
    hard counts for both. The drawing is the same in every call: one set of runs, one interval.
    Infinite values rank after all others, as in :func:`summarise`.

    Source:
        Efron, Tibshirani, *An Introduction to the Bootstrap*, chapter 13.

    Raises:
        ValueError: if the values are not pairs, or one of them is negative or NaN.
    """
    pairs = np.array([first, second], dtype=float)
    if pairs.ndim != 2 or not (pairs >= 0).all():
        raise ValueError("a ratio of medians needs pairs of numbers that are not negative.")
    count = pairs.shape[1]
    if not count:
        return Ratio(0, None)
    value = _quotient(np.median(pairs, axis=1))
    if count < 2:
        return Ratio(count, value)
    drawn = np.random.default_rng(0).integers(count, size=(resamples, count))
    ratios = _quotient(np.median(pairs[:, drawn], axis=-1))
    # No interpolation, so that infinities stay in their ranks.
    low, high = np.quantile(ratios, (0.025, 0.975), method="inverted_cdf")
    return Ratio(count, value, float(low), float(high))


def student_quantile(degrees: int, confidence: float = 0.95) -> float:
    """Return the t that bounds ``confidence`` of Student's distribution on both sides together.

    Found by bisection of the finite series for whole degrees of freedom.

    Source:
        Abramowitz, Stegun, *Handbook of Mathematical Functions*, equations 26.7.3 and 26.7.4.

    Raises:
        ValueError: if there is not one degree of freedom at least.
    """
    if degrees < 1:
        raise ValueError(f"an interval needs two values at least; got {degrees + 1}.")
    low, high = 0.0, math.pi / 2  # of the angle atan(t / sqrt(degrees)), which is bounded
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if _probability(middle, degrees) < confidence else (low, middle)
    return math.tan((low + high) / 2) * math.sqrt(degrees)


def _probability(angle: float, degrees: int) -> float:
    """Return the probability of ``|t| < sqrt(degrees) tan(angle)``."""
    sine, cosine = math.sin(angle), math.cos(angle)
    odd = degrees % 2
    term = cosine if odd else 1.0
    total = term if degrees > 1 else 0.0
    for k in range(2 + odd, degrees - 1, 2):
        term *= cosine**2 * (k - 1) / k
        total += term
    return 2 / math.pi * (angle + sine * total) if odd else sine * total


def _quotient(medians: np.ndarray) -> Any:
    """Return first over second; 1 where both are zero or infinite, which says no difference."""
    first, second = medians
    alike = (first == second) | (np.isinf(first) & np.isinf(second))
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(alike, 1.0, first / second)[()]
