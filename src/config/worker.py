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
    What is told twice must not break off the checkpoint that is written after the first time. A
    worker stays deaf to it between jobs, too: it has nothing else to do.
    """
    if threading.current_thread() is not threading.main_thread():
        yield  # signals reach the main thread only
        return

    def stop(number: int, frame: FrameType | None) -> None:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        raise Stopped(TERMINATED)

    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})  # whoever listens to it later on
    before = signal.signal(signal.SIGTERM, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
