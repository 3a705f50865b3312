"""``metrics.csv``: how training went."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
from numpy.typing import NDArray


def read_metrics(file: Path) -> dict[str, NDArray[np.float64]]:
    """Read the columns of a ``metrics.csv``; an empty cell is NaN.

    Raises:
        ValueError: if there is no such file, it holds no rows, or a cell is no number.
    """
    if not file.is_file():
        raise ValueError(f"no metrics at {file}: training writes them with logger=csv or wandb.")
    with file.open(newline="", encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream, restval=""))
    if not rows:
        raise ValueError(f"{file} holds no rows: the run stopped before its first step.")
    try:
        return {
            name: np.array([float(row[name] or "nan") for row in rows])
            for name in rows[0]
            if name is not None
        }
    except ValueError as error:
        raise ValueError(f"{file} must hold numbers only; {error}.") from error


def series(
    metrics: dict[str, NDArray[np.float64]], name: str, against: str = "step"
) -> tuple[NDArray[np.float64], NDArray[np.float64]] | None:
    """Return the rows ``(against, name)`` that hold both; None where there are none.

    Training and validation write on different rows, so each column has holes of its own.
    """
    if name not in metrics or against not in metrics:
        return None
    held = ~np.isnan(metrics[name]) & ~np.isnan(metrics[against])
    return (metrics[against][held], metrics[name][held]) if held.any() else None
