"""Fit a model to trajectories with Lightning's Trainer, from the start or from where it stopped."""

from __future__ import annotations

import logging
import signal
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytorch_lightning as pl
from pytorch_lightning.callbacks import ModelCheckpoint
from pytorch_lightning.utilities.exceptions import SIGTERMException

from ..models.base import Dynamics
from . import checkpoints
from .callbacks import FiniteGradients
from .datamodule import TrajectoryData
from .metrics_log import MetricsLog, Row
from .modules import DynamicsModule
from .progress import TrainingProgress


@dataclass(frozen=True)
class Fitted:
    """What a training left behind: the best weights are in the model."""

    model: Dynamics
    record: dict[str, Any]
    """The section ``train`` of summary.json."""
    device: str


class Interrupted(BaseException):
    """Training was stopped from outside (Ctrl-C, SIGTERM); ``code`` is the exit code to end with."""

    def __init__(self, code: int) -> None:
        super().__init__()
        self.code = code


def fit(
    module: DynamicsModule,
    data: TrajectoryData,
    make_trainer: Callable[..., pl.Trainer],
    callbacks: Sequence[pl.Callback],
    folder: Path,
    follow: Callable[[Row, int], None] | None = None,
    resume: bool = False,
) -> Fitted:
    """Train, leaving ``checkpoints/{best,last}.ckpt`` and ``metrics.csv`` in ``folder``.

    Raises:
        ValueError: if there is nothing to resume, or gradients stay non-finite.
        Interrupted: on Ctrl-C or SIGTERM, after the files are closed.
    """
    last = folder / "checkpoints" / "last.ckpt"
    start = checkpoints.read(checkpoints.locate(last)) if resume else None
    if start is None:
        module.model.fit_scaling(*data.training_samples())
    log = MetricsLog(
        folder / "metrics.csv", follow, after=0 if start is None else start["global_step"]
    )
    progress, guard, savers = TrainingProgress(), _guard(callbacks), _savers(folder)
    extra = [] if guard in callbacks else [guard]
    _silence_lightning()
    trainer = make_trainer(
        default_root_dir=folder,
        logger=log,
        callbacks=[*callbacks, *extra, progress, *savers],
        # Validation differentiates the energy: inference mode would forbid it (see mechanics).
        inference_mode=False,
        num_sanity_val_steps=0,
        enable_model_summary=False,
        log_every_n_steps=1,
    )
    _align(savers, trainer)
    with warnings.catch_warnings():
        _silence_warnings()
        _run(trainer, module, data, last if resume else None)
    best = checkpoints.read(checkpoints.locate(folder))
    module.model.load_state_dict(checkpoints.weights(best))
    return Fitted(
        module.model, _record(trainer, module, progress, guard, savers[0], log), _device(trainer)
    )


def _savers(folder: Path) -> tuple[ModelCheckpoint, ModelCheckpoint]:
    place: dict[str, Any] = {
        "dirpath": folder / "checkpoints",
        "enable_version_counter": False,
        "save_on_train_epoch_end": True,
    }
    best = ModelCheckpoint(filename="best", monitor="validation/loss", mode="min", **place)
    # At the end of an epoch everything that training needs is in the file: going on from there is
    # bit-equal to never having stopped.
    last = ModelCheckpoint(filename="last", **place)
    return best, last


def _align(savers: Sequence[ModelCheckpoint], trainer: pl.Trainer) -> None:
    # A checkpoint belongs to a validation: only then is its loss known.
    for saver in savers:
        saver._every_n_epochs = trainer.check_val_every_n_epoch or 1


def _guard(callbacks: Sequence[pl.Callback]) -> FiniteGradients:
    given = [callback for callback in callbacks if isinstance(callback, FiniteGradients)]
    return given[0] if given else FiniteGradients()


def _run(
    trainer: pl.Trainer, module: DynamicsModule, data: TrajectoryData, checkpoint: Path | None
) -> None:
    handler = signal.getsignal(signal.SIGINT)
    try:
        trainer.fit(module, datamodule=data, ckpt_path=checkpoint, weights_only=True)
    except SIGTERMException as stop:
        raise Interrupted(128 + signal.SIGTERM) from stop
    except SystemExit as stop:  # what Lightning makes of Ctrl-C
        raise Interrupted(128 + signal.SIGINT) from stop
    finally:
        signal.signal(signal.SIGINT, handler)


def _silence_lightning() -> None:
    # Which accelerators were looked for, and tips: not what a run is about.
    logging.getLogger("pytorch_lightning").setLevel(logging.WARNING)


def _silence_warnings() -> None:
    # Our batches are slices of tensors in memory: worker processes would only copy them.
    warnings.filterwarnings("ignore", message=".*does not have many workers.*")
    warnings.filterwarnings("ignore", message=".*The number of training batches.*")
    warnings.filterwarnings("ignore", message=".*exists and is not empty.*")
    warnings.filterwarnings("ignore", message=".*isinstance.treespec, LeafSpec.*")


def _device(trainer: pl.Trainer) -> str:
    return str(trainer.strategy.root_device)


def _record(
    trainer: pl.Trainer,
    module: DynamicsModule,
    progress: TrainingProgress,
    guard: FiniteGradients,
    best: ModelCheckpoint,
    log: MetricsLog,
) -> Mapping[str, Any]:
    losses = [row["train/loss"] for row in log.rows if "train/loss" in row]
    score = best.best_model_score
    return {
        "epochs": trainer.current_epoch,
        "steps": trainer.global_step,
        "seconds": progress.seconds,
        "steps_per_second": progress.steps / progress.seconds if progress.seconds else None,
        "parameters": sum(p.numel() for p in module.parameters()),
        "final_loss": losses[-1] if losses else None,
        "best_val_loss": None if score is None else float(score),
        "skipped_steps": guard.skipped,
    }
