"""Stopping from outside: Ctrl-C and SIGTERM end a command in one line and with the usual code."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

INTERRUPTED = 128 + signal.SIGINT
TERMINATED = 128 + signal.SIGTERM
TIME_OVER = 128 + getattr(signal, "SIGUSR2", 0)  # not on Windows


class Stopped(BaseException):
    """The command was stopped from outside; ``code`` is the exit code to end with."""

    def __init__(self, code: int, advice: str = "") -> None:
        super().__init__(f"Stopped. {advice}".strip())
        self.code = code


@contextmanager
def terminable() -> Iterator[None]:
    """Raise :class:`Stopped` on SIGTERM, so that files and logs are closed before the end."""
    if threading.current_thread() is not threading.main_thread():
        yield  # signals reach the main thread only
        return

    def stop(number: int, frame: FrameType | None) -> None:
        raise Stopped(TERMINATED)

    before = signal.signal(signal.SIGTERM, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
