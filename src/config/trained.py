"""Trained models: rebuilt from their checkpoints, and judged."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from ..data.source import Splits
from ..data.trajectories import Trajectories
from ..evaluation.evaluation import Evaluation, evaluate
from ..evaluation.settings import BoundaryValue, EvaluationSettings
from ..models.step_map import StepMap
from ..reporting.subject import Subject
from ..systems.recorded import Recorded
from ..training import checkpoints
from .build import build
from .experiment import Experiment, build_experiment
from .trust import check


@dataclass(frozen=True)
class Trained:
    """A trained model with all that it was trained on, and how."""

    file: Path
    choices: dict[str, str]
    settings: dict[str, Any]
    experiment: Experiment
    """Its model has the trained weights."""


@dataclass(frozen=True)
class Exam:
    """What a model is judged on."""

    settings: EvaluationSettings | BoundaryValue
    test: Trajectories
    """The part of the data that was kept apart, with its noise."""
    test_sets: dict[str, Trajectories]
    """True motions far beyond the training horizon, by name; none where no rollouts are made."""


def load(
    path: Path,
    evaluation: Mapping[str, Any] | None = None,
    integrator: Any = None,
    system: Mapping[str, Any] | None = None,
    allow_external_targets: bool = False,
) -> Trained:
    """Rebuild a trained model from a run folder (its best checkpoint) or a checkpoint file.

    ``evaluation`` and ``integrator`` replace what the run was judged with; ``system`` changes
    parameters of the system, and a model whose weights fit is judged on the one that results.
    ``allow_external_targets`` trusts whoever made the checkpoint to run code: see ``trust.py``.

    Raises:
        ValueError: if the checkpoint cannot be used, or not for that system, with the reason.
    """
    file = checkpoints.locate(path.expanduser())
    content = checkpoints.read(file)
    settings = content["legendre"]["config"]
    check(settings, file, allow_external_targets)
    settings["evaluation"] = judged_by(settings["evaluation"], evaluation or {})
    if integrator is not None:
        settings["integrator"] = integrator
    experiment = build_experiment(settings)
    weights = checkpoints.weights(content)
    precision = next(value.dtype for value in weights.values() if value.is_floating_point())
    checkpoints.check_weights(content, experiment.model, file)
    experiment.model.to(precision).load_state_dict(weights)
    if system:
        step = experiment.model.steps().interval if isinstance(experiment.model, StepMap) else None
        if step is not None and settings["data"].get("step", step) is None:
            settings["data"] = {**settings["data"], "step": step}  # whatever the system's scale
        settings["system"] = {**settings["system"], **system}
        settings["penalty"] = {}  # it may name states of the size that was trained on
        trained, experiment = experiment.model, build_experiment(settings)
        experiment.model.to(precision).adopt(trained)
    return Trained(file, content["legendre"]["choices"], settings, experiment)


def judged_by(settings: Mapping[str, Any], changed: Mapping[str, Any]) -> dict[str, Any]:
    """Return evaluation settings with some changed; of two ways to say how long, the new one.

    All that can be changed is of rollouts: whoever asks for them gets them, also of a run without.
    """
    if changed and settings["_target_"] == _target(BoundaryValue):
        settings = {"_target_": _target(EvaluationSettings)}
    relative_only = "horizon_over_training" in changed and "horizon" not in changed
    return {**settings, **({"horizon": None} if relative_only else {}), **changed}


def _target(kind: type) -> str:
    return f"{kind.__module__}.{kind.__qualname__}"


def exam(experiment: Experiment, settings: Mapping[str, Any], splits: Splits, cache: Path) -> Exam:
    """Make or read what the model will be judged on.

    Raises:
        ValueError: if the settings ``evaluation.*`` do not fit each other or the data.
    """
    judging = build(settings["evaluation"], "evaluation")
    if isinstance(judging, BoundaryValue):
        return Exam(judging, splits.test, {})
    assert isinstance(judging, EvaluationSettings)
    test_sets = experiment.source.load_test_sets(experiment.kinematics, judging, cache)
    return Exam(judging, splits.test, test_sets)


def judge(experiment: Experiment, on: Exam, device: str = "cpu") -> Evaluation:
    """Roll the model out far beyond its training horizon and measure everything."""
    return evaluate(
        experiment.model,
        experiment.kinematics,
        experiment.integrator,
        on.test_sets,
        test=on.test,
        settings=on.settings,
        training_horizon=experiment.source.training_horizon(experiment.kinematics),
        # Apple's GPUs have no float64, and every figure is made in it.
        device=torch.device("cpu" if device.startswith("mps") else device),
    )


def subject_of(
    experiment: Experiment, choices: Mapping[str, str], evaluation: Evaluation
) -> Subject:
    """Return what the figures of a run are about."""
    return Subject(
        system=choices["system"],
        kind=experiment.model.kind,
        model=experiment.model,
        kinematics=experiment.kinematics,
        integrator=experiment.integrator,
        training_horizon=experiment.source.training_horizon(experiment.kinematics),
        evaluation=evaluation,
    )


def data_record(experiment: Experiment, splits: Splits) -> dict[str, Any]:
    """Return the part ``data`` of a record."""
    kinematics = experiment.kinematics
    unit_mass = isinstance(kinematics, Recorded) and kinematics.momentum_is_velocity
    summary = experiment.source.summary(kinematics, splits)
    return {**summary, "momentum_is_velocity": unit_mass}
