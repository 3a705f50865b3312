"""What became of the jobs of a sweep: one small file per job, written by whoever runs it.

Nobody shares a file with another: jobs may run in any process on any machine that sees the folder,
and die at any moment.
"""

from __future__ import annotations

import json
import os
import shutil
import socket
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from .atomic import write_text
from .held import hold, is_held
from .job import FAILED, INTERRUPTED, RUNNING, Entry, Job

FILE = "sweep.json"


class Ledger:
    """The record of a sweep: ``sweep.json`` holds its plan, ``jobs/`` what became of each job."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.file = folder / FILE
        self._jobs = folder / "jobs"
        self._stop = self._jobs / "stop"

    def plan(self) -> dict[str, Any] | None:
        """Return what ``sweep.json`` says; None if there is none.

        Raises:
            ValueError: if it is damaged.
        """
        if not self.file.is_file():
            return None
        try:
            plan = json.loads(self.file.read_text(encoding="utf-8"))
            assert isinstance(plan["jobs"], list)
        except (ValueError, KeyError, TypeError, AssertionError) as error:
            raise ValueError(f"{self.file} is not the whole record of a sweep: {error}.") from error
        return plan

    def begin(self, search: str, command: Sequence[str]) -> None:
        """Write down what the sweep was started with, unless that is known; forget any stop."""
        self._jobs.mkdir(parents=True, exist_ok=True)
        self._stop.unlink(missing_ok=True)
        if self.plan() is None:
            started = {"command": list(command), "started_in": str(Path.cwd())}
            self._write({"search": search, **started, "jobs": []})

    def note(self, **facts: Any) -> None:
        """Write down what jobs must know of their sweep."""
        self._write({**(self.plan() or {}), **facts})

    def erase(self) -> None:
        """Leave nothing of a sweep that never had a job."""
        shutil.rmtree(self._jobs, ignore_errors=True)
        self.file.unlink(missing_ok=True)

    def add(self, jobs: Sequence[Job]) -> None:
        """Add jobs to the plan."""
        plan = self.plan()
        assert plan is not None, "begin comes first"
        plan["jobs"] += [{"number": job.number, "overrides": job.overrides} for job in jobs]
        self._write(plan)

    def close(self, code: int) -> None:
        """Write what became of all jobs into ``sweep.json``, and the exit code of the sweep."""
        plan = self.plan()
        assert plan is not None, "begin comes first"
        self._write({**plan, "code": code, "jobs": [_whole(entry) for entry in self.entries()]})

    def entries(self) -> list[Entry]:
        """Return what is known of each planned job, in the order of their numbers."""
        plan = self.plan() or {"jobs": []}
        planned = (Entry(job["number"], tuple(job["overrides"])) for job in plan["jobs"])
        return sorted((self._now(entry) for entry in planned), key=lambda entry: entry.number)

    def entry(self, job: Job) -> Entry:
        """Return what is known of one job."""
        return self._now(Entry(job.number, job.overrides))

    def set(self, entry: Entry) -> None:
        """Write down what is known of a job."""
        write_text(self._file(entry.number), json.dumps(asdict(entry), indent=2) + "\n")

    @contextmanager
    def running(self, job: Job, folder: Path) -> Iterator[Entry]:
        """Mark a job as running for as long as this block lasts, or its process.

        Raises:
            BlockingIOError: if another process runs it.
        """
        place = Path(os.path.relpath(folder, self.folder)).as_posix()
        entry = Entry(
            job.number,
            job.overrides,
            RUNNING,
            place,
            started=time.time(),
            host=socket.gethostname(),
            process=os.getpid(),
        )
        with hold(self._lock(job.number)):
            self.set(entry)
            yield entry

    def ended(self, entry: Entry, state: str, error: str | None = None) -> Entry:
        """Write down how a running job has ended."""
        seconds = round(time.time() - (entry.started or time.time()), 3)
        entry = replace(entry, state=state, error=error, seconds=seconds)
        self.set(entry)
        return entry

    def refused(self, entry: Entry, reason: str) -> None:
        """Write down that what a job has come to cannot be used."""
        self.set(replace(entry, state=FAILED, error=reason))

    @contextmanager
    def led(self) -> Iterator[None]:
        """Lead the sweep for as long as this block lasts.

        Raises:
            ValueError: if another process does.
        """
        self._jobs.mkdir(parents=True, exist_ok=True)
        try:
            with hold(self._jobs / "sweep.lock"):
                yield
        except BlockingIOError as other:
            raise ValueError(
                f"a sweep must be led by one process; another one is at work in {self.folder}: "
                f"{other}. Wait for it, or stop it."
            ) from None

    def stop(self) -> None:
        """Tell all jobs that have not started yet not to."""
        self._stop.touch()

    @property
    def stopped(self) -> bool:
        """Whether jobs have been told not to start."""
        return self._stop.exists()

    def _now(self, planned: Entry) -> Entry:
        file = self._file(planned.number)
        if not file.is_file():
            return planned
        fields = json.loads(file.read_text(encoding="utf-8"))
        entry = Entry(**{**fields, "overrides": tuple(fields["overrides"])})
        if entry.folder is not None and not (self.folder / entry.folder).is_dir():
            return planned
        if entry.state == RUNNING and not is_held(self._lock(entry.number)):
            return replace(entry, state=INTERRUPTED, error="its process is gone")
        return entry

    def _file(self, number: int) -> Path:
        return self._jobs / f"{number}.json"

    def _lock(self, number: int) -> Path:
        return self._jobs / f"{number}.lock"

    def _write(self, plan: dict[str, Any]) -> None:
        write_text(self.file, json.dumps({"schema_version": 1, **plan}, indent=2) + "\n")


def _whole(entry: Entry) -> dict[str, Any]:
    return {**asdict(entry), "log": entry.log}
