"""Reading tables from NPZ files."""

from __future__ import annotations

import math
import zipfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from .table import Table


def read_npz(file: Path) -> Table:
    """Return the columns of an NPZ file; see :func:`~src.data.tables.read_table`.

    Raises:
        ValueError: if it holds no plain arrays of equal lengths, or nothing.
    """
    try:
        # Opened here, since numpy leaves files open that turn out to be no archive.
        with file.open("rb") as opened, np.load(opened, allow_pickle=False) as archive:
            arrays = {name: archive[name] for name in archive.files}
    except (OSError, ValueError, EOFError, zipfile.BadZipFile) as error:
        raise ValueError(
            f"{file} must be an NPZ file of plain arrays, as numpy.savez writes; {error}."
        ) from error
    shapes = {name: array.shape for name, array in arrays.items()}
    cubes = {shape[:2] for shape in shapes.values() if len(shape) == 3}
    leading = cubes or {shape[:1] for shape in shapes.values()}
    if len(leading) != 1 or () in leading:
        raise ValueError(
            f"{file}: arrays must be [time], [time, k] or [trial, time, k] of equal lengths; "
            f"got {', '.join(f'{name} {shape}' for name, shape in shapes.items()) or 'none'}."
        )
    (shape,) = leading
    rows = math.prod(shape)
    if rows == 0:
        raise ValueError(f"{file} must hold rows of numbers; got arrays of length 0.")
    columns: dict[str, Sequence[str] | np.ndarray] = {}
    for name, array in arrays.items():
        columns |= _npz_columns(file, name, array, shape)
    if len(shape) == 2:
        columns.setdefault("trial", np.repeat(np.arange(shape[0]), shape[1]))
    return Table(file, columns, tuple(f"row {i + 1}" for i in range(rows)))


def _npz_columns(
    file: Path, name: str, array: np.ndarray, shape: tuple[int, ...]
) -> dict[str, np.ndarray]:
    """Return the columns of one array, flattened over ``shape = (trial, time)`` or ``(time,)``."""
    if len(shape) == 2 and array.shape == shape[1:]:
        array = np.broadcast_to(array, shape)
    if array.shape[: len(shape)] != shape or array.ndim > len(shape) + 1:
        raise ValueError(
            f"{file}: array {name} must have the leading shape {shape} of the others; "
            f"got {array.shape}."
        )
    flat = array.reshape(math.prod(shape), -1)
    if flat.shape[1] == 1:
        return {name: flat[:, 0]}
    return {f"{name}{i + 1}": flat[:, i] for i in range(flat.shape[1])}
