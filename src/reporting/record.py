"""``summary.json``: what is known of one run, and where every number of a table comes from."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .atomic import write_text
from .schema import VERSION, look_up, missing_keys

FILE_NAME = "summary.json"


@dataclass(frozen=True)
class Record:
    """One ``summary.json`` and the folder it lies in."""

    folder: Path
    summary: Mapping[str, Any]

    def get(self, path: str) -> object:
        """Return what lies at a dotted path such as ``run.model``; None where nothing does."""
        return look_up(self.summary, path)

    def value(self, path: str) -> float | None:
        """Return the number at a dotted path such as ``rollout.energy_drift.rms_relative.median``.

        None where the record holds null, nothing, or something that is not a number.
        """
        found = self.get(path)
        if isinstance(found, bool) or not isinstance(found, (int, float)):
            return None
        return float(found)

    def median(self, path: str) -> float | None:
        """Return the median of a figure over trajectories, or the number if it is only one."""
        single = self.value(path)
        return self.value(f"{path}.median") if single is None else single

    def text(self, path: str) -> str:
        """Return what lies at a dotted path as a word; a dash where nothing does."""
        found = self.get(path)
        return "-" if found is None else str(found)

    @property
    def time_unit(self) -> str:
        """The unit of all times of the run; records that name none hold seconds."""
        found = self.get("scales.time_unit")
        return found if isinstance(found, str) else "s"

    def file(self, name: str) -> Path:
        """Return the path of a file of this run, such as ``rollouts.npz``."""
        return self.folder / name


@dataclass(frozen=True)
class Search:
    """What a search for records met."""

    records: list[Record]
    unreadable: list[Path]
    """Files that are not whole, or foreign."""

    @property
    def warnings(self) -> list[str]:
        """One line about the files that could not be used, if there are any."""
        if not self.unreadable:
            return []
        noun = "file" if len(self.unreadable) == 1 else "files"
        names = ", ".join(map(str, self.unreadable))
        return [f"left out {len(self.unreadable)} unreadable {noun}: {names}"]


def write_record(folder: Path, summary: Mapping[str, Any], *, replace: bool = False) -> Record:
    """Write ``summary.json`` whole or not at all; numbers that are not finite become null.

    ``schema_version`` is put in. Only a run that goes on in its own folder says ``replace``.

    Raises:
        ValueError: if keys of the schema are missing, or the folder holds a record already.
    """
    missing = missing_keys(summary)
    if missing:
        raise ValueError(
            f"a record of schema {VERSION} needs every key, null where it has no meaning; "
            f"missing: {', '.join(missing)}."
        )
    target = folder / FILE_NAME
    if target.exists() and not replace:
        raise ValueError(
            f"{target} holds the record of another run and is not overwritten: "
            f"choose another folder, or move it away."
        )
    whole = {"schema_version": VERSION} | {key: _finite(part) for key, part in summary.items()}
    write_text(target, json.dumps(whole, indent=2, allow_nan=False) + "\n")
    return Record(folder, whole)


def read_record(path: Path) -> Record:
    """Read a ``summary.json``, given by itself or by its folder.

    Raises:
        ValueError: if there is none, it is not a whole record, or a later version wrote it.
    """
    file = path / FILE_NAME if path.is_dir() else path
    if not file.is_file():
        raise ValueError(f"no {FILE_NAME} at {path}: name a run folder, or the file itself.")
    try:
        summary = json.loads(file.read_text(encoding="utf-8"))
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        raise ValueError(f"{file} is not a whole record ({error}): run it again.") from error
    if not _versioned(summary):
        raise ValueError(f"{file} is not a record of a run: it names no schema_version.")
    return _checked(file, summary)


def find_records(paths: Iterable[Path]) -> Search:
    """Find the records at and below these folders, each once, in order of their paths.

    Half-written and foreign files are left out and counted in the warnings.

    Raises:
        ValueError: if a path does not exist, no usable record lies below them, or a record was
            written by a later version.
    """
    folders = [Path(path) for path in paths]
    for folder in folders:
        if not folder.exists():
            raise ValueError(f"no such folder: {folder}. Name folders that hold runs.")
    found = search_records(folders)
    places = ", ".join(map(str, folders)) or "an empty list"
    if not found.records:
        raise ValueError(
            f"no {FILE_NAME} of a finished run found in {places} "
            f"({len(found.unreadable)} unreadable): name a folder that holds runs."
        )
    return found


def search_records(folders: Iterable[Path]) -> Search:
    """Find what records there are just now; folders may come and go meanwhile.

    Raises:
        ValueError: if a record was written by a later version.
    """
    files = dict.fromkeys(file.resolve() for folder in folders for file in _files(folder))
    records, broken = [], []
    for file in files:
        summary = _whole(file)
        if summary is None:
            broken.append(file)
        else:
            records.append(_checked(file, summary))
    return Search(records, broken)


def flatten(summary: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """Return the leaves of a record under dotted paths; an empty section is a leaf."""
    leaves: dict[str, Any] = {}
    for key, node in summary.items():
        if isinstance(node, Mapping) and node:
            leaves.update(flatten(node, f"{prefix}{key}."))
        else:
            leaves[f"{prefix}{key}"] = node
    return leaves


def _files(folder: Path) -> Iterator[Path]:
    return iter(sorted(folder.rglob(FILE_NAME)) if folder.is_dir() else [folder])


def _whole(file: Path) -> dict[str, Any] | None:
    try:
        summary = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return summary if _versioned(summary) else None


def _versioned(summary: object) -> bool:
    return isinstance(summary, dict) and isinstance(summary.get("schema_version"), int)


def _checked(file: Path, summary: dict[str, Any]) -> Record:
    version = summary["schema_version"]
    if version > VERSION:
        raise ValueError(
            f"{file} has schema_version {version}, and this code reads up to {VERSION}: "
            f"update legendre-nn to read it."
        )
    return Record(file.parent, summary)


def _finite(node: object) -> object:
    if isinstance(node, Mapping):
        return {str(key): _finite(value) for key, value in node.items()}
    if isinstance(node, (list, tuple)):
        return [_finite(value) for value in node]
    if isinstance(node, float) and not math.isfinite(node):
        return None
    return node
