"""Named columns of numbers."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np


@dataclass(frozen=True)
class Table:
    """The cells of a file by column.

    Numbers are made of them when asked for, so that a column nobody uses may hold text.
    """

    file: Path
    columns: dict[str, Sequence[str] | np.ndarray]
    places: tuple[str, ...]
    """Where each row stands in the file, such as ``line 7``, for messages."""

    def __len__(self) -> int:
        return len(self.places)

    def numbers(self, name: str) -> np.ndarray:
        """Return a column as float64.

        Raises:
            ValueError: if a cell holds no finite number, with its line.
        """
        cells = self.columns[name]
        values = [number(cell) for cell in cells]
        for value, cell, place in zip(values, cells, self.places, strict=True):
            if value is None or not math.isfinite(value):
                raise ValueError(
                    f"{self.file}, {place}: column {name} must hold finite numbers; got "
                    f"{str(cell)!r}. Mend or remove the row, or choose other columns with "
                    f"data.columns."
                )
        return np.array(values, dtype=np.float64)

    def labels(self, name: str) -> list[str]:
        """Return a column as text, such as the names of trials."""
        return [str(cell) for cell in self.columns[name]]


def number(cell: object) -> float | None:
    """Return a cell as a number, None where it holds none."""
    try:
        return float(cell)  # pyright: ignore[reportArgumentType]
    except (TypeError, ValueError):
        return None
