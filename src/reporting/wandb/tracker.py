"""A W&B run that follows ours."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ..record import Record
from ..tracking import STEP, Curve, Tracker

if TYPE_CHECKING:
    from wandb import Run

_CURVE_POINTS = 200


@dataclass(frozen=True)
class WandbTracker(Tracker):
    """A W&B run that follows ours."""

    run: Run

    def log_metrics(self, metrics: Mapping[str, float], step: int) -> None:
        """Log numbers at an optimizer step, on the axis that Lightning's logger uses."""
        self.run.log({**metrics, STEP: step})

    def log_curve(self, curve: Curve, x: NDArray[np.float64], y: NDArray[np.float64]) -> None:
        """Log a curve on an axis of its own.

        Long curves are thinned to about 200 points, the last one included. Values that are not
        finite are left out: the curve ends where the rollouts broke off.

        Raises:
            ValueError: if there are not as many values as places.
        """
        if len(x) != len(y):
            raise ValueError(f"a curve needs a value per place; got {len(y)} for {len(x)} places.")
        stride = max(1, -(-len(x) // _CURVE_POINTS))
        for k in sorted({*range(0, len(x), stride), len(x) - 1} - {-1}):
            if np.isfinite(y[k]):
                self.run.log({curve.x: float(x[k]), curve.y: float(y[k])})

    def log_figures(self, figures: Mapping[str, Path]) -> None:
        """Log PNG files under ``figures/<name>``."""
        import wandb

        if figures:
            images = {f"figures/{name}": wandb.Image(str(file)) for name, file in figures.items()}
            self.run.log(images)

    def log_table(self, name: str, rows: Sequence[Mapping[str, Any]]) -> None:
        """Log numbers and words by column; all rows have the columns of the first."""
        if not rows:
            return
        import wandb

        columns: list[Any] = list(rows[0])
        data: list[Any] = [[row.get(column) for column in columns] for row in rows]
        self.run.log({name: wandb.Table(columns=columns, data=data)})

    def log_summary(self, record: Record) -> None:
        """Set the summary to ``summary.json``, nested as it is: W&B finds nothing by ``a.b``."""
        self.run.summary.update(dict(record.summary))

    def finish(self, code: int) -> None:
        """Close the run, so that the next job of this process gets one of its own."""
        self.run.finish(exit_code=code)
