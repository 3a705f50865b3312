"""Files that a process holds for as long as it lives, however it ends."""

from __future__ import annotations

import contextlib
import os
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from .atomic import unwritable

try:
    import fcntl
except ImportError:  # not on Windows, where nothing is ever seen to be held
    fcntl = None

TRIES, PAUSE = 20, 0.01
"""Whoever looks whether a file is held holds it for a moment; so much longer is tried again."""


@contextmanager
def hold(file: Path) -> Iterator[None]:
    """Hold a file; the system lets it go when this process ends, also if it is killed.

    The file says who holds it, and is gone afterwards. Where a folder knows no locks, as some of
    clusters do not, nothing is seen to be held.

    Raises:
        BlockingIOError: if another process holds it; it says which.
    """
    if fcntl is None:
        yield
        return
    handle = _held(file)
    try:
        yield
    finally:
        with contextlib.suppress(OSError):  # a folder that has become read-only, or is gone
            file.unlink()
        os.close(handle)


def is_held(file: Path) -> bool:
    """Whether a living process holds a file."""
    if fcntl is None or not file.is_file():
        return False
    with file.open("rb") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        except OSError:  # no locks here
            return False
    return False


def _held(file: Path) -> int:
    """Return a file, opened and held."""
    other = ""
    for _ in range(TRIES):
        try:
            handle = os.open(file, os.O_RDWR | os.O_CREAT, 0o644)
        except OSError as error:
            raise unwritable(file, error) from error
        try:
            assert fcntl is not None
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            other = os.pread(handle, 200, 0).decode(errors="replace")
            time.sleep(PAUSE)
        except OSError:  # no locks here
            return handle
        else:
            if _is_at(file, handle):
                _sign(handle)
                return handle
        os.close(handle)  # held by another one, who may just have removed it
    raise BlockingIOError(other or "a process that does not say which")


def _is_at(file: Path, handle: int) -> bool:
    try:
        return os.path.samestat(file.stat(), os.fstat(handle))
    except FileNotFoundError:
        return False


def _sign(handle: int) -> None:
    with contextlib.suppress(OSError):  # a full disk: it is held all the same
        os.ftruncate(handle, 0)
        os.write(handle, f"process {os.getpid()} on {socket.gethostname()}".encode())
