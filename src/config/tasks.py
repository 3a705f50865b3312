"""The shorter commands: judge again, simulate, compare, report, animate, dashboard."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from hydra.core.hydra_config import HydraConfig
from omegaconf import DictConfig

from ..kernels.kernel import Kernel
from ..reporting.films import publish_films
from ..reporting.page.server import serve
from ..reporting.publish import publish_report, publish_run, publish_simulation
from ..reporting.record import FILE_NAME, read_record
from ..reporting.schema import REQUIRED
from ..reporting.wandb.pushing import publish_dashboard
from . import stored
from .build import build, plain
from .comparing import StoredConfigs, compare_runs
from .experiment import complete
from .machine import use_machine
from .paths import cache_folder
from .provenance import command_line, git_state, versions
from .trained import Trained, data_record, exam, judge, load, subject_of
from .trust import check_secrets


def evaluate(config: DictConfig) -> None:
    """Judge a trained model again, and write a record of its own.

    Raises:
        ValueError: if the checkpoint cannot be used, with the reason.
    """
    folder, cache = Path(HydraConfig.get().runtime.output_dir), cache_folder(config.cache)
    changed = {key: value for key, value in plain(config.evaluation).items() if value is not None}
    trained = load(
        Path(config.checkpoint),
        changed,
        plain(config.integrator),
        plain(config.system),
        config.allow_external_targets,
    )
    experiment = trained.experiment
    use_machine(trained.settings, cache)
    Kernel.settle()
    splits = experiment.source.load(experiment.kinematics, cache)
    begun = time.perf_counter()
    evaluation = judge(experiment, exam(experiment, trained.settings, splits, cache))
    seconds = {"evaluate": time.perf_counter() - begun}
    hydra = HydraConfig.get()
    chosen = {k: v for k, v in hydra.runtime.choices.items() if k == "integrator" and v}
    choices = trained.choices | chosen
    check_secrets([trained.settings, list(hydra.overrides.task)])
    stored.write(folder, choices, trained.settings)
    run = {
        "integrator": choices["integrator"],
        "seconds": seconds,
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
    compare_runs(_folders(config.runs), Path(HydraConfig.get().runtime.output_dir))


def report(config: DictConfig) -> None:
    """Put runs into one page: written once, or served and kept up to date while they go on.

    Raises:
        ValueError: if there are no runs to show, or the port is taken.
    """
    if config.serve:
        serve(_folders(config.runs), StoredConfigs(), config.port)
    else:
        publish_report(
            _folders(config.runs), Path(HydraConfig.get().runtime.output_dir), StoredConfigs()
        )


def animate(config: DictConfig) -> None:
    """Film runs: truth and models moving side by side.

    Raises:
        ValueError: if there is nothing to show, or no way to write the film.
    """
    folder = Path(HydraConfig.get().runtime.output_dir)
    publish_films(_folders(config.run), folder, StoredConfigs().settings, config.format)


def dashboard(config: DictConfig) -> None:
    """Make a workspace and a report of W&B, or write down what they would be.

    Raises:
        ValueError: if what makes them is not installed, or W&B refuses them, with the reason.
    """
    publish_dashboard(
        Path(HydraConfig.get().runtime.output_dir),
        config.project,
        config.entity,
        {group: _listed(names) for group, names in plain(config.filters).items() if names},
        cache_folder(config.cache),
    )


def _folders(runs: Any) -> list[Path]:
    return [Path(run).expanduser() for run in _listed(runs)]


def _listed(value: Any) -> list[str]:
    return [value] if isinstance(value, str) else [str(one) for one in value]
