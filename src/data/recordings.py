"""Recorded motions: what was measured, one trial at a time."""

from __future__ import annotations

import glob
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from .columns import Columns, assign
from .tables import Table, read_table


@dataclass(frozen=True)
class Recording:
    """One trial, as measured, at its own times."""

    name: str
    """File and trial, for messages."""
    t: Float[Tensor, " time"]
    q: Float[Tensor, "time dof"]
    v: Float[Tensor, "time dof"] | None = None
    p: Float[Tensor, "time dof"] | None = None
    a: Float[Tensor, "time dof"] | None = None
    u: Float[Tensor, "time inputs"] | None = None

    def __len__(self) -> int:
        return len(self.t)

    @property
    def duration(self) -> float:
        """Length, in s."""
        return float(self.t[-1] - self.t[0])

    def select(self, samples: Tensor) -> Recording:
        """Return the samples with these indices."""

        def pick(tensor: Tensor | None) -> Tensor | None:
            return None if tensor is None else tensor[samples]

        return replace(
            self,
            t=self.t[samples],
            q=self.q[samples],
            v=pick(self.v),
            p=pick(self.p),
            a=pick(self.a),
            u=pick(self.u),
        )

    def unwrapped(self, angular: Sequence[bool]) -> Recording:
        """Return the recording with angles, in rad, that no longer jump by full turns."""
        q = self.q.clone()
        for i, flag in enumerate(angular):
            if flag:
                q[:, i] = torch.from_numpy(np.unwrap(q[:, i].numpy()))
        return replace(self, q=q)

    def stretches(self, gap: float) -> list[Recording]:
        """Return the parts between gaps: spacings of more than ``gap`` s."""
        ends = (torch.diff(self.t) > gap).nonzero().flatten() + 1
        index = torch.arange(len(self))
        return [self.select(part) for part in torch.tensor_split(index, ends.tolist())]

    def pieces(self, length: float) -> list[Recording]:
        """Return consecutive parts that last about ``length`` s, of two samples at least."""
        number = ((self.t - self.t[0]) / length * (1 + 1e-9)).long()
        index = torch.arange(len(self))
        parts = [index[number == i] for i in number.unique()]
        return [self.select(part) for part in parts if len(part) > 1]


def find_files(path: str | Sequence[str]) -> list[Path]:
    """Return the files that a path, a pattern with ``*``, or a list of them names.

    Raises:
        ValueError: if a pattern fits no file.
    """
    if not isinstance(path, str):
        return [file for one in path for file in find_files(one)]
    if not glob.has_magic(path) or Path(path).exists():
        return [Path(path).expanduser()]
    found = sorted(glob.glob(str(Path(path).expanduser())))  # noqa: PTH207 (absolute patterns too)
    if not found:
        raise ValueError(f"data.path must fit one file at least; no file fits {path!r}.")
    return [Path(file) for file in found]


def read_columns(file: Path, chosen: Columns) -> tuple[Table, Columns]:
    """Return a file's table and the roles of its columns."""
    table = read_table(file)
    return table, assign(str(file), list(table.columns), chosen)


def read_recordings(file: Path, chosen: Columns) -> list[Recording]:
    """Return the trials of a file, in the order in which they begin.

    Raises:
        ValueError: naming file and line, if a cell is no finite number, or times do not increase
            within a trial.
    """
    table, roles = read_columns(file, chosen)
    times = table.numbers(roles.time)
    labels = table.labels(roles.trial) if roles.trial else [""] * len(table)

    def block(names: tuple[str, ...]) -> Tensor | None:
        if not names:
            return None
        return torch.from_numpy(np.stack([table.numbers(name) for name in names], axis=-1))

    q = block(roles.q)
    assert q is not None
    whole = Recording(
        str(file),
        torch.from_numpy(times),
        q,
        block(roles.v),
        block(roles.p),
        block(roles.a),
        block(roles.u),
    )
    rows: dict[str, list[int]] = {}
    for row, label in enumerate(labels):
        rows.setdefault(label, []).append(row)
    for trial in rows.values():
        _check_times(table, times, trial)
    return [
        replace(whole.select(torch.tensor(trial)), name=f"{file}{label and f', trial {label}'}")
        for label, trial in rows.items()
    ]


def _check_times(table: Table, times: np.ndarray, rows: list[int]) -> None:
    steps = np.diff(times[rows])
    if np.all(steps > 0):
        return
    wrong = int(np.argmax(steps <= 0))
    before, after = rows[wrong], rows[wrong + 1]
    raise ValueError(
        f"{table.file}, {table.places[after]}: times must increase within a trial; got "
        f"{times[after]:g} s after {times[before]:g} s. If the file holds several trials, name the "
        f"column that tells them apart with data.columns.trial=<column>."
    )
