"""Who follows a run beside its own folder: somebody, or nobody."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .record import Record


class Tracker(ABC):
    """A mirror of one run. Nothing lives there alone."""

    @abstractmethod
    def log_metrics(self, metrics: Mapping[str, float], step: int) -> None:
        """Follow the training: numbers at an optimizer step."""

    @abstractmethod
    def log_energy_drift(self, t: NDArray[np.float64], drift: NDArray[np.float64]) -> None:
        """Take the energy error over the time of the rollouts, in s."""

    @abstractmethod
    def log_figures(self, figures: Mapping[str, Path]) -> None:
        """Take PNG files."""

    @abstractmethod
    def log_rollouts(self, rows: Sequence[Mapping[str, Any]]) -> None:
        """Take a table with one row per rollout."""

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

    def log_energy_drift(self, t: NDArray[np.float64], drift: NDArray[np.float64]) -> None:
        """Nothing."""

    def log_figures(self, figures: Mapping[str, Path]) -> None:
        """Nothing."""

    def log_rollouts(self, rows: Sequence[Mapping[str, Any]]) -> None:
        """Nothing."""

    def log_summary(self, record: Record) -> None:
        """Nothing."""

    def finish(self, code: int) -> None:
        """Nothing."""
