"""Sweeps: many jobs from one command, whatever launches them, and what they have come to."""

from __future__ import annotations

import contextlib
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hydra.core.override_parser.types import Override
from omegaconf import DictConfig, OmegaConf

from ..reporting.job import Job
from ..reporting.ledger import Ledger
from ..reporting.places import shown
from ..reporting.sweep_table import all_well, counted, show
from .jobs import numbered
from .launching import Launches
from .paths import remove_empty
from .stop import INTERRUPTED, Stopped


class SweepFailed(BaseException):
    """Jobs of a sweep have not ended well; the table has said which."""


@dataclass(frozen=True)
class Sweep:
    """A sweep in progress."""

    folder: Path
    ledger: Ledger
    launches: Launches
    config: DictConfig
    """Composed without what is swept over."""
    load: Any
    """Composes a job from its words."""

    def run(self, jobs: Sequence[Job]) -> None:
        """Run jobs in folders of their own; one that is there is gone on with.

        Raises:
            Stopped, KeyboardInterrupt: if the sweep was told to stop.
        """
        self.launches.run(
            jobs, [self._words(job, k + jobs[0].number) for k, job in enumerate(jobs)]
        )

    def check(self, jobs: Sequence[Job]) -> None:
        """Compose jobs, to learn before any starts whether they can be.

        Jobs that differ only in numbers stand or fall together, and one of them is composed.

        Raises:
            HydraException: if they cannot.
        """
        alike = {tuple(_kind(word) for word in job.overrides): job for job in reversed(jobs)}
        for job in reversed(alike.values()):
            self.load(list(job.overrides))

    def _words(self, job: Job, launched_as: int) -> list[str]:
        """Return what a job is composed from. Launchers count on from the first of a batch."""
        words, place = numbered(job), self.ledger.entry(job).folder
        if place is None and launched_as != job.number:
            pattern = OmegaConf.to_container(self.config.hydra.sweep)["subdir"]  # pyright: ignore
            place = str(pattern).replace("${hydra:job.num}", str(job.number))
        return words if place is None else [*words, f"hydra.sweep.subdir={quoted(place)}"]


class Search(ABC):
    """Which jobs a sweep has: the group ``sweep``."""

    @abstractmethod
    def run(self, sweep: Sweep, overrides: Sequence[Override]) -> None:
        """Run the jobs of what was typed, those that have not ended well yet."""

    @abstractmethod
    def conclude(self, sweep: Sweep, overrides: Sequence[Override]) -> None:
        """Say what they have come to, beside the table."""

    def well(self, sweep: Sweep) -> bool:
        """Whether they have come to what was wanted."""
        return all_well(sweep.ledger.entries())


@dataclass(frozen=True)
class Grid(Search):
    """Every combination of what is given as a list."""

    retry: str | None = None
    status: str | None = None

    def run(self, sweep: Sweep, overrides: Sequence[Override]) -> None:
        """Run every combination.

        Raises:
            ValueError: if the folder holds another sweep.
        """
        from hydra._internal.core_plugins.basic_sweeper import BasicSweeper

        ((*combinations,),) = BasicSweeper.split_arguments(list(overrides), None)
        jobs = [Job(number, tuple(words)) for number, words in enumerate(combinations)]
        known = [Job(entry.number, entry.overrides) for entry in sweep.ledger.entries()]
        if not known:
            sweep.check(jobs)
            sweep.ledger.add(jobs)
        elif known != jobs:
            raise ValueError(
                f"a sweep needs a folder of its own; {sweep.folder} holds another one. To go on "
                f"with that: sweep.retry={sweep.folder}."
            )
        left = [job for job in jobs if sweep.ledger.entry(job).open]
        if left:
            sweep.run(left)

    def conclude(self, sweep: Sweep, overrides: Sequence[Override]) -> None:
        """Compare what the jobs have recorded."""
        if any(sweep.folder.rglob("summary.json")):
            from .comparing import compare_runs

            compare_runs([sweep.folder], sweep.folder)


def lead(search: Search, sweep: Sweep, overrides: Sequence[Override], words: list[str]) -> None:
    """Run a sweep to its end, and say what became of it.

    Raises:
        SweepFailed: if jobs have not ended well.
        Stopped: if it was told to stop.
    """
    plan, stopped = sweep.ledger.plan(), None
    kind = type(search).__name__
    if plan is not None and plan["search"] != kind:
        raise ValueError(
            f"a sweep needs a folder of its own; {sweep.folder} holds one of another kind "
            f"({plan['search']}, not {kind})."
        )
    with sweep.ledger.led():
        try:
            sweep.ledger.begin(kind, words)
            search.run(sweep, overrides)
        except (Stopped, KeyboardInterrupt) as stop:
            stopped = stop if isinstance(stop, Stopped) else Stopped(INTERRUPTED)
        except Exception:
            if plan is None and not sweep.ledger.entries():  # refused before there was a job
                sweep.ledger.erase()
                remove_empty(sweep.folder)
            raise
        _end(search, sweep, overrides, stopped)


def _end(
    search: Search, sweep: Sweep, overrides: Sequence[Override], stopped: Stopped | None
) -> None:
    well = stopped is None and search.well(sweep)
    code = stopped.code if stopped else int(not well)
    try:
        if not stopped:
            search.conclude(sweep, overrides)
    finally:
        entries = sweep.ledger.entries()
        if entries:
            sweep.ledger.close(code)
            show(entries, sweep.folder)
        else:
            sweep.ledger.erase()
    command = f"python -m src.{sweep.config.hydra.job.config_name}"
    again = f"{command} -m sweep.retry={shown(sweep.folder)}"
    if stopped:
        raise Stopped(stopped.code, f"To go on: {again}")
    if not well:
        count = f"of {len(entries)} jobs, {counted(entries)}"
        raise SweepFailed(f"Error: {count}. To try again: {again}")


def quoted(text: str) -> str:
    """Return a text as an override may hold it, whatever is in it."""
    escaped = text.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"


def _kind(word: str) -> str:
    """Return an override with the kind of its value only, if that is a number."""
    key, _, value = word.partition("=")
    for kind in (int, float):
        with contextlib.suppress(ValueError):
            kind(value)
            return f"{key}={kind.__name__}"
    return word


def say(line: str) -> None:
    """Print a line to whoever waits."""
    print(line, flush=True)  # noqa: T201
