"""Runs: what happens between a composed config and a folder with everything in it."""

from __future__ import annotations

import logging
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytorch_lightning as pl
import torch
from hydra.core.hydra_config import HydraConfig
from hydra.types import RunMode
from omegaconf import DictConfig

from ..lowering.performance import chosen
from ..reporting.places import shown
from ..reporting.publish import publish_run
from ..reporting.tracking import LABEL, Tracker, Tracking
from ..training import checkpoints
from ..training.callbacks import EnergyDriftDuringTraining
from ..training.datamodule import TrajectoryData
from ..training.fit import Fitted, Training
from ..training.kinds import module_for
from ..training.stopping import INTERRUPTED, TIME_OVER, Interrupted
from ..training.watching import Watched
from . import stored
from .build import build
from .experiment import Experiment, build_experiment
from .jobs import Pruned, reporter_of
from .machine import use_machine
from .opening import Run, opened
from .provenance import command_line, git_state, one_more_process, shadowed, versions
from .stop import Stopped
from .trained import data_record, exam, judge, subject_of

log = logging.getLogger(__name__)
DTYPES = {"64": torch.float64, "64-true": torch.float64}


def train(config: DictConfig) -> None:
    """Train, judge and record one run, new or resumed.

    Nothing is written before everything that can be refused has been checked.

    Raises:
        ValueError: if the config cannot be run, with the reason.
        Stopped: on Ctrl-C or SIGTERM.
    """
    with opened(config) as run:
        _train(run)


def _train(run: Run) -> None:
    if warning := shadowed():
        log.warning(warning)
    use_machine(run.settings, run.cache)
    _seed(run.settings)
    experiment = build_experiment(run.settings)
    data = _data(run, experiment)
    on = exam(experiment, run.settings, data.splits, run.cache)
    training = _training(run, experiment, data, rolls_out=bool(on.test_sets))
    tracking = build(run.settings["logger"], "logger")
    if not training.leads:
        _follow(training)
        return
    stored.write(run.folder, run.choices, run.settings)
    tracker = _tracker(run, tracking)
    code = 1
    try:
        begun = time.perf_counter()
        fitted = training.run(tracker.log_metrics)
        trained = time.perf_counter()
        evaluation = judge(experiment, on, fitted.device)
        seconds = {"fit": trained - begun, "evaluate": time.perf_counter() - trained}
        summary = _head(run, experiment, fitted, data, seconds) | evaluation.record
        subject = subject_of(experiment, run.choices, evaluation)
        alone = HydraConfig.get().mode == RunMode.RUN  # a sweep has one page for all its runs
        publish_run(run.folder, summary, subject, tracker, replace=run.resumed, page=alone)
        code = 0
    except (Interrupted, Stopped) as stop:
        code = stop.code
        raise Stopped(code, _advice(run)) from None
    except Pruned:
        code = 0  # it did all that was asked for
        raise
    except KeyboardInterrupt:
        code = INTERRUPTED
        raise Stopped(code, _advice(run)) from None
    finally:
        tracker.finish(code)


def _follow(training: Training) -> None:
    """Take part in a training that another process leads, and leave all words to that one."""
    try:
        training.run(lambda row, step: None)
    except Interrupted as stop:
        if stop.code != TIME_OVER:  # then the first one has Slurm queue all of them again
            sys.exit(stop.code)


def _seed(settings: Mapping[str, Any]) -> None:
    seed = settings["seed"]
    if not 0 <= seed < 2**32:
        raise ValueError(f"seed must be a whole number from 0 to {2**32 - 1}; got {seed}.")
    pl.seed_everything(seed, workers=True, verbose=False)


def _advice(run: Run) -> str:
    return f"To go on: python -m src.train resume={shown(run.folder)}"


def _data(run: Run, experiment: Experiment) -> TrajectoryData:
    precision = str(run.settings["trainer"].get("precision", "32-true"))
    return TrajectoryData(
        experiment.source,
        experiment.kinematics,
        experiment.model.spec,
        window=experiment.loss.window,
        seed=run.settings["seed"],
        cache=run.cache,
        dtype=DTYPES.get(precision, torch.float32),
    )


def _training(run: Run, experiment: Experiment, data: TrajectoryData, rolls_out: bool) -> Training:
    settings = run.settings
    module = module_for(experiment.model)(
        experiment.model,
        experiment.loss,
        experiment.integrator,
        build(settings["optimizer"], "optimizer"),
        build(settings["scheduler"], "scheduler"),
        checkpoints.identity(settings, run.choices, versions()),
    )
    callbacks = [build(node, f"callbacks.{k}") for k, node in settings["callbacks"].items() if node]
    if not rolls_out:  # nor while it is trained
        callbacks = [c for c in callbacks if not isinstance(c, EnergyDriftDuringTraining)]
    if report := reporter_of(HydraConfig.get()):
        callbacks.append(Watched(report))
    trainer = build(settings["trainer"] | {"_partial_": True}, "trainer")
    command = one_more_process()
    level = settings["performance"].get("level")
    if level == "compiled":
        module.compile_loss()
    pace = {"steps_at_once": 1} if level == "reference" else {}
    return Training(module, data, trainer, callbacks, run.folder, run.resumed, command, **pace)


def _head(
    run: Run,
    experiment: Experiment,
    fitted: Fitted,
    data: TrajectoryData,
    seconds: dict[str, float],
) -> dict[str, Any]:
    names = ("system", "model", "loss", "integrator", "performance")
    overrides = HydraConfig.get().overrides.task
    return {
        "schema_version": 1,
        "run": {name: run.choices[name] for name in names}
        | {
            "penalty": ", ".join(run.settings.get("penalty") or ()) or None,
            "seed": run.settings["seed"],
            "simulated_by": sorted(chosen().ways),
            "device": fitted.device,
            "dtype": str(data.dtype).removeprefix("torch."),
            "status": "completed",
            "seconds": seconds,
            "command": command_line(list(overrides)),
            "git": git_state(),
            "versions": versions(),
        },
        "data": data_record(experiment, data.splits),
        "train": fitted.record,
    }


def _tracker(run: Run, tracking: Tracking) -> Tracker:
    hydra = HydraConfig.get()
    sweep = Path(hydra.sweep.dir) if hydra.mode == RunMode.MULTIRUN else None
    label = f"{run.choices['system']}, {run.choices['model']}"
    return tracking.open(
        run.folder,
        run.cache,
        name=run.folder.name,
        group=None if sweep is None else f"{sweep.parent.name}/{sweep.name}",
        config={LABEL: label, "choices": dict(run.choices), **run.settings},
    )
