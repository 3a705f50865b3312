"""Reading a file of columns, whatever its format."""

from __future__ import annotations

from pathlib import Path

from .bounds import nearest
from .npz import read_npz
from .table import Table
from .text import read_text


class MissingFileError(FileNotFoundError, ValueError):
    """A file that is not there; a ValueError too, since the user named it."""


def read_table(file: Path) -> Table:
    """Return the columns of a ``.npz`` file, or of a text file of any other name.

    Text: cells are separated by semicolons, tabs, commas or blanks, whichever the first row of
    numbers has; with semicolons a decimal comma is understood. The header is the last line before
    the numbers; a leading ``%`` or ``#`` is dropped, glued to the first name or not. A header of k
    names over n columns leaves the leading n - k as trial and time (2) or time (1). Columns
    without a name are called by their number, from 1.

    NPZ: an array ``[time]`` is a column; ``[time, k]`` is k columns ``name1`` to ``namek``; with
    ``[trial, time, k]`` among the arrays, times may be ``[time]`` or ``[trial, time]``.

    Raises:
        ValueError: if the file is missing, a folder or empty, or holds no numbers or ragged lines.
    """
    if file.is_dir():
        raise ValueError(
            f"data.path must name a file; {file} is a folder. Try data.path={file}/*.csv."
        )
    if not file.is_file():
        siblings = [f.name for f in file.parent.iterdir()] if file.parent.is_dir() else []
        raise MissingFileError(
            f"data.path must name a file; {file} does not exist{nearest(file.name, siblings)}."
        )
    if file.stat().st_size == 0:
        raise ValueError(f"data.path must name a file with numbers; {file} is empty.")
    return read_npz(file) if file.suffix == ".npz" else read_text(file)
