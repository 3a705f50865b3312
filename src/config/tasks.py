"""The shorter commands: judge again, simulate, compare."""

from __future__ import annotations

from pathlib import Path

from hydra.core.hydra_config import HydraConfig
from omegaconf import DictConfig

from ..reporting.publish import publish_comparison, publish_run, publish_simulation
from ..reporting.record import read_record
from .build import build, complete, plain
from .paths import cache_folder
from .trained import judge, load


def evaluate(config: DictConfig) -> None:
    """Judge a trained model again, and write a record of its own.

    Raises:
        ValueError: if the checkpoint cannot be used, with the reason.
    """
    folder, cache = Path(HydraConfig.get().runtime.output_dir), cache_folder(config.cache)
    changed = {key: value for key, value in plain(config.evaluation).items() if value is not None}
    trained = load(Path(config.checkpoint), changed, plain(config.integrator))
    experiment = trained.experiment
    splits = experiment.source.load(experiment.kinematics, cache)
    evaluation = judge(experiment, trained.settings, splits, cache)


def simulate(config: DictConfig) -> None:
    """Make the data set of a system, and a figure of it.

    Raises:
        ValueError: if the data cannot be made, with the reason.
    """
    folder, cache = Path(HydraConfig.get().runtime.output_dir), cache_folder(config.cache)
    settings = complete(plain(config))
    source = build(settings["data"], "data")
    kinematics = build(settings["system"], "system")
    publish_simulation(folder, source.load(kinematics, cache), kinematics)


def compare(config: DictConfig) -> None:
    """Put runs into one table and one energy-drift figure.

    Raises:
        ValueError: if there are no runs to compare.
    """
    runs = [config.runs] if isinstance(config.runs, str) else list(config.runs)
    publish_comparison([Path(run) for run in runs], Path(HydraConfig.get().runtime.output_dir))
