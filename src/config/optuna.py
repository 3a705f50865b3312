"""Optuna's studies: asked for trials, told what came of them. The one file that imports it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

from omegaconf import OmegaConf

from ..reporting.trials import Trial, Trials
from .jobs import Pruned
from .launcher import EXTRA
from .space import Choice, Range, Space, size

FILES = {"sqlite": "sqlite:///{}/study.db", "journal": "journal://{}/study.journal"}
"""Storages that are a file in the sweep's folder."""
DRAWS = 100
"""How often a point that was tried before is drawn again before a space counts as exhausted."""
REPEATED = "repeated"
"""Marks a point that was drawn again, and not tried."""
PATIENCE = 60
"""Seconds to wait for other processes that write to a file of sqlite."""


class OptunaStudy:
    """A study that is there or is made, searched by TPE.

    Args:
        storage: ``sqlite``, ``journal`` or an URL; it may name environment variables.
        name: of the study in it.
        folder: of the sweep.
        directions: of the objectives.
        seed: of the sampler.
        startup: trials drawn at random.

    Raises:
        ValueError: if Optuna is not installed, or the study there has other objectives.
    """

    def __init__(
        self,
        storage: str,
        name: str,
        folder: Path,
        directions: Sequence[str],
        seed: int,
        startup: int,
    ) -> None:
        optuna = _optuna()
        self.folder = folder
        self.states = optuna.trial.TrialState
        self.study = optuna.create_study(
            storage=_storage(storage, folder),
            study_name=name,
            directions=list(directions),
            load_if_exists=True,
        )
        known = [direction.name.lower() for direction in self.study.directions]
        if known != list(directions):
            raise ValueError(
                f"the study {name} has the directions {', '.join(known)}; got "
                f"{', '.join(directions)}. Name another one by sweep.study."
            )
        # Another seed at each start: the same one would ask for the same points again.
        self.study.sampler = optuna.samplers.TPESampler(
            seed=seed + len(self.study.trials), n_startup_trials=startup, constant_liar=True
        )

    def finished(self) -> int:
        """Return how many trials have been judged or pruned."""
        done = (self.states.COMPLETE, self.states.PRUNED)
        return len(self.study.get_trials(deepcopy=False, states=done))

    def running(self) -> dict[int, bool]:
        """Return the numbers of trials that nobody has told about, and whether they are ours."""
        trials = self.study.get_trials(deepcopy=False, states=(self.states.RUNNING,))
        return {t.number: t.user_attrs.get("folder") == str(self.folder) for t in trials}

    def ask(self, space: Space) -> tuple[int, list[str]] | None:
        """Return the number of a new trial and its words; None if the space has no other points."""
        distributions = {key: _distribution(part) for key, part in space.items()}
        tried = {_words(trial.params) for trial in self.study.get_trials(deepcopy=False)}
        for _ in range(DRAWS if len(tried) < size(space) else 0):
            trial = self.study.ask(distributions)
            words = _words(trial.params)
            if words not in tried:
                trial.set_user_attr("folder", str(self.folder))
                return trial.number, list(words)
            trial.set_user_attr(REPEATED, True)
            self.study.tell(trial, state=self.states.FAIL)
        return None

    def tell(self, number: int, values: Sequence[float]) -> None:
        """Tell what a trial has come to."""
        self.study.tell(number, list(values), skip_if_finished=True)

    def pruned(self, number: int) -> None:
        """Tell that a trial was stopped early."""
        self.study.tell(number, state=self.states.PRUNED, skip_if_finished=True)

    def failed(self, number: int) -> None:
        """Tell that nothing came of a trial."""
        self.study.tell(number, state=self.states.FAIL, skip_if_finished=True)

    def trials(self, objectives: Sequence[str], space: Space) -> Trials:
        """Return all trials."""
        directions = [direction.name.lower() for direction in self.study.directions]
        sign = 1 if directions[0] == "minimize" else -1
        best = sorted(self.study.best_trials, key=lambda trial: sign * trial.values[0])
        logs = (key for key, part in space.items() if isinstance(part, Range) and part.log)
        return Trials(
            objectives,
            directions,
            [
                Trial(
                    t.number,
                    "failed" if t.state == self.states.FAIL else t.state.name.lower(),
                    dict(t.params),
                    None if t.values is None else tuple(t.values),
                )
                for t in self.study.get_trials(deepcopy=False)
                if REPEATED not in t.user_attrs
            ],
            [trial.number for trial in best],
            frozenset(logs),
        )


def reporter(note: Mapping[str, Any], folder: Path, number: int) -> Callable[[int, float], None]:
    """Return what tells a study how a trial is doing, and raises ``Pruned`` if it does badly.

    Args:
        note: ``storage``, ``name``, ``startup`` and ``maximize`` of the study.
        folder: of the sweep.
        number: of the trial.
    """
    optuna = _optuna()
    study = optuna.load_study(
        study_name=note["name"],
        storage=_storage(note["storage"], folder),
        pruner=optuna.pruners.MedianPruner(n_startup_trials=note["startup"]),
    )
    frozen = study.get_trials(deepcopy=False)[number]
    trial = optuna.trial.Trial(study, frozen._trial_id)
    known = set(frozen.intermediate_values)  # a trial that goes on passes these again
    sign = -1 if note["maximize"] else 1  # the pruner takes what is better from the study

    def report(step: int, value: float) -> None:
        if step in known:
            return
        trial.report(sign * value, step)
        if trial.should_prune():
            raise Pruned(f"{value:.3g} is above the median of other trials at epoch {step}.")

    return report


def _words(parameters: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(f"{key}={value}" for key, value in parameters.items())


def _optuna() -> ModuleType:
    try:
        import optuna
    except ImportError as error:
        raise ValueError(f"sweep=optuna needs optuna, which is not installed: {EXTRA}.") from error
    if int(optuna.__version__.partition(".")[0]) < 4:
        raise ValueError(f"sweep=optuna needs optuna 4 or newer; got {optuna.__version__}.")
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    return optuna


def _storage(storage: str, folder: Path) -> Any:
    from optuna.storages import JournalStorage, RDBStorage
    from optuna.storages.journal import JournalFileBackend

    url = str(OmegaConf.create({"url": storage}).url)  # environment variables are read here
    url = FILES.get(url, url).format(folder)
    if url.startswith("journal://"):
        return JournalStorage(JournalFileBackend(url.removeprefix("journal://")))
    patient = {"connect_args": {"timeout": PATIENCE}} if url.startswith("sqlite:") else {}
    return RDBStorage(url, engine_kwargs=patient)


def _distribution(part: Range | Choice) -> Any:
    from optuna.distributions import (
        CategoricalDistribution,
        FloatDistribution,
        IntDistribution,
    )

    if isinstance(part, Choice):
        return CategoricalDistribution(part.values)
    if part.whole:
        return IntDistribution(int(part.low), int(part.high), part.log, int(part.step or 1))
    return FloatDistribution(part.low, part.high, log=part.log, step=part.step)
