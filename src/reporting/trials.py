"""The trials of a search, as they are recorded and drawn."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from .atomic import write_text

COMPLETE, PRUNED = "complete", "pruned"


@dataclass(frozen=True)
class Trial:
    """One point of the space, and what came of it."""

    number: int
    state: str
    """``complete``, ``pruned``, ``failed`` or ``running``."""
    parameters: Mapping[str, float | str]
    values: tuple[float, ...] | None
    """The objectives, of a complete one; of a pruned one, the last that was seen."""


@dataclass(frozen=True)
class Trials:
    """All trials of a study.

    Args:
        objectives: keys of ``summary.json``.
        directions: ``minimize`` or ``maximize``, for each.
        trials: in the order of their numbers.
        best: numbers of those that no other beats in every objective, the best in the first
            objective before others.
        logs: parameters that are searched by their log.
    """

    objectives: Sequence[str]
    directions: Sequence[str]
    trials: Sequence[Trial]
    best: Sequence[int]
    logs: frozenset[str] = frozenset()

    @property
    def complete(self) -> list[Trial]:
        """Those that were judged."""
        return [trial for trial in self.trials if trial.state == COMPLETE]

    def write(self, file: Path) -> Path:
        """Write ``study.json``."""
        fields = {**asdict(self), "logs": sorted(self.logs)}
        write_text(file, json.dumps({"schema_version": 1, **fields}, indent=2) + "\n")
        return file
