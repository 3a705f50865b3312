"""A search that learns from its own trials: ``sweep=optuna``."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from hydra.core.override_parser.types import Override
from omegaconf import OmegaConf

from ..reporting.job import FAILED, PRUNED, RUNNING, SUCCEEDED, Entry, Job
from ..reporting.record import flatten, read_record
from .messages import did_you_mean
from .optuna import OptunaStudy
from .space import Space, examples, read_space
from .sweep import Search, Sweep, say


@dataclass(frozen=True)
class Study(Search):
    """A search for the settings that make figures of ``summary.json`` small, or large.

    Raises:
        ValueError: if the settings do not fit each other.
    """

    trials: int = 20
    objectives: Sequence[str] = ("train.best_val_loss",)
    directions: Sequence[str] | str = "minimize"
    prune: bool = True
    startup: int = 10
    parallel: int | None = None
    storage: str = "sqlite"
    study: str | None = None
    seed: int = 0
    retry: str | None = None
    status: str | None = None

    def __post_init__(self) -> None:
        if self.trials < 1 or self.startup < 1 or (self.parallel or 1) < 1:
            raise ValueError(
                f"sweep.trials, sweep.startup and sweep.parallel must be 1 or more; got "
                f"{self.trials}, {self.startup}, {self.parallel}."
            )
        if not self.objectives or len(self.ways) != len(self.objectives):
            raise ValueError(
                f"sweep.directions must be one for all of sweep.objectives, or one for each; got "
                f"{self.directions} for {list(self.objectives)}."
            )
        if set(self.ways) - {"minimize", "maximize"}:
            raise ValueError(
                f"sweep.directions are minimize and maximize; got {', '.join(self.ways)}."
            )

    @property
    def ways(self) -> list[str]:
        """The direction of each objective."""
        if isinstance(self.directions, str):
            return [self.directions] * len(self.objectives)
        return list(self.directions)

    def run(self, sweep: Sweep, overrides: Sequence[Override]) -> None:
        """Run trials until so many have finished, those of earlier starts included.

        Those that fail are replaced at the next start.

        Raises:
            ValueError: if there is no space to search, or an objective is no figure of a record.
        """
        fixed, space = read_space(overrides)
        sweep.check([Job(0, (*fixed, *words)) for words in examples(space)])
        study = self._open(sweep)
        left = self._left(study, sweep)
        at_once, budget = self._at_once(sweep), self.trials - study.finished()
        while budget > 0:
            batch, left = left[:at_once], left[at_once:]
            fresh = self._ask(study, sweep, fixed, space, min(at_once, budget) - len(batch))
            batch += fresh
            if not batch:
                say(f"The space has no other points: {study.finished()} trials have finished.")
                return
            budget -= len(batch)
            try:
                sweep.run(batch)
            finally:
                for job in batch:
                    self._tell(study, sweep, sweep.ledger.entry(job))

    def well(self, sweep: Sweep) -> bool:
        """Whether so many trials have finished: failed ones may have been replaced."""
        return super().well(sweep) or self._open(sweep).finished() >= self.trials

    def conclude(self, sweep: Sweep, overrides: Sequence[Override]) -> None:
        """Write the best configurations, all trials, and their picture."""
        from .best import write_best

        trials = self._open(sweep).trials(self.objectives, read_space(overrides)[1])
        write_best(trials, sweep)

    def _open(self, sweep: Sweep) -> OptunaStudy:
        # Environment variables that it names stay names: what they hold is not for the record.
        raw: Any = OmegaConf.to_container(sweep.config.sweep, resolve=False)
        if urlsplit(raw["storage"]).password:
            raise ValueError(
                "sweep.storage must not hold a password, since it is written down. Put the URL "
                "into an environment variable: 'sweep.storage=${oc.env:STUDY_URL}'."
            )
        name = self.study or "/".join(sweep.folder.parts[-2:])
        study = OptunaStudy(raw["storage"], name, sweep.folder, self.ways, self.seed, self.startup)
        note = {"storage": raw["storage"], "name": name, "startup": self.startup}
        note |= {"maximize": self.ways[0] == "maximize"}
        watched = self.prune and len(self.objectives) == 1  # of several, none is the worse trial
        sweep.ledger.note(study=note if watched else None)
        return study

    def _left(self, study: OptunaStudy, sweep: Sweep) -> list[Job]:
        """Return the trials that a start before this one has left, and that can go on."""
        known = {entry.number: entry for entry in sweep.ledger.entries()}
        left = []
        for number, ours in study.running().items():
            if not ours or number not in known:
                study.failed(number)
                continue
            entry = self._waited(sweep, known[number])
            if entry.state in (SUCCEEDED, PRUNED, FAILED):
                self._tell(study, sweep, entry)
            else:
                left.append(Job(number, entry.overrides))
        return left

    def _waited(self, sweep: Sweep, entry: Entry) -> Entry:
        if entry.state == RUNNING:
            say(f"Job {entry.number} still runs, and is waited for.")
        while entry.state == RUNNING:
            time.sleep(1)
            entry = sweep.ledger.entry(Job(entry.number, entry.overrides))
        return entry

    def _ask(
        self, study: OptunaStudy, sweep: Sweep, fixed: list[str], space: Space, count: int
    ) -> list[Job]:
        asked = (study.ask(space) for _ in range(count))
        jobs = [Job(one[0], (*fixed, *one[1])) for one in asked if one is not None]
        sweep.ledger.add(jobs)
        return jobs

    def _tell(self, study: OptunaStudy, sweep: Sweep, entry: Entry) -> None:
        """Tell the study what stands in the ledger; nothing of a job that can go on."""
        if entry.state == PRUNED:
            study.pruned(entry.number)
        elif entry.state == FAILED:
            study.failed(entry.number)
        elif entry.state == SUCCEEDED:
            values = [self._figure(sweep, entry, key) for key in self.objectives]
            if None in values:
                reason = f"{self.objectives[values.index(None)]} is null in its record"
                sweep.ledger.refused(entry, reason)
                study.failed(entry.number)
            else:
                study.tell(entry.number, [value for value in values if value is not None])

    def _figure(self, sweep: Sweep, entry: Entry, key: str) -> float | None:
        record = read_record(sweep.folder / (entry.folder or ""))
        keys = [name.removesuffix(".median") for name in flatten(record.summary)]
        if key not in keys and f"{key}.median" not in flatten(record.summary):
            raise ValueError(
                f"sweep.objectives must name figures of summary.json; there is no {key}."
                f"{did_you_mean(key, keys)}"
            )
        return record.median(key)

    def _at_once(self, sweep: Sweep) -> int:
        """Return how many trials run at once: unless told, as many as cores, or few of a queue."""
        launcher = sweep.config.hydra.launcher
        queued = min(launcher.get("array_parallelism", 1), max(1, self.trials // 5))
        return self.parallel or launcher.get("n_jobs") or queued
