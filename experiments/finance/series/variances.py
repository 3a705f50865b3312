"""Forecasts of the mean variance of the next h days, from returns and ranges of days.

Series are ``[time, 2]``: r and the range-based variance, as ``data.returns_and_ranges`` gives them.
What is forecast is the mean of r^2 over the next h days.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .data import Array, package


def calibrated(raw: Array, squares: Array) -> float:
    """Return the factor that gives forecasts the mean of r^2.

    Ranges see the hours of trade only, and an exponential of a mean is no mean.
    """
    return float(np.mean(squares) / np.mean(raw))


def ahead(x: Array, origins: Array, h: int) -> Array:
    """Return the mean of the next h samples after each origin."""
    total = np.concatenate(([0.0], np.cumsum(x)))
    return (total[origins + h + 1] - total[origins + 1]) / h


@dataclass
class Average:
    """The last 22 days' mean range-based variance, scaled: a random walk of the month."""

    days: int = 22

    def fit(self, past: Array) -> None:
        """Fit the scale."""
        self.scale = calibrated(past[:, 1], past[:, 0] ** 2)

    def predict(self, past: Array, origins: Array, horizons: tuple[int, ...]) -> Array:
        """Return the same forecast for all horizons."""
        mean = ahead(past[:, 1], origins - self.days, self.days)
        return np.repeat(self.scale * mean[:, None], len(horizons), axis=1)


@dataclass
class EWMA:
    """An exponentially weighted mean of r^2, with RiskMetrics' weight."""

    keep: float = 0.94

    def fit(self, past: Array) -> None:
        """Learn where to begin: at the mean of the first window."""
        if not hasattr(self, "start"):
            self.start = float(np.mean(past[:, 0] ** 2))

    def predict(self, past: Array, origins: Array, horizons: tuple[int, ...]) -> Array:
        """Return the same forecast for all horizons."""
        variance, found = self.start, np.empty(len(past))
        for t, r in enumerate(past[:, 0]):
            variance = self.keep * variance + (1 - self.keep) * r**2
            found[t] = variance
        return np.repeat(found[origins, None], len(horizons), axis=1)


@dataclass
class GARCH:
    """GARCH(1,1) with a constant mean and normal errors; with ``asymmetric`` that of GJR."""

    asymmetric: bool = False

    def fit(self, past: Array) -> None:
        """Maximise the likelihood."""
        model = package("arch").arch_model(
            past[:, 0],
            mean="Constant",
            vol="GARCH",
            p=1,
            o=int(self.asymmetric),
            q=1,
            rescale=False,
        )
        found = model.fit(disp="off")
        self.law = found.params
        self.before, self.start = len(past) - 1, float(found.conditional_volatility[-1] ** 2)

    def predict(self, past: Array, origins: Array, horizons: tuple[int, ...]) -> Array:
        """Return the mean of the expected variances."""
        law = self.law
        gamma = law.get("gamma[1]", 0.0)
        alpha, beta, omega = law["alpha[1]"], law["beta[1]"], law["omega"]
        variance, following = self.start, {}
        for t in range(self.before, len(past)):
            shock = past[t, 0] - law["mu"]
            variance = omega + (alpha + gamma * (shock < 0)) * shock**2 + beta * variance
            following[t] = variance
        first = np.array([following[t] for t in origins])
        keep = alpha + gamma / 2 + beta
        found = []
        for h in horizons:
            expected, total = first, 0.0
            for _ in range(h):
                total, expected = total + expected, omega + keep * expected
            found.append(total / h)
        return np.stack(found, axis=-1)
