"""The jobs of a sweep in Slurm's queue: which they are, how they end, how they are called off."""

from __future__ import annotations

import re
import subprocess
import time
from collections.abc import Sequence
from dataclasses import replace

from ..reporting.job import INTERRUPTED, MISSING, Job
from ..reporting.ledger import Ledger

FOLDER = ".submitit"
"""Where submitit has a folder for each job, in that of the sweep."""
LOOK = 30
"""Seconds between two looks at jobs that are long under way."""


class Queue:
    """What a sweep has handed to Slurm since this was made.

    Args:
        ledger: of the sweep.
    """

    def __init__(self, ledger: Ledger) -> None:
        self.ledger = ledger
        self.folder = ledger.folder / FOLDER
        self._before = self._all()
        _look_often()

    def ids(self) -> list[str]:
        """Return the ids of the jobs, in the order in which they were handed over."""
        new = self._all() - self._before
        arrays = {job.partition("_")[0] for job in new if "_" in job}  # with folders of their own
        return sorted(new - arrays, key=lambda job: list(map(int, job.split("_"))))

    def cancel(self) -> None:
        """Have running jobs write a checkpoint and end, and waiting ones not start."""
        if arrays := self._arrays():
            subprocess.run(["scancel", *sorted(arrays)], check=False)

    def wait(self, every: float = 2.0) -> None:
        """Wait until none of the jobs is left, running or waiting."""
        query = ["squeue", "--me", "--noheader", "--format=%F"]
        while arrays := self._arrays():
            told = subprocess.run(query, capture_output=True, check=False, text=True)
            if told.returncode == 0 and not arrays & set(told.stdout.split()):
                return
            time.sleep(every)

    def explain(self, jobs: Sequence[Job]) -> None:
        """Write down how Slurm ended those jobs that could not do so themselves."""
        from submitit.slurm.slurm import SlurmInfoWatcher

        query = ["sacct", "-X", "--parsable2", "--format=JobID,State,NodeList", "--jobs"]
        told = subprocess.run(
            [*query, ",".join(sorted(self._arrays()))], capture_output=True, check=False, text=True
        )
        ends = SlurmInfoWatcher().read_info(told.stdout)  # such as 7_[3-5] for those that wait
        for job, number in zip(jobs, self.ids(), strict=False):
            entry, state = self.ledger.entry(job), ends.get(number, {}).get("State", "")
            if entry.state == MISSING and not state:  # cancelled while it waited: not accounted for
                reason = "gone from Slurm's queue before it began"
            elif entry.state in (MISSING, INTERRUPTED) and state not in ("", "COMPLETED"):
                reason = f"Slurm: {state}, see {FOLDER}/{number}"
            else:
                continue
            self.ledger.set(replace(entry, state=INTERRUPTED, error=reason))

    def _arrays(self) -> set[str]:
        return {job.partition("_")[0] for job in self.ids()}

    def _all(self) -> set[str]:
        names = (place.name for place in self.folder.glob("*"))
        return {name for name in names if re.fullmatch(r"\d+(_\d+)?", name)}


def _look_often() -> None:
    """Have submitit learn within half a minute of a job that was cancelled, and not within ten."""
    from submitit import SlurmJob
    from submitit.slurm.slurm import SlurmInfoWatcher

    SlurmJob.watcher = SlurmInfoWatcher(delay_s=LOOK)
