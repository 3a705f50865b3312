"""Inputs that somebody recorded."""

from __future__ import annotations

import csv
import hashlib
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from ..systems.ports import OpenSystem
from .base import Law, Signal

ROUNDING = 1e-9
"""Part of a recording by which times may miss its end."""


@dataclass(frozen=True)
class RecordedInputs(Signal):
    """Inputs read from a CSV file, straight between its rows, and the same for every motion.

    The first row names the columns: t, in the unit of time of the system, and then its inputs in
    their units. Time counts from the first row of numbers. Motions differ by where they start.

    Raises:
        ValueError: if the file is missing, or holds no table of numbers whose times increase.
    """

    path: str
    """The file."""
    digest: str = field(init=False, repr=False)
    """What is in the file: data made from another content are other data."""

    def __post_init__(self) -> None:
        if not (isinstance(self.path, str) and Path(self.path).expanduser().is_file()):
            raise ValueError(
                f"signal.path must name a CSV file with the columns t and one for each input; "
                f"{self.path} does not."
            )
        _, rows = self._table()
        content = hashlib.sha256(rows.tobytes()).hexdigest()
        object.__setattr__(self, "digest", content)

    def draw(self, system: OpenSystem, count: int, generator: torch.Generator) -> Law:
        """Return the recorded inputs; nothing is random.

        Raises:
            ValueError: if the columns are not t and the inputs of the system, or (by the law) at
                times after the last row.
        """
        names, rows = self._table()
        wanted = ("t", *system.spec.inputs)
        if names != wanted:
            raise ValueError(
                f"signal.path must name a file with the columns {', '.join(wanted)} for "
                f"{type(system).__name__}; those of {self.path} are {', '.join(names)}."
            )
        times, inputs = rows[:, 0] - rows[0, 0], rows[:, 1:]
        last = float(times[-1])

        def law(t: float, x: Tensor) -> Tensor:
            if t > last * (1 + ROUNDING):
                raise ValueError(
                    f"signal.path must name a file that lasts as long as the motions; "
                    f"{self.path} ends after {last:g} {system.time_unit}, and an input is asked "
                    f"for at {t:g} {system.time_unit}. Shorten the motions with data.horizon, "
                    f"evaluation.horizon and evaluation.longer_factor, or record longer."
                )
            now = [np.interp(t, times, column) for column in inputs.T]
            return x.new_tensor(now).expand(len(x), -1)

        return law

    def _table(self) -> tuple[tuple[str, ...], np.ndarray]:
        """Return the names of the columns and the numbers, a row for each time."""
        with Path(self.path).expanduser().open(newline="") as file:
            names, *rows = [row for row in csv.reader(file) if row] or [[]]
        names = tuple(name.strip() for name in names)
        try:
            table = np.array(rows, dtype=np.float64)
        except ValueError as error:
            raise ValueError(
                f"signal.path must name a table of numbers below a row of names; {self.path} "
                f"does not: {error}."
            ) from error
        if table.ndim != 2 or len(table) < 2 or table.shape[1] != len(names):
            raise ValueError(
                f"signal.path must name a table of two rows at least, with a number for each of "
                f"the columns {', '.join(names)}; {self.path} holds {len(rows)} rows."
            )
        if not (np.isfinite(table).all() and (np.diff(table[:, 0]) > 0).all()):
            raise ValueError(
                f"signal.path must name a table of finite numbers whose times increase; that of "
                f"{self.path} does not."
            )
        return names, table
