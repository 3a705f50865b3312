"""The jobs of a command: one, or those of a sweep, of which some may fail."""

from __future__ import annotations

import io
import os
import sys
import traceback
from collections.abc import Callable
from contextlib import ExitStack, nullcontext
from pathlib import Path
from typing import Any

from ..reporting.job import FAILED, FINISHED, INTERRUPTED, LOG, PRUNED, SUCCEEDED, Entry, Job
from ..reporting.ledger import Ledger
from .joblog import logged
from .messages import explain
from .paths import cache_folder, remove_empty
from .stop import TIME_OVER, Stopped
from .worker import first_task, obedient, on_slurm, queue_again

NUMBER = "LEGENDRE_JOB"
"""The environment variable that a sweep sets for each job, by ``hydra.job.env_set``."""


GRID = "grid"
"""The option of ``sweep`` that is there unless another is named."""


class JobFailed(BaseException):
    """Carries the error of a single job past Hydra's own reporting of failed jobs."""

    def __init__(self, error: Exception) -> None:
        super().__init__(str(error))
        self.error = error


class Pruned(Exception):  # noqa: N818
    """A search has seen enough of a job: it does as badly as others did."""


def numbered(job: Job) -> list[str]:
    """Return the overrides of a job that knows its number in its sweep."""
    return [*job.overrides, f"+hydra.job.env_set.{NUMBER}={job.number}"]


def number_of(hydra: Any) -> int | None:
    """Return the number of this job in its sweep; None if it is no part of one of ours."""
    number = hydra.job.env_set.get(NUMBER)
    return None if number is None else int(number)


def reporter_of(hydra: Any) -> Callable[[int, float], None] | None:
    """Return what tells a search how this job is doing, if it is one of a search that asks."""
    number, folder = number_of(hydra), Path(hydra.sweep.dir).absolute()
    note = None if number is None else (Ledger(folder).plan() or {}).get("study")
    if number is None or note is None:
        return None
    from .optuna import reporter

    return reporter(note, folder, number)


class Jobs:
    """Runs each job of a command; a sweep goes on after a failed one, and its ledger remembers."""

    def __init__(self, name: str, task: Callable[[Any], Any]) -> None:
        self.name = name
        self.task = task
        self.home = os.getpid()
        """The process that was started by the user. Jobs may run in others."""

    def __call__(self, config: Any) -> None:
        """Run one job in the folder that Hydra has made for it."""
        from hydra.core.hydra_config import HydraConfig

        hydra = HydraConfig.get()
        folder, number = Path(hydra.runtime.output_dir), number_of(hydra)
        _keep_in(cache_folder(config.get("cache")))
        try:
            if not first_task():
                with obedient():
                    self.task(config)
            elif number is None:
                self._alone(config, hydra.runtime.choices.get("sweep", GRID))
            else:
                job = Job(number, tuple(hydra.overrides.task))
                self._of_sweep(config, job, folder, Ledger(Path(hydra.sweep.dir).absolute()))
        finally:
            remove_empty(folder)

    def _alone(self, config: Any, sweep: str) -> None:
        try:
            if sweep != GRID:
                raise ValueError(
                    f"sweep={sweep} is many runs: start it by python -m src.{self.name} -m "
                    f"sweep={sweep} ..."
                )
            self.task(config)
        except Exception as error:
            raise JobFailed(error) from error

    def _of_sweep(self, config: Any, job: Job, folder: Path, ledger: Ledger) -> None:
        """Run a job of a sweep. Whatever happens stands in the ledger, and not in an exception.

        Raises:
            Stopped, KeyboardInterrupt: if it was stopped, and the sweep with it.
        """
        away = self._away()
        # A queue may still hold it from before a sweep was gone on with.
        if ledger.stopped or (away and ledger.entry(job).state in FINISHED):
            return
        begins = f"Job {job.number}: {' '.join(job.overrides)}"
        with ExitStack() as held:
            try:
                entry = held.enter_context(ledger.running(job, folder))
            except BlockingIOError as other:
                print(f"Job {job.number} is run already, by {other}", flush=True)  # noqa: T201
                return
            if not away:  # one at a time, so that what follows is of this one
                print(begins, flush=True)  # noqa: T201
            log = held.enter_context(logged(folder / LOG))
            print(begins)  # noqa: T201
            entry = self._outcome(config, ledger, entry, log)
        told = f": {entry.error}" if entry.error else f" after {entry.seconds or 0:.0f} s"
        stream = sys.stderr if entry.state == FAILED else sys.stdout
        print(f"Job {entry.number} {entry.state}{told}", file=stream, flush=True)

    def _outcome(self, config: Any, ledger: Ledger, entry: Entry, log: io.TextIOBase) -> Entry:
        away = self._away()
        if ledger.stopped:  # told so before it could be told that it runs
            return ledger.ended(entry, INTERRUPTED, "stopped")
        try:
            with obedient() if away else nullcontext():
                self.task(config)
            return ledger.ended(entry, SUCCEEDED)
        except Pruned as reason:
            print(f"Pruned: {reason}")  # noqa: T201
            return ledger.ended(entry, PRUNED)
        except Exception as error:
            traceback.print_exc(file=log)
            return ledger.ended(entry, FAILED, _first_line(explain(error, self.name)))
        except (Stopped, KeyboardInterrupt) as stop:
            over = isinstance(stop, Stopped) and stop.code == TIME_OVER
            why = "its time was over, and it waits in the queue again" if over else "stopped"
            entry = ledger.ended(entry, INTERRUPTED, why)
            if over:
                queue_again()
            # What leaves a worker of a pool takes the whole pool down, and other jobs with it.
            if not away or on_slurm():
                raise
            return entry

    def _away(self) -> bool:
        """Whether this is not the process that was started by the user, but one that it asked."""
        return on_slurm() or os.getpid() != self.home


def _first_line(message: str) -> str:
    return message.removeprefix("Error: ").partition("\n")[0]


def _keep_in(cache: Path) -> None:
    """Point matplotlib's cache of fonts and torch's of compiled code into ours.

    The run's folder and our cache are all that is written to.
    """
    os.environ.setdefault("MPLCONFIGDIR", str(cache / "matplotlib"))
    os.environ.setdefault("TORCHINDUCTOR_CACHE_DIR", str(cache / "kernels"))
