"""Walking forward through a series: fit on the past, forecast, see what came, go on.

walk = Walk(first=500, refit=21, horizons=(1, 5, 22))
forecasts = walk.forecasts(series, AR1)         # [origins, horizons]
errors = walk.targets(series) - forecasts       # NaN where the target lies beyond the series
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from .data import Array


class Forecaster(Protocol):
    """What is fitted to a past, and tells what comes after any origin in it."""

    def fit(self, past: Array) -> None:
        """Learn from a past, anew or from what was learned before."""
        ...

    def predict(self, past: Array, origins: Array, horizons: tuple[int, ...]) -> Array:
        """Return forecasts ``[origin, horizon]``; each reads ``past[: origin + 1]`` and no more."""
        ...


@dataclass(frozen=True)
class Walk:
    """An expanding window: at each origin all that is older is the past.

    Raises:
        ValueError: if a number is not positive, or the horizons do not increase.
    """

    first: int
    """The first origin, the index of the last sample of the first window."""
    refit: int
    """Origins from one fit to the next."""
    horizons: tuple[int, ...]
    """Steps ahead."""

    def __post_init__(self) -> None:
        steps = (0, *self.horizons)
        if (
            self.first < 1
            or self.refit < 1
            or not self.horizons
            or steps != tuple(sorted(set(steps)))
        ):
            raise ValueError(
                f"first and refit must be at least 1, and horizons increase from 1 on; got "
                f"first={self.first}, refit={self.refit}, horizons={self.horizons}."
            )

    def origins(self, series: Array) -> Array:
        """Return the indices of all origins: from each, one horizon at least lies in the series.

        Raises:
            ValueError: if the series is too short to have one, or has gaps.
        """
        if len(series) <= self.first + self.horizons[0]:
            raise ValueError(
                f"the series must reach beyond the first window of {self.first + 1} samples by "
                f"{self.horizons[0]}; got {len(series)} samples."
            )
        if not np.isfinite(series).all():
            raise ValueError(
                f"the series must be finite; got {int((~np.isfinite(series)).sum())} numbers that "
                f"are not. Leave such samples out, and say so."
            )
        return np.arange(self.first, len(series) - self.horizons[0])

    def forecasts(self, series: Array, make: Callable[[], Forecaster]) -> Array:
        """Return forecasts ``[origin, horizon]`` of a forecaster that starts knowing nothing.

        The fit of a block of origins sees the series up to the first of them, and a forecast what
        came until its origin.
        """
        forecaster, origins = make(), self.origins(series)
        found = []
        for start in range(0, len(origins), self.refit):
            block = origins[start : start + self.refit]
            forecaster.fit(series[: block[0] + 1])
            found.append(forecaster.predict(series[: block[-1] + 1], block, self.horizons))
        return np.concatenate(found)

    def targets(self, series: Array) -> Array:
        """Return what came, ``[origin, horizon]``; NaN beyond the end."""
        return self._ahead(series, lambda origin, h: series[origin + h])

    def means(self, series: Array) -> Array:
        """Return the mean of the next h samples, ``[origin, horizon]``; NaN beyond the end."""
        total = np.concatenate(([0.0], np.cumsum(series)))
        return self._ahead(
            series, lambda origin, h: (total[origin + h + 1] - total[origin + 1]) / h
        )

    def _ahead(self, series: Array, value: Callable[[Array, int], Array]) -> Array:
        origins = self.origins(series)
        found = np.full((len(origins), len(self.horizons)), np.nan)
        for column, h in enumerate(self.horizons):
            inside = origins[origins + h < len(series)]
            found[: len(inside), column] = value(inside, h)
        return found
