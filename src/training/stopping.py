"""Ctrl-C and SIGTERM while a model trains: the step ends first, so that nothing of it is lost.

So it is with SIGUSR2, by which Slurm tells that the time of a job will soon be over.
"""

from __future__ import annotations

import signal
import threading
from types import FrameType

INTERRUPTED = 128 + signal.SIGINT
TERMINATED = 128 + signal.SIGTERM
TIME_OVER = 128 + getattr(signal, "SIGUSR2", 0)  # not on Windows
SIGNALS = tuple(code - 128 for code in (INTERRUPTED, TERMINATED, TIME_OVER) if code > 128)


class Interrupted(BaseException):
    """Training was stopped from outside (a signal); ``code`` is the exit code to use."""

    def __init__(self, code: int) -> None:
        super().__init__()
        self.code = code


class StopRequest:
    """Remembers a signal until the training asks for it; a second one stops at once.

    Lightning's own handlers end in the middle of a step, and with other exit codes.
    """

    def __init__(self) -> None:
        self.code = 0
        """The exit code that was asked for; 0 while nobody did."""
        self._before: dict[int, object] = {}

    def listen(self) -> None:
        """Take the signals over, also from whoever took them since; those of before are kept."""
        if threading.current_thread() is threading.main_thread():  # signals reach no other
            for number in SIGNALS:
                self._before.setdefault(number, signal.signal(number, self._ask))

    def let_go(self) -> None:
        """Give the signals back."""
        for number, handler in self._before.items():
            signal.signal(number, handler)  # pyright: ignore[reportArgumentType]
        self._before.clear()

    def _ask(self, number: int, frame: FrameType | None) -> None:
        again, self.code = bool(self.code), 128 + number
        if again:
            raise Interrupted(self.code)
