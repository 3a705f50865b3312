"""Files that are there whole or not at all."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

PARTIAL = ".partial"
"""Part of the name of a file that is being written."""


@contextmanager
def replacing_path(target: Path) -> Iterator[Path]:
    """Give the path of a file beside the target, which takes its place once all has gone well.

    For writers that want a name; it has the target's suffix.
    """
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(
            dir=target.parent, prefix=f".{target.stem}.", suffix=f"{PARTIAL}{target.suffix}"
        )
        os.close(handle)
        partial = Path(name)
        try:
            yield partial
            partial.chmod(0o644)  # mkstemp makes files that only their owner can read
            partial.replace(target)
        finally:
            partial.unlink(missing_ok=True)
    except OSError as error:
        raise unwritable(target, error) from error


def unwritable(target: Path, error: OSError) -> OSError:
    """Return what to raise where the system refuses to write a file."""
    reason = error.strerror or str(error)
    return OSError(
        f"{target} must be written, and cannot be: {reason}. What stood there is kept. Make room, "
        f"or choose another folder."
    )


@contextmanager
def replacing(target: Path) -> Iterator[BinaryIO]:
    """Open a file beside the target, which takes its place once the block has ended well.

    A reader meets the old file or the whole new one, also when the process is killed half-way.
    """
    with replacing_path(target) as partial, partial.open("wb") as stream:
        yield stream


def remove_partials(folder: Path) -> None:
    """Remove what writers that were killed half-way have left below a folder."""
    for partial in folder.rglob(f".*{PARTIAL}*"):
        partial.unlink(missing_ok=True)


def write_text(target: Path, text: str) -> None:
    """Write a text file in UTF-8, whole or not at all."""
    with replacing(target) as stream:
        stream.write(text.encode())
