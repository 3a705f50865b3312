"""Lightning's metrics into metrics.csv, and onwards to whoever follows the run."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from pytorch_lightning.loggers.logger import Logger
from pytorch_lightning.utilities.rank_zero import rank_zero_only

from ..reporting.atomic import write_text

Row = dict[str, float]


class MetricsLog(Logger):
    """One row per logged step; the file is whole after every row, whatever happens next.

    Args:
        path: of metrics.csv. Rows of an earlier part of the same run are kept up to ``after``.
        follow: called with each finished row and its step: the mirror to W&B.
        after: the step at which a resumed run goes on; later rows are made again.
    """

    def __init__(
        self, path: Path, follow: Callable[[Row, int], None] | None = None, after: int = 0
    ) -> None:
        super().__init__()
        self.path = path
        self.follow = follow
        self._rows = [row for row in read_rows(path) if row["step"] <= after] if after else []
        self._open: Row | None = None

    @property
    def rows(self) -> list[Row]:
        """All finished rows."""
        return self._rows

    @property
    def name(self) -> str:
        """Name of the log."""
        return "metrics"

    @property
    def version(self) -> str:
        """Not versioned: a run has one log."""
        return ""

    def log_hyperparams(self, params: Any, *args: Any, **kwargs: Any) -> None:
        """Nothing: the config stands beside the log."""

    @rank_zero_only
    def log_metrics(self, metrics: Mapping[str, float], step: int | None = None) -> None:
        """Add figures to the row of their step; a new step closes the row before."""
        step = int(step or 0)
        if self._open is not None and self._open["step"] != step:
            self._close_row()
        if self._open is None:
            self._open = {"step": float(step)}
        self._open.update({name: float(value) for name, value in metrics.items()})

    @rank_zero_only
    def save(self) -> None:
        """Close the open row."""
        if self._open is not None:
            self._close_row()

    @rank_zero_only
    def finalize(self, status: str) -> None:
        """Close the open row."""
        self.save()

    def _close_row(self) -> None:
        row, self._open = self._open, None
        assert row is not None
        self._rows.append(row)
        columns = list(dict.fromkeys(name for r in self._rows for name in r))
        text = io.StringIO()
        writer = csv.DictWriter(text, columns)
        writer.writeheader()
        writer.writerows(
            {k: int(v) if k in ("step", "epoch") else v for k, v in r.items()} for r in self._rows
        )
        write_text(self.path, text.getvalue())
        if self.follow is not None:
            self.follow(row, int(row["step"]))


def read_rows(path: Path) -> list[Row]:
    """Return the rows of a metrics.csv; figures that a row lacks are left out."""
    if not path.is_file():
        return []
    with path.open(newline="") as file:
        return [{k: float(v) for k, v in row.items() if v} for row in csv.DictReader(file)]
