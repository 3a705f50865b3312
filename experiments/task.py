"""What a paper asks of its methods: a data set, rules, and a row for each method and seed."""

from __future__ import annotations

import math
import os
import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from src.config.trained import Trained

SEEDS = (0, 1, 2, 3, 4)
Row = dict[str, Any]
Errors = Mapping[str, Sequence[float]]
"""By figure: the error from each start; infinite where a rollout broke off."""


@dataclass(frozen=True)
class Figure:
    """A column of a table: what is judged, and by which statistic over the starts."""

    key: str
    """Of what :attr:`Task.judge` returns."""
    called: str
    statistic: str = "mean"
    """Over the starts: mean, median or geometric (mean of positive errors)."""

    def of(self, row: Row) -> float:
        """Return the figure of one run; infinite if a rollout that it needs broke off."""
        value = row["figures"][self.key][self.statistic]
        return math.inf if value is None else value

    def median(self, rows: Sequence[Row]) -> float:
        """Return the median over seeds."""
        return statistics.median(self.of(row) for row in rows)


@dataclass(frozen=True)
class Task:
    """A data set, the methods that learn it, and how they are judged. Small figures are better."""

    name: str
    """Of the option of ``conf/experiment`` that all methods start from, and of the table."""
    methods: Mapping[str, Sequence[str]]
    """What each changes of it, by its label."""
    judge: Callable[[Trained], Errors]
    """A figure that a method cannot have is left out."""
    figures: Sequence[Figure]
    """The columns of the table, the deciding one first."""
    peer: str
    """The method that others are compared with: that of the paper."""
    ours: str = ""
    """The method that stands for us in the table over all papers, with the first figure."""
    published: str = "-"
    """What the paper says of that figure, where it has it."""
    told: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """Rows in words, by label and name of the column: what is published, what is asked of ours."""
    last: Sequence[str] = ()
    """Methods that are judged by their last weights, and not by those that validated best."""
    seeds: Sequence[int] = SEEDS
    quick: Sequence[str] = ()
    """Methods that are trained by ``--quick``."""
    recording: str = ""
    """The environment variable that names the recording it learns, which is not kept here."""
    folds: Mapping[str, Sequence[str]] = field(default_factory=lambda: {"": ()})
    """Trainings that make one row, by name: what each changes, such as the part that trains."""

    @property
    def at_hand(self) -> bool:
        """Whether its data are simulated, or there is the file that it asks for."""
        return not self.recording or Path(os.environ.get(self.recording, "")).is_file()

    def overrides(self, method: str, seed: int, fold: str) -> list[str]:
        """Return what a run changes of the defaults."""
        changed = [*self.methods[method], *self.folds[fold]]
        return [f"experiment={self.name}", *changed, f"seed={seed}", "logger=csv"]


def of(rows: Sequence[Row], task: Task, method: str) -> list[Row]:
    """Return the rows of a method."""
    return [r for r in rows if (r["task"], r["method"]) == (task.name, method)]
