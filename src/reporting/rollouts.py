"""``rollouts.npz``: the motions and energies behind the figures of one run."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from numpy.lib.npyio import NpzFile
from numpy.typing import NDArray

from .atomic import replacing

FILE_NAME = "rollouts.npz"

Rollouts = Mapping[str, Mapping[str, NDArray]]
"""By test set, the arrays that evaluation makes: ``t``, ``mask`` ``[trajectories, time]``,
``truth``, ``model`` ``[trajectories, time, state]``, and the energies
``{true,learned}_energy_of_{truth,model}`` ``[trajectories, time]`` where they exist."""


def write_rollouts(folder: Path, rollouts: Rollouts, name: str = FILE_NAME) -> Path:
    """Write arrays under ``<test set>/<name>``, whole or not at all; earlier ones go.

    Raises:
        ValueError: if an array would have to be pickled.
    """
    plain = {
        f"{test_set}/{key}": np.asarray(values)
        for test_set, arrays in rollouts.items()
        for key, values in arrays.items()
    }
    objects = [key for key, values in plain.items() if values.dtype.hasobject]
    if objects:
        raise ValueError(
            f"rollouts are numbers or words, so that reading them runs no code; "
            f"got objects in {', '.join(objects)}."
        )
    with replacing(folder / name) as stream:
        np.savez_compressed(stream, allow_pickle=False, **plain)
    return folder / name


def read_rollouts(folder: Path) -> dict[str, dict[str, NDArray]]:
    """Read the arrays of a run's folder, the main test set first.

    Raises:
        ValueError: if there are none, or the file is not whole.
    """
    rollouts: dict[str, dict[str, NDArray]] = {}
    with reading(folder, FILE_NAME) as archive:
        for key in archive.files:
            test_set, _, name = key.partition("/")
            rollouts.setdefault(test_set, {})[name] = archive[key]
    return rollouts


def read_main_set(folder: Path) -> dict[str, NDArray]:
    """Read the arrays of the main test set alone, on one time grid ``t [time]`` from the start.

    Raises:
        ValueError: if there are none, or the file is not whole.
    """
    with reading(folder, FILE_NAME) as archive:
        main = archive.files[0].partition("/")[0]
        arrays = {
            key.partition("/")[2]: archive[key]
            for key in archive.files
            if key.partition("/")[0] == main
        }
    return on_common_times(arrays)


@contextmanager
def reading(folder: Path, name: str) -> Iterator[NpzFile]:
    """Open a file of arrays in a run's folder.

    Raises:
        ValueError: if there is none, or it is not whole.
    """
    file = folder / name
    if not file.is_file():
        raise ValueError(f"no {name} in {folder}: evaluate the run to make one.")
    try:
        with file.open("rb") as stream, np.load(stream, allow_pickle=False) as archive:
            yield archive
    except Exception as error:  # zipfile, zlib, numpy and the OS all have their own
        raise ValueError(f"{file} cannot be read ({error}): evaluate the run again.") from error


def balance(arrays: Mapping[str, NDArray], energy: str) -> NDArray:
    """Return an energy by its name, less the work of impacts, friction and inputs: a constant.

    What friction and inputs do is known of the true energy only.
    """
    known, _, whose = energy.rpartition("_of_")
    work = arrays.get(f"work_on_{whose}", 0.0) if known == "true_energy" else 0.0
    return arrays[energy] - arrays.get(f"{energy}_by_impacts", 0.0) - work


def on_common_times(arrays: Mapping[str, NDArray]) -> dict[str, NDArray]:
    """Return the arrays of a test set on one grid ``t [time]``, from the start, in s.

    Motions sampled at different times (recordings) are interpolated linearly at the times of the
    shortest one; those sampled alike are passed on as they are.
    """
    t = arrays["t"] - arrays["t"][:, :1]
    mask = arrays.get("mask", np.ones_like(t, dtype=bool))
    others = {name: values for name, values in arrays.items() if name not in {"t", "mask"}}
    if mask.all() and np.allclose(t, t[0], rtol=1e-9, atol=0):
        return {"t": t[0], **others}
    ends = np.where(mask, t, -np.inf).max(axis=1)
    shortest = int(ends.argmin())
    grid = t[shortest][mask[shortest]]
    return {"t": grid, **{k: _at(grid, t, mask, values) for k, values in others.items()}}


def _at(grid: NDArray, t: NDArray, mask: NDArray, values: NDArray) -> NDArray:
    columns = values.reshape(*values.shape[:2], -1)
    rows = [
        np.stack([np.interp(grid, times[held], row[held, c]) for c in range(row.shape[-1])], -1)
        for times, held, row in zip(t, mask, columns, strict=True)
    ]
    return np.stack(rows).reshape(len(values), len(grid), *values.shape[2:])
