"""Groups of runs, and a comparison made of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from .quantities import ENERGY_DRIFT
from .record import Record
from .statistics import Statistic

BASELINE = "baseline"


@dataclass(frozen=True)
class Group:
    """Runs that differ in their seed alone."""

    system: str
    model: str
    settings: Mapping[str, str]
    """What else tells this group from others of the same system, by dotted name."""
    records: Sequence[Record]
    statistics: Mapping[str, Statistic]
    """Over seeds, of each run's median over trajectories, by the name of the quantity."""
    non_finite: int
    """Rollouts that blew up, all seeds together."""
    rollouts: int
    drift_ratio: float | None
    """Median energy drift over that of the baseline with the same data and horizon."""

    @property
    def label(self) -> str:
        """Model and settings in one line; long numbers to four digits."""
        words = [f"{name.split('.')[-1]}={_short(value)}" for name, value in self.settings.items()]
        return ", ".join([self.model, *words])

    @property
    def seeds(self) -> list[str]:
        """The training seeds."""
        return [record.text("run.seed") for record in self.records]

    @property
    def typical(self) -> Record:
        """The run with the median drift: the one to look at where one must do."""
        drifts = [record.median(ENERGY_DRIFT.path) for record in self.records]
        order = sorted(range(len(drifts)), key=lambda k: (drifts[k] is None, drifts[k] or 0.0))
        return self.records[order[(len(order) - 1) // 2]]


def _short(value: str) -> str:
    try:
        return value if len(value) < 8 else f"{float(value):.4g}"
    except ValueError:
        return value


@dataclass(frozen=True)
class Comparison:
    """Groups in order of system and model, and remarks on what could mislead."""

    groups: Sequence[Group]
    notes: Sequence[str]

    @property
    def varying(self) -> tuple[str, ...]:
        """Names of the settings that differ between runs of a system."""
        return tuple(self.groups[0].settings)

    def to_json(self) -> dict[str, Any]:
        """Return numbers and words only."""
        return {
            "schema_version": 1,
            "notes": list(self.notes),
            "groups": [
                {
                    "system": group.system,
                    "model": group.model,
                    "settings": dict(group.settings),
                    "seeds": group.seeds,
                    "runs": [str(record.folder) for record in group.records],
                    "non_finite": group.non_finite,
                    "rollouts": group.rollouts,
                    "drift_ratio_to_baseline": group.drift_ratio,
                    "statistics": {k: asdict(v) for k, v in group.statistics.items()},
                }
                for group in self.groups
            ],
        }
