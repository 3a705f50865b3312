"""Forecasts of the mean variance of the next h days, from returns and ranges of days.

Series are ``[time, 2]``: r and the range-based variance, as ``data.returns_and_ranges`` gives them.
What is forecast is the mean of r^2 over the next h days.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any

import numpy as np

from .data import Array, package
from .nets import NetOM
from .regressions import HAR, least_squares

FIRST = 21
"""The first sample with a whole month behind it."""


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


class Calibrated(ABC):
    """A forecast of range-based variances, scaled to returns on the past of its fit."""

    past: Array

    def fit(self, past: Array) -> None:
        """Learn the law; the scale of each horizon waits until it is asked for."""
        self.past = past
        self.learn(past)

    def predict(self, past: Array, origins: Array, horizons: tuple[int, ...]) -> Array:
        """Return scaled forecasts."""
        found = []
        for h in horizons:
            at = np.arange(FIRST, len(self.past) - h)
            squares = ahead(self.past[:, 0] ** 2, at, h)
            scale = calibrated(self.raw(self.past, at, h), squares)
            found.append(scale * self.raw(past, origins, h))
        return np.stack(found, axis=-1)

    @abstractmethod
    def learn(self, past: Array) -> None:
        """Learn from a past."""

    @abstractmethod
    def raw(self, past: Array, origins: Array, h: int) -> Array:
        """Return forecasts of the mean range-based variance, but for a factor."""


class LogHAR(Calibrated):
    """HAR of the logarithm of the range-based variance."""

    def learn(self, past: Array) -> None:
        """Wait for a horizon: each has a regression of its own."""
        self.laws: dict[int, Array] = {}

    def raw(self, past: Array, origins: Array, h: int) -> Array:
        """Return exponentials of the regression of the log of what came on averages of logs."""
        if h not in self.laws:
            at = np.arange(FIRST, len(self.past) - h)
            inputs = HAR((1, 5, 22)).averages(np.log(self.past[:, 1]), at)
            self.laws[h] = least_squares(inputs, np.log(ahead(self.past[:, 1], at, h)))
        return np.exp(HAR((1, 5, 22)).averages(np.log(past[:, 1]), origins) @ self.laws[h])


class LogOU(Calibrated):
    """An Ornstein-Uhlenbeck process of the log variance, seen through noise: Kalman's filter.

    The law is that of the least Onsager-Machlup action once what was seen is no longer taken for
    the state; of a range-based variance a good third of the spread of logs is noise.
    """

    law: Array | None = None
    """Variances of the noise and of a day's shock, and what is kept of a deviation."""

    def learn(self, past: Array) -> None:
        """Maximise the likelihood, from the last law on."""
        y = np.log(past[:, 1])
        self.mean = y.mean()
        self.law = self._filter(y).fit(disp=0, start_params=self.law).params

    def raw(self, past: Array, origins: Array, h: int) -> Array:
        """Return the mean of exponentials along the zero-momentum path."""
        state, keep = self.states(past)[origins], self.law[2]
        return np.mean([np.exp(self.mean + keep**k * state) for k in range(1, h + 1)], axis=0)

    def states(self, past: Array) -> Array:
        """Return the expected deviation of each day, given what was seen until then."""
        return self._filter(np.log(past[:, 1])).filter(self.law).filtered_state[0]

    def _filter(self, y: Array) -> Any:
        structural = package("statsmodels.tsa.statespace.structural")
        return structural.UnobservedComponents(y - self.mean, irregular=True, autoregressive=1)


class NetLogOM(LogOU):
    """The same noise, and a net for the drift of the filtered state instead of a line."""

    def __init__(self, seed: int = 0) -> None:
        self.net = NetOM(seed)

    def learn(self, past: Array) -> None:
        """Fit the filter, then the net to the states that it finds."""
        super().learn(past)
        self.net.fit(self.states(past))

    def raw(self, past: Array, origins: Array, h: int) -> Array:
        """Return the mean of exponentials along the net's zero-momentum path."""
        path = self.net.predict(self.states(past), origins, tuple(range(1, h + 1)))
        return np.exp(self.mean + path).mean(axis=1)
