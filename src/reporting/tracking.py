"""Who follows a run beside its own folder: somebody, or nobody."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from .record import Record

STEP = "trainer/global_step"
"""What training curves are told against: the name that Lightning's logger gives it, too."""
LABEL = "label"
"""In the config of a run: what it has in common with those that differ in their seeds only."""


class Curve(NamedTuple):
    """Names of a curve on an axis of its own."""

    x: str
    y: str


ENERGY = Curve("rollout/time", "rollout/energy_drift")
"""Energy error over the time of the rollouts, median over them."""
HORIZON = Curve("rollout/horizon", "rollout/drift_by_horizon")
"""Drift of rollouts up to a horizon, median over them; the last is that of the record."""
CURVES = (ENERGY, HORIZON)


class Tracker(ABC):
    """A mirror of one run. Nothing lives there alone."""

    @abstractmethod
    def log_metrics(self, metrics: Mapping[str, float], step: int) -> None:
        """Follow the training: numbers at an optimizer step."""

    @abstractmethod
    def log_curve(self, curve: Curve, x: NDArray[np.float64], y: NDArray[np.float64]) -> None:
        """Take a curve, one of ``CURVES``."""

    @abstractmethod
    def log_figures(self, figures: Mapping[str, Path]) -> None:
        """Take PNG files."""

    @abstractmethod
    def log_table(self, name: str, rows: Sequence[Mapping[str, Any]]) -> None:
        """Take a table, row by row; none is kept of no rows."""

    @abstractmethod
    def log_summary(self, record: Record) -> None:
        """Take the record."""

    @abstractmethod
    def finish(self, code: int) -> None:
        """Close, with the exit code of the run."""


class Tracking(ABC):
    """How runs are followed: the settings ``logger.*``."""

    @abstractmethod
    def open(
        self,
        folder: Path,
        cache: Path,
        name: str,
        group: str | None,
        config: Mapping[str, Any],
    ) -> Tracker:
        """Return the tracker of a run folder; the same folder always gets the same run."""


class NoTracking(Tracking):
    """Nobody follows: metrics.csv and summary.json are all there is."""

    def open(
        self,
        folder: Path,
        cache: Path,
        name: str,
        group: str | None,
        config: Mapping[str, Any],
    ) -> Tracker:
        """Return a tracker that takes nothing."""
        return Untracked()


class Untracked(Tracker):
    """Takes nothing."""

    def log_metrics(self, metrics: Mapping[str, float], step: int) -> None:
        """Nothing."""

    def log_curve(self, curve: Curve, x: NDArray[np.float64], y: NDArray[np.float64]) -> None:
        """Nothing."""

    def log_figures(self, figures: Mapping[str, Path]) -> None:
        """Nothing."""

    def log_table(self, name: str, rows: Sequence[Mapping[str, Any]]) -> None:
        """Nothing."""

    def log_summary(self, record: Record) -> None:
        """Nothing."""

    def finish(self, code: int) -> None:
        """Nothing."""
