"""Reading tables from text: CSV, and columns separated by blanks."""

from __future__ import annotations

import re
from pathlib import Path

from .table import Table, number

_COMMENT = "%#"
_TIME = re.compile(r"t|time", re.IGNORECASE)


def read_text(file: Path) -> Table:
    """Return the columns of a text file; see :func:`~src.data.tables.read_table`.

    Raises:
        ValueError: if it holds no text, no rows, or rows of different lengths.
    """
    try:
        lines = file.read_text(encoding="utf-8-sig").splitlines()
    except UnicodeDecodeError as error:
        raise ValueError(
            f"{file} must be a text file (CSV or blanks between columns) or end in .npz; "
            f"it holds bytes that are no text."
        ) from error
    header, rows = _find_header([(i, line) for i, line in enumerate(lines, 1) if line.strip()])
    if not rows:
        raise ValueError(
            f"{file} must hold rows of numbers{' below its header' if header else ''}; got none."
        )
    separator = next((mark for mark in ";\t," if mark in rows[0][1]), None)
    cells = [_cells(line, separator) for _, line in rows]
    for (line, _), row in zip(rows, cells, strict=True):
        if len(row) != len(cells[0]):
            raise ValueError(
                f"{file}, line {line}: each row must hold as many cells as the first, "
                f"{len(cells[0])}; got {len(row)}."
            )
    names = _column_names(file, _header_names(header, separator), len(cells[0]))
    columns = {name: [row[i] for row in cells] for i, name in enumerate(names)}
    return Table(file, dict(columns), tuple(f"line {line}" for line, _ in rows))


def _find_header(lines: list[tuple[int, str]]) -> tuple[str, list[tuple[int, str]]]:
    """Return the header, possibly empty, and the numbered lines of data."""
    header, plain = "", False
    for index, (_, line) in enumerate(lines):
        cells = re.split(r"[;,\s]+", line.strip())
        if line.lstrip()[0] in _COMMENT:
            header = line.strip().lstrip(_COMMENT)
        elif plain or any(number(cell) is not None for cell in cells):
            return header, [row for row in lines[index:] if row[1].lstrip()[0] not in _COMMENT]
        else:
            header, plain = line.strip(), True
    return header, []


def _cells(line: str, separator: str | None) -> list[str]:
    cells = [cell.strip().strip("\"'") for cell in line.strip().split(separator)]
    return [cell.replace(",", ".") for cell in cells] if separator == ";" else cells


def _header_names(header: str, separator: str | None) -> list[str]:
    """Return the names in a header, which may be separated otherwise than the numbers."""
    if separator is None or separator not in header:
        return [name for name in re.split(r"[;,\s]+", header) if name]
    names = [name.strip().strip("\"'") for name in header.split(separator)]
    # Units in brackets, as in "time [s]", are for people.
    return [re.sub(r"\s*[\[(].*$", "", name) for name in names]


def _column_names(file: Path, names: list[str], count: int) -> list[str]:
    missing = count - len(names)
    if missing < 0:
        raise ValueError(
            f"{file}: the header must name at most the {count} columns below it; "
            f"got {len(names)} names: {', '.join(names)}."
        )
    repeated = {name for name in names if names.count(name) > 1}
    if repeated:
        raise ValueError(
            f"{file}: names of columns must differ; {', '.join(sorted(repeated))} stands twice."
        )
    timed = any(_TIME.fullmatch(name) for name in names)
    if missing == 2 and not timed:
        return ["trial", "time", *names]
    if missing == 1:
        return ["trial" if timed else "time", *names]
    # Nobody can tell which of many columns the names belong to.
    return names if missing == 0 else [str(i + 1) for i in range(count)]
