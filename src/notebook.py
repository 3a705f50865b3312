"""For notebooks and scripts: ``from src import load_run, simulate, rollout, evaluate``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from hydra import compose, initialize_config_dir
from hydra.core.global_hydra import GlobalHydra
from jaxtyping import Float
from torch import Tensor

from .config import schema
from .config.build import build, plain
from .config.experiment import complete
from .config.machine import use_machine_code
from .config.paths import CONF, cache_folder
from .config.trained import Trained, exam, judge, judged_by, load
from .data.source import Splits
from .evaluation.coordinates import Translation
from .evaluation.evaluation import Evaluation
from .evaluation.rollout import judged_copy, let_go
from .integrators.base import Path as MotionPath
from .kernels.kernel import Kernel


def load_run(path: str | Path, allow_external_targets: bool = False) -> Trained:
    """Return the trained model of a run folder (or checkpoint file) with all that it was made of.

    A run that was made with classes of your own needs ``allow_external_targets``: somebody else's
    could then run any code. It is followed by machine code, or not, as it was when it was trained.

    Raises:
        ValueError: if the checkpoint cannot be used, with the reason.
    """
    run = load(Path(path), allow_external_targets=allow_external_targets)
    use_machine_code(run.settings, cache_folder())
    Kernel.settle()
    return run


def simulate(*overrides: str) -> Splits:
    """Return the motions of a data set, as ``python -m src.simulate`` makes with these overrides.

    For example ``simulate("system=pendulum", "data.noise=0")``.

    Raises:
        ValueError: if the data cannot be made, with the reason.
    """
    schema.register()
    GlobalHydra.instance().clear()
    with initialize_config_dir(str(CONF), version_base="1.3"):
        config = compose("simulate", overrides=list(overrides))
    settings = complete(plain(config))
    source = build(settings["data"], "data")
    return source.load(build(settings["system"], "system"), cache_folder(config.cache))


def rollout(
    run: Trained, x0: Float[Tensor, "*batch state"], t: Float[Tensor, " time"]
) -> MotionPath:
    """Follow a trained model from ``x0`` (at ``t[0]``, in the reference coordinates) through ``t``.

    States come back in the reference coordinates, float64, ``[time, *batch, state]``; NaN from
    where a motion could not be continued.
    """
    translation = Translation(
        run.experiment.kinematics, judged_copy(run.experiment.model, x0.device)
    )
    start = translation.to_model(x0.double())
    path = let_go(translation, run.experiment.integrator, start, t.double())
    return MotionPath(path.t, translation.to_reference(path.x), path.field_evaluations)


def evaluate(run: Trained, **settings: Any) -> Evaluation:
    """Judge a trained model as its run did, with other settings such as ``horizon=200.0`` (s).

    Raises:
        ValueError: if a setting is out of range.
    """
    cache = cache_folder()
    splits = run.experiment.source.load(run.experiment.kinematics, cache)
    changed = {"evaluation": judged_by(run.settings["evaluation"], settings)}
    return judge(run.experiment, exam(run.experiment, changed, splits, cache))
