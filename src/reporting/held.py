"""Files that a process holds for as long as it lives, however it ends."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

try:
    import fcntl
except ImportError:  # not on Windows, where nothing is ever seen to be held
    fcntl = None


@contextmanager
def hold(file: Path) -> Iterator[None]:
    """Hold a file; the system lets it go when this process ends, also if it is killed.

    Raises:
        BlockingIOError: if another process holds it.
    """
    with file.open("a") as handle:
        if fcntl is not None:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield


def is_held(file: Path) -> bool:
    """Whether a living process holds a file."""
    if not file.is_file():
        return False
    try:
        with hold(file):
            return False
    except BlockingIOError:
        return True
