"""Lightning's metrics into metrics.csv, and onwards to whoever follows the run."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from lightning_fabric.utilities.rank_zero import rank_zero_only
from pytorch_lightning.loggers.logger import Logger

from ..reporting.atomic import write_text

Row = dict[str, float]
WHOLE = ("step", "epoch")


class MetricsLog(Logger):
    """One row per logged step; the file is whole after every figure, whatever happens next.

    Args:
        path: of metrics.csv. Rows of an earlier part of the same run are kept up to ``after``.
        after: the step at which a resumed run goes on; later rows are made again.
    """

    def __init__(self, path: Path, after: int = 0) -> None:
        super().__init__()
        self.path = path
        self.follow: Callable[[Row, int], None] = lambda row, step: None
        """Called with the figures of each step once it is over: the mirror to W&B."""
        self.rows: list[Row] = [row for row in read_rows(path) if row["step"] < after]
        self._untold: Row = {}

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
        """Add figures to the row of their step."""
        step = int(step or 0)
        if not self.rows or self.rows[-1]["step"] != step:
            self.save()
            self.rows.append({"step": float(step)})
        figures = {name: float(value) for name, value in metrics.items()}
        self.rows[-1].update(figures)
        self._untold.update(figures)
        write_text(self.path, _table(self.rows))

    @rank_zero_only
    def save(self) -> None:
        """Tell who follows; Lightning calls this after each step, before it may be interrupted."""
        if self._untold:
            step = self.rows[-1]["step"]
            self.follow({"step": step} | self._untold, int(step))
            self._untold = {}

    @rank_zero_only
    def finalize(self, status: str) -> None:
        """Tell what is left."""
        self.save()


def read_rows(path: Path) -> list[Row]:
    """Return the rows of a metrics.csv; figures that a row lacks are left out.

    Raises:
        ValueError: if the file holds anything else.
    """
    if not path.is_file():
        return []
    try:
        with path.open(newline="") as file:
            rows = [{k: float(v) for k, v in row.items() if v} for row in csv.DictReader(file)]
    except (ValueError, TypeError, csv.Error) as error:
        raise ValueError(f"{path} must hold numbers by step; {error}. Move it away.") from error
    if any("step" not in row for row in rows):
        raise ValueError(f"{path} must name the step of each row. Move it away.")
    return rows


def _table(rows: list[Row]) -> str:
    text = io.StringIO()
    writer = csv.DictWriter(text, list(dict.fromkeys(name for row in rows for name in row)))
    writer.writeheader()
    writer.writerows({k: int(v) if k in WHOLE else v for k, v in row.items()} for row in rows)
    return text.getvalue()
