"""How a process that works for a sweep is stopped."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from .stop import TERMINATED, Stopped


@contextmanager
def obedient() -> Iterator[None]:
    """Raise :class:`Stopped` on the first SIGTERM; leave Ctrl-C to the process that leads.

    A terminal sends Ctrl-C to all processes at once, and the leading one then tells its workers.
    What is told twice must not break off the checkpoint that is written after the first time.
    """
    if threading.current_thread() is not threading.main_thread():
        yield  # signals reach the main thread only
        return

    def stop(number: int, frame: FrameType | None) -> None:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        raise Stopped(TERMINATED)

    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
