"""How a process that works for a sweep is stopped."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from .stop import Stopped


@contextmanager
def obedient() -> Iterator[None]:
    """Raise :class:`Stopped` on the first SIGTERM; leave Ctrl-C to the process that leads.

    A terminal sends Ctrl-C to all processes at once, and the leading one then tells its workers.
    What is told twice must not break off the checkpoint that is written after the first time. A
    worker stays deaf to it between jobs, too: it has nothing else to do. A job of Slurm's also
    hears that its time is nearly over.
    """
    if threading.current_thread() is not threading.main_thread():
        yield  # signals reach the main thread only
        return

    def stop(number: int, frame: FrameType | None) -> None:
        signal.signal(number, signal.SIG_IGN)
        raise Stopped(128 + number)

    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})  # whoever listens to it later on
    numbers = [signal.SIGTERM, *([signal.SIGUSR2] if on_slurm() else [])]
    before = {number: signal.signal(number, stop) for number in numbers}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def on_slurm() -> bool:
    """Whether this process is a job that submitit has given to Slurm."""
    return "SUBMITIT_FOLDER" in os.environ


def first_task() -> bool:
    """Whether this process keeps the books of its job: Slurm starts all of a training itself."""
    return not (on_slurm() and int(os.environ.get("SLURM_PROCID", "0")))


def queue_again() -> None:
    """Put this job, whose time is over, back into Slurm's queue, and end.

    That is submitit's answer to Slurm's signal. It comes now, after the checkpoint.
    """
    answer = signal.getsignal(signal.SIGUSR2)
    if callable(answer):
        answer(signal.SIGUSR2, None)
