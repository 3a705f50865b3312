"""Forecasts by least squares: what practitioners use, and mechanics with linear forces."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from .data import Array

ROUNDS = 2
"""Of the weights of a drift's regression."""
QUIET = 1e-8
"""Beside squared residuals (of a series in units of its spread) before their logarithm is taken."""


def least_squares(inputs: Array, outputs: Array, weights: Array | float = 1.0) -> Array:
    """Return the coefficients with the least weighted squares."""
    root = np.sqrt(weights) * np.ones(len(outputs))
    return np.linalg.lstsq(inputs * root[:, None], outputs * root, rcond=None)[0]


def powers(y: Array, most: int) -> Array:
    """Return ``(1, y, .., y^most)`` on a new last axis."""
    return np.stack([y**k for k in range(most + 1)], axis=-1)


class Recursion:
    """A map from the last two samples to the next one, repeated."""

    def step(self, before: Array, now: Array) -> Array:
        """Return the next samples: now, unless a model knows better (a random walk)."""
        return now

    def fit(self, past: Array) -> None:
        """Learn nothing."""

    def predict(self, past: Array, origins: Array, horizons: tuple[int, ...]) -> Array:
        """Return forecasts ``[origin, horizon]``."""
        before, now = past[origins - 1], past[origins]
        found = {}
        for h in range(1, horizons[-1] + 1):
            before, now = now, self.step(before, now)
            found[h] = now
        return np.stack([found[h] for h in horizons], axis=-1)


RandomWalk = Recursion


class AR1(Recursion):
    """``y' = a + b y``: also the zero-momentum path of the linear Onsager-Machlup action.

    Its drift is that of an Ornstein-Uhlenbeck process, by the discrete action exactly.
    """

    def fit(self, past: Array) -> None:
        """Regress each sample on the one before."""
        self.weights = least_squares(powers(past[:-1], 1), past[1:])

    def step(self, before: Array, now: Array) -> Array:
        """Return the expected next sample."""
        return powers(now, 1) @ self.weights


class CubicOM(Recursion):
    """A cubic drift b and ``ln a`` linear in y, by the discrete Onsager-Machlup action.

    ``sum (dy - b)^2 / 2a + ln(a) / 2`` is made small in turns: a from squared residuals, b with
    weights 1/a. The forecast is the zero-momentum path ``y' = y + b(y)``. Nothing keeps it from
    running away outside the data.
    """

    def fit(self, past: Array) -> None:
        """Regress changes on powers, with weights."""
        self.mean, self.spread = past.mean(), past.std()
        y = (past - self.mean) / self.spread
        inputs, changes, level = powers(y[:-1], 3), np.diff(y), powers(y[:-1], 1)
        self.weights = least_squares(inputs, changes)
        for _ in range(ROUNDS):
            squares = (changes - inputs @ self.weights) ** 2
            log_a = level @ least_squares(level, np.log(squares + QUIET))
            self.weights = least_squares(inputs, changes, np.exp(-log_a))

    def step(self, before: Array, now: Array) -> Array:
        """Follow the drift for a step."""
        y = (now - self.mean) / self.spread
        with np.errstate(over="ignore", invalid="ignore"):
            return now + self.spread * (powers(y, 3) @ self.weights)


class Conservative2(Recursion):
    """Discrete Euler-Lagrange equations of ``v^2 / 2 - V(y)`` with quadratic V: no friction.

    ``y'' = c0 + c1 y``, the price that swings like a pendulum. It keeps a discrete energy exactly.
    """

    def fit(self, past: Array) -> None:
        """Regress second differences on the level."""
        self.weights = least_squares(powers(past[1:-1], 1), np.diff(past, 2))

    def step(self, before: Array, now: Array) -> Array:
        """Return the next position of three."""
        return 2 * now - before + powers(now, 1) @ self.weights


class Damped2(Recursion):
    """The same with friction, which is an AR(2)."""

    def fit(self, past: Array) -> None:
        """Regress each sample on the two before."""
        self.weights = least_squares(self._inputs(past[:-2], past[1:-1]), past[2:])

    def step(self, before: Array, now: Array) -> Array:
        """Return the expected next sample."""
        return self._inputs(before, now) @ self.weights

    @staticmethod
    def _inputs(before: Array, now: Array) -> Array:
        return np.stack((np.ones_like(now), now, before), axis=-1)


@dataclass
class HAR:
    """Each horizon by a regression of its own, on averages over a few windows.

    Source:
        Corsi, *A simple approximate long-memory model of realized volatility*, 2009.
    """

    windows: tuple[int, ...]
    """Over how many samples it averages."""
    past: Array = field(default_factory=lambda: np.empty(0), init=False)

    def fit(self, past: Array) -> None:
        """Keep the past: which horizons are asked for is not known yet."""
        self.past = past

    def predict(self, past: Array, origins: Array, horizons: tuple[int, ...]) -> Array:
        """Return forecasts ``[origin, horizon]``."""
        starts = np.arange(max(self.windows) - 1, len(self.past))
        inputs = self.averages(self.past, starts)
        found = []
        for h in horizons:
            weights = least_squares(inputs[:-h], self.past[starts[:-h] + h])
            found.append(self.averages(past, origins) @ weights)
        return np.stack(found, axis=-1)

    def averages(self, past: Array, ends: Array) -> Array:
        """Return 1 and the averages of the windows that end at the samples ``ends``."""
        total = np.concatenate(([0.0], np.cumsum(past)))
        means = [(total[ends + 1] - total[ends + 1 - w]) / w for w in self.windows]
        return np.stack([np.ones(len(ends)), *means], axis=-1)
