"""A content-addressed store: the name of a file is a hash of all that made it."""

from __future__ import annotations

import contextlib
import dataclasses
import hashlib
import inspect
import json
import logging
import os
import re
import uuid
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np

FORMAT = 1
"""Raised when the meaning of stored arrays changes."""

_log = logging.getLogger(__name__)


def identity(thing: object) -> dict[str, object]:
    """Return what makes a frozen dataclass (a system, an integrator) what it is.

    That is its class, its parameters, and a digest of the source files of the class and its
    ancestors: a system whose formula is edited makes new data.
    """
    parameters = dataclasses.asdict(thing) if dataclasses.is_dataclass(thing) else {}  # pyright: ignore[reportArgumentType]
    digest = hashlib.sha256()
    for ancestor in type(thing).__mro__[:-1]:
        digest.update(_source(ancestor))
    return {
        "class": f"{type(thing).__module__}.{type(thing).__qualname__}",
        "parameters": parameters,
        "source": digest.hexdigest(),
    }


def _source(kind: type) -> bytes:
    """Return the text of the file that defines a class; nothing if it was typed interactively."""
    try:
        return Path(inspect.getfile(kind)).read_bytes()
    except (OSError, TypeError):
        return b""


def cached(
    root: Path,
    name: str,
    recipe: Mapping[str, object],
    make: Callable[[], dict[str, np.ndarray]],
) -> dict[str, np.ndarray]:
    """Return the arrays that ``recipe`` describes, from ``root/data`` or else by ``make()``.

    ``name`` starts the file name for the reader; only the recipe decides. A file appears whole or
    not at all, so that runs side by side and interrupted ones do no harm. A file that cannot be
    read, or that holds another recipe, is made anew; a folder that cannot be written costs the time
    to make the data again, no more.
    """
    text = json.dumps({"format": FORMAT, **recipe}, sort_keys=True, default=repr)
    key = hashlib.sha256(text.encode()).hexdigest()[:16]
    path = root / "data" / f"{re.sub(r'[^A-Za-z0-9_.-]', '_', name)}-{key}.npz"
    found = _read(path, text)
    if found is not None:
        return found
    made = make()
    _write(path, text, made)
    return made


def _read(path: Path, recipe: str) -> dict[str, np.ndarray] | None:
    try:
        # Opened here, since numpy leaves files open that turn out to be no archive.
        with path.open("rb") as file, np.load(file, allow_pickle=False) as archive:
            arrays = {name: archive[name] for name in archive.files}
        if str(arrays.pop("recipe")) == recipe:
            return arrays
        _log.info("%s holds another data set: making it anew.", path)
    except FileNotFoundError:
        pass
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
        _log.info("%s cannot be read (%s): making it anew.", path, error)
    return None


def _write(path: Path, recipe: str, arrays: Mapping[str, np.ndarray]) -> None:
    partial = path.with_name(f".{path.name}.{uuid.uuid4().hex}.partial")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with partial.open("wb") as file:
            np.savez(file, recipe=np.array(recipe), **arrays)  # pyright: ignore[reportArgumentType]
        os.replace(partial, path)  # noqa: PTH105  (the atomic one, also over an existing file)
    except OSError as error:
        _log.info("%s cannot be written (%s): going on without it.", path, error)
    finally:
        with contextlib.suppress(OSError):
            partial.unlink(missing_ok=True)
