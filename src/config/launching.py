"""How jobs are handed to a launcher, and how those that it runs elsewhere are stopped."""

from __future__ import annotations

import os
import signal
import socket
import threading
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import BrokenExecutor
from contextlib import contextmanager
from types import FrameType
from typing import Any

from ..reporting.job import INTERRUPTED, RUNNING, Job
from ..reporting.ledger import Ledger
from .queue import Queue
from .stop import Stopped

SLURM = "SlurmLauncher"
DEATHS = 3
"""A job whose worker dies so often is given up: it dies of the job, not of a neighbour's."""


class Launches:
    """Hands jobs to a launcher, and sees to it that none takes others down.

    Args:
        launcher: one of Hydra's.
        ledger: of the sweep. What becomes of a job stands there.
    """

    def __init__(self, launcher: Any, ledger: Ledger) -> None:
        self.launcher = launcher
        self.ledger = ledger
        self.queue: Queue | None = None
        self.stopped_by: int | None = None
        """The signal that the sweep was told to stop with."""

    def run(self, jobs: Sequence[Job], words: Sequence[Sequence[str]]) -> None:
        """Run jobs, each with its words; return when all have ended.

        Raises:
            Stopped, KeyboardInterrupt: if the sweep was told to stop. Jobs that ran elsewhere have
                written their checkpoints, and no other has started.
        """
        left, deaths = dict(zip(jobs, words, strict=True)), Counter[Job]()
        self.queue = Queue(self.ledger) if type(self.launcher).__name__ == SLURM else None
        with self._forwarding():
            while left:
                try:
                    first = next(iter(left)).number
                    batch = _Until(left.values(), self)
                    returned = self.launcher.launch(batch, initial_job_idx=first)
                    self._check(left, returned)
                    break
                except BrokenExecutor:  # a worker was killed, and the pool takes all down with it
                    left = self._after_deaths(left, deaths)
                except Exception as error:
                    if self.queue is None:
                        raise
                    if not self.queue.ids():
                        raise ValueError(f"Slurm must take jobs, and does not: {error}") from error
                    break  # a job was cancelled, or its node died: others go on
            if self.queue is not None:
                self.queue.wait()
                if self.stopped_by is None:
                    self.queue.explain(jobs)
        if self.stopped_by is not None:
            raise Stopped(128 + self.stopped_by)

    def _check(self, jobs: Iterable[Job], returned: Sequence[Any]) -> None:
        """Write down what went wrong around a job, where it could not do so itself."""
        for job, one in zip(jobs, returned, strict=False):  # a sweep that was stopped returns fewer
            error, entry = one._return_value, self.ledger.entry(job)
            if isinstance(error, Exception) and not entry.ended:
                reason = str(error).partition("\n")[0]
                self.ledger.refused(entry, f"{type(error).__name__}: {reason}")

    def _after_deaths(
        self, left: dict[Job, Sequence[str]], deaths: Counter[Job]
    ) -> dict[Job, Sequence[str]]:
        """Return what is to be launched again after workers have died."""
        again = {}
        for job, words in left.items():
            entry = self.ledger.entry(job)
            deaths[job] += entry.state == INTERRUPTED
            if entry.state == INTERRUPTED and deaths[job] >= DEATHS:
                reason = f"its process was killed {DEATHS} times: was there memory enough?"
                self.ledger.refused(entry, reason)
            elif not entry.ended:
                again[job] = words
        return {} if self.stopped_by is not None else again

    @contextmanager
    def _forwarding(self) -> Iterator[None]:
        """Pass a signal on to jobs in other processes, and wait for them; a second one ends all.

        Jobs in this process are stopped by the signal itself.
        """
        in_this_process = type(self.launcher).__module__.startswith("hydra.")
        if in_this_process or threading.current_thread() is not threading.main_thread():
            yield
            return
        before: dict[int, Any] = {}

        def forward(number: int, frame: FrameType | None) -> None:
            again, self.stopped_by = self.stopped_by is not None, number
            self.ledger.stop()
            self._tell()
            if again and callable(before[number]):
                before[number](number, frame)

        for number in (signal.SIGINT, signal.SIGTERM):
            if signal.getsignal(number) is not signal.SIG_IGN:  # as of a command behind nohup
                before[number] = signal.signal(number, forward)
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def _tell(self) -> None:
        """Ask running jobs to write a checkpoint and end."""
        if self.queue is not None:
            self.queue.cancel()
            return
        for entry in self.ledger.entries():
            here = entry.host == socket.gethostname() and entry.process != os.getpid()
            if entry.state == RUNNING and here and entry.process is not None:
                os.kill(entry.process, signal.SIGTERM)


class _Until(list[Sequence[str]]):
    """Jobs for a launcher that takes them one by one: none is left once the sweep was stopped."""

    def __init__(self, jobs: Any, launches: Launches) -> None:
        super().__init__(jobs)
        self.launches = launches

    def __iter__(self) -> Iterator[Sequence[str]]:
        for job in super().__iter__():
            if self.launches.stopped_by is not None:
                return
            yield job
