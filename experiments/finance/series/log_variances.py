"""Forecasts of the log of a range-based variance, scaled to returns; series as in variances."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any

import numpy as np

from .data import Array, package
from .nets import NetOM
from .regressions import HAR, least_squares
from .variances import ahead, calibrated

FIRST = 21
"""The first sample with a whole month behind it."""


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
