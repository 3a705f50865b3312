"""The shorter commands: judge again, simulate, compare."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from hydra.core.hydra_config import HydraConfig
from omegaconf import DictConfig

from ..reporting.publish import publish_run, publish_simulation
from ..reporting.record import FILE_NAME, read_record
from ..reporting.schema import REQUIRED
from . import stored
from .build import build, plain
from .comparing import compare_runs
from .experiment import complete
from .machine import use_machine
from .paths import cache_folder
from .provenance import command_line, git_state, versions
from .trained import Trained, data_record, exam, judge, load, subject_of


def evaluate(config: DictConfig) -> None:
    """Judge a trained model again, and write a record of its own.

    Raises:
        ValueError: if the checkpoint cannot be used, with the reason.
    """
    folder, cache = Path(HydraConfig.get().runtime.output_dir), cache_folder(config.cache)
    changed = {key: value for key, value in plain(config.evaluation).items() if value is not None}
    trained = load(Path(config.checkpoint), changed, plain(config.integrator), plain(config.system))
    experiment = trained.experiment
    use_machine(trained.settings, cache)
    splits = experiment.source.load(experiment.kinematics, cache)
    evaluation = judge(experiment, exam(experiment, trained.settings, splits, cache))
    hydra = HydraConfig.get()
    chosen = {k: v for k, v in hydra.runtime.choices.items() if k == "integrator" and v}
    choices = trained.choices | chosen
    stored.write(folder, choices, trained.settings)
    run = {
        "integrator": choices["integrator"],
        "command": command_line(list(hydra.overrides.task), "evaluate"),
        "git": git_state(),
        "versions": versions(),
    }
    head = _head(trained) | {"data": data_record(experiment, splits)}
    summary = {**head, "run": head["run"] | run, **evaluation.record}
    publish_run(folder, summary, subject_of(experiment, choices, evaluation))


def _head(trained: Trained) -> dict[str, Any]:
    """Return what is known of the training: the record of its run, if that is still there."""
    record = trained.file.parent.parent / FILE_NAME
    if record.is_file():
        return dict(read_record(record).summary)
    run = {name: trained.choices.get(name) for name in REQUIRED["run"]}
    run |= {"seed": trained.settings["seed"], "status": "completed"}
    return {"run": run, "train": dict.fromkeys(REQUIRED["train"])}


def simulate(config: DictConfig) -> None:
    """Make the data set of a system, and a figure of it.

    Raises:
        ValueError: if the data cannot be made, with the reason.
    """
    folder, cache = Path(HydraConfig.get().runtime.output_dir), cache_folder(config.cache)
    settings = complete(plain(config))
    use_machine(settings, cache)
    source = build(settings["data"], "data")
    kinematics = build(settings["system"], "system")
    name = HydraConfig.get().runtime.choices["system"]
    publish_simulation(folder, source.load(kinematics, cache), kinematics, name)


def compare(config: DictConfig) -> None:
    """Put runs into one table and one energy-drift figure.

    Raises:
        ValueError: if there are no runs to compare.
    """
    runs = [config.runs] if isinstance(config.runs, str) else list(config.runs)
    folders = [Path(str(run)).expanduser() for run in runs]
    compare_runs(folders, Path(HydraConfig.get().runtime.output_dir))
