"""Groups of runs, and a comparison made of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from .quantities import ENERGY_DRIFT
from .record import Record
from .statistics import Statistic

BASELINE = "baseline"
MOST_TOLD = 3
"""Settings that a label tells without asking whether it must."""


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
    told: Sequence[str]
    """Names of the settings that a label tells: see :func:`telling`."""

    @property
    def label(self) -> str:
        """Model and settings in one line; long numbers to four digits, dots for what is untold."""
        told = {name: value for name, value in self.settings.items() if name in self.told}
        return _line(self.model, told) + (", …" if len(told) < len(self.settings) else "")

    @property
    def whole_label(self) -> str:
        """The same with every setting."""
        return _line(self.model, self.settings)

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


def telling(
    cells: Sequence[Sequence[str]], names: Sequence[str], derived: Sequence[str] = ()
) -> tuple[str, ...]:
    """Return the settings that labels tell: all if they are few, else as few as tell groups apart.

    Args:
        cells: system, model and values of each group.
        names: of the values. What stands first is told rather than what follows.
        derived: those among them that follow from others, told last of all.
    """
    told = list(range(len(names)))
    if len(told) > MOST_TOLD:
        for k in sorted(told, key=lambda k: (names[k] not in derived, -k)):
            without = [one for one in told if one != k]
            if len({(*cell[:2], *(cell[2 + i] for i in without)) for cell in cells}) == len(cells):
                told = without
    return tuple(names[k] for k in told)


def _line(model: str, settings: Mapping[str, str]) -> str:
    words = [f"{name.split('.')[-1]}={_short(value)}" for name, value in settings.items()]
    return ", ".join([model, *words])


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
