"""Stopping from outside: Ctrl-C and SIGTERM end a command in one line and with the usual code."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

INTERRUPTED = 128 + signal.SIGINT
TIME_OVER = 128 + getattr(signal, "SIGUSR2", 0)  # not on Windows


class Stopped(BaseException):
    """The command was stopped from outside; ``code`` is the exit code to end with."""

    def __init__(self, code: int, advice: str = "") -> None:
        super().__init__(f"Stopped. {advice}".strip())
        self.code = code


@contextmanager
def terminable() -> Iterator[None]:
    """Raise :class:`Stopped` on SIGTERM and Ctrl-C, so that files and logs are closed at the end.

    Not KeyboardInterrupt: one that is raised while a class is made of text, as dataclasses are,
    lets Python end by the signal, whatever the exit code (CPython's ``run_eval_code_obj``).
    """
    if threading.current_thread() is not threading.main_thread():
        yield  # signals reach the main thread only
        return

    def stop(number: int, frame: FrameType | None) -> None:
        raise Stopped(128 + number)

    heeded = [signal.SIGTERM]
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:  # and not ignored, by nohup
        heeded.append(signal.SIGINT)
    before = {number: signal.signal(number, stop) for number in heeded}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
