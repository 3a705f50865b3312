"""Fit a model to trajectories with Lightning's Trainer, from the start or from where it stopped."""

from __future__ import annotations

import gc
import logging
import math
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import pytorch_lightning as pl

from ..kernels.kernel import Kernel
from . import checkpoints
from .callbacks import FiniteGradients
from .datamodule import TrajectoryData
from .kinds import FittedModule
from .metrics_log import MetricsLog, Row
from .modules import DynamicsModule
from .processes import start_by
from .progress import TrainingProgress
from .savers import BestAndLast
from .stepping import Stepper, blocks_allowed
from .stopping import INTERRUPTED, Interrupted, StopRequest

log = logging.getLogger(__name__)
C = TypeVar("C", bound=pl.Callback)
STEPS_AT_ONCE = 32


@dataclass(frozen=True)
class Fitted:
    """What a training left behind: the best weights are in the model."""

    record: dict[str, Any]
    """The section ``train`` of summary.json."""
    device: str


class Training:
    """A training that is ready to run: whatever can be refused has been, and nothing is written.

    Args:
        module: what is trained.
        data: what it is trained on.
        make_trainer: the Trainer with the user's settings, lacking what is decided here.
        callbacks: those of the user.
        folder: gets ``checkpoints/{best,last}.ckpt`` and ``metrics.csv``.
        resume: whether to go on from the folder's last checkpoint.
        steps_at_once: batches in one of Lightning's training steps; 1 leaves all steps to it.
        command: what starts one more process of this training, where it has several.

    Raises:
        ValueError: if there is nothing to resume, or the trainer's or data's settings do not fit.
    """

    def __init__(
        self,
        module: DynamicsModule,
        data: TrajectoryData,
        make_trainer: Callable[..., pl.Trainer],
        callbacks: Sequence[pl.Callback],
        folder: Path,
        resume: bool = False,
        command: Sequence[str] = (),
        steps_at_once: int = STEPS_AT_ONCE,
    ) -> None:
        self.module = module
        self.data = data
        self.folder = folder
        self.saver, self.guard = _one(BestAndLast, callbacks), _one(FiniteGradients, callbacks)
        self.saver.folder = folder / "checkpoints"
        self.start = self._checkpoint_to_go_on_from() if resume else None
        # The windows of the loss are cut once, to learn now whether they can be.
        _ = data.train_dataloader(), data.val_dataloader()
        if self.start is None:
            module.model.fit_scaling(*data.training_samples())
            module.model.fit_intervals(data.intervals())
        self.log = MetricsLog(folder / "metrics.csv", after=self._steps_done())
        self.progress = TrainingProgress()
        ours = [part for part in (self.guard, self.saver) if part not in callbacks]
        _silence_lightning()
        with warnings.catch_warnings():
            _silence_warnings()
            self.trainer = make_trainer(
                default_root_dir=folder,
                logger=self.log,
                callbacks=[*callbacks, self.progress, *ours],
                # Validation differentiates the energy: inference mode forbids it (see mechanics).
                inference_mode=False,
                num_sanity_val_steps=0,
                enable_model_summary=False,
                log_every_n_steps=1,
            )
        # Lightning does so after it has loaded a checkpoint, whose weights would be rounded.
        self.trainer.precision_plugin.convert_module(module)
        start_by(self.trainer, command)
        self.kernel = False
        """Whether gradients of small nets are taken by machine code: see kernels."""
        _check_length(self.trainer)
        module.stepper = Stepper(self.trainer, self.guard, direct=steps_at_once > 1)
        if blocks_allowed(self.trainer):
            # Whole accumulations, so that a block leaves nothing behind.
            data.block = -(-steps_at_once // module.stepper.accumulate) * module.stepper.accumulate
        _check_share(self.trainer, data.source.batch_size)
        if isinstance(module, FittedModule):
            _check_alone(self.trainer, module.model.kind)
            self.trainer.fit_loop.max_epochs = 1
        else:
            module.stepper.check(module.scheduled(steps=1)[0])

    @property
    def leads(self) -> bool:
        """Whether this is the one process that writes records; others of a training only fit."""
        return self.trainer.is_global_zero

    def run(self, follow: Callable[[Row, int], None]) -> Fitted:
        """Train, telling ``follow`` each row of metrics.csv, and load the best weights.

        Raises:
            ValueError: if gradients stay non-finite.
            Interrupted: on Ctrl-C or SIGTERM, after the files are closed.
        """
        self.log.follow = follow
        if Kernel.building():
            log.info("A kernel for small nets is being built, once for this machine: some seconds.")
        self.kernel = Kernel.settle()
        with warnings.catch_warnings(), _signals_of_lightning(self.saver.stop):
            _silence_warnings()
            last = None if self.start is None else self.saver.path("last")
            gc.freeze()  # what is here by now stays: to look through it again and again takes time
            try:
                self.trainer.fit(
                    self.module, datamodule=self.data, ckpt_path=last, weights_only=True
                )
            finally:
                gc.unfreeze()
        if not self.leads:
            return Fitted(self._record(), str(self.trainer.strategy.root_device))
        best = checkpoints.read(checkpoints.locate(self.folder))
        self.module.model.load_state_dict(checkpoints.weights(best))
        return Fitted(self._record(), str(self.trainer.strategy.root_device))

    def _checkpoint_to_go_on_from(self) -> dict[str, Any] | None:
        """Return the last checkpoint; None if the run was stopped before its first one."""
        last = self.saver.path("last")
        if last.is_file():
            content = checkpoints.read(last)
            checkpoints.check_weights(content, self.module.model, last)
            return content
        if (self.folder / "summary.json").is_file():
            raise ValueError(
                f"a run that has ended must have its checkpoint to be resumed; there is no {last}. "
                f"Train anew: its config is in {self.folder / 'config.yaml'}."
            )
        return None

    def _steps_done(self) -> int:
        return 0 if self.start is None else int(self.start["global_step"])

    def _record(self) -> dict[str, Any]:
        losses = [row["train/loss"] for row in self.log.rows if "train/loss" in row]
        seconds, steps = self.progress.seconds, self.progress.steps
        return {
            # Not current_epoch: of a training that had stopped early, that is one less.
            "epochs": self.trainer.fit_loop.epoch_progress.current.ready,
            "steps": self.trainer.global_step,
            "seconds": seconds,
            "cpu_seconds": self.progress.cpu_seconds,
            "steps_per_second": steps / seconds if steps and seconds else None,
            "parameters": sum(p.numel() for p in self.module.parameters()),
            "final_loss": losses[-1] if losses else None,
            "best_val_loss": self.saver.best if math.isfinite(self.saver.best) else None,
            "skipped_steps": self.guard.skipped,
            "kernel": self.kernel,
        }


def _check_length(trainer: pl.Trainer) -> None:
    epochs = trainer.max_epochs
    if epochs is not None and epochs < 1 and not (epochs == -1 and trainer.max_steps > 0):
        raise ValueError(
            f"trainer.max_epochs must be 1 or more: schedules and checkpoints need to know the "
            f"end; got {epochs}."
        )

    interval = trainer.check_val_every_n_epoch
    if interval is None or interval < 1:
        raise ValueError(
            f"trainer.check_val_every_n_epoch must be 1 or more: checkpoints belong to "
            f"validations; got {interval}."
        )


def _check_share(trainer: pl.Trainer, batch: int) -> None:
    if batch % trainer.world_size:
        raise ValueError(
            f"data.batch_size must be a multiple of the processes that share a batch; got {batch} "
            f"for {trainer.world_size} processes."
        )


def _check_alone(trainer: pl.Trainer, model: str) -> None:
    if trainer.world_size > 1:
        raise ValueError(
            f"model={model} has no weights to train, and nothing to share among processes; got "
            f"{trainer.world_size}. Use trainer.devices=1."
        )


def _one(kind: type[C], callbacks: Sequence[pl.Callback]) -> C:
    """Return the callback of a kind that the user configured, or one as it is by default."""
    return next((callback for callback in callbacks if isinstance(callback, kind)), None) or kind()


@contextmanager
def _signals_of_lightning(stop: StopRequest) -> Iterator[None]:
    """Hold signals back until a step has ended, and leave their handlers as they were.

    Raises:
        Interrupted: on Ctrl-C or SIGTERM.
    """
    stop.listen()
    try:
        yield
    except SystemExit as end:  # what Lightning makes of signals that it meets before or raises
        raise Interrupted(stop.code or INTERRUPTED) from end
    finally:
        stop.let_go()
    if stop.code:  # asked for when training had just ended
        raise Interrupted(stop.code)


def _silence_lightning() -> None:
    # Which accelerators were looked for, and tips: not what a run is about.
    logging.getLogger("pytorch_lightning").setLevel(logging.WARNING)


def _silence_warnings() -> None:
    # Our batches are slices of tensors in memory: worker processes would only copy them.
    warnings.filterwarnings("ignore", message=".*does not have many workers.*")
    # On a machine of a Slurm cluster one may train without it, too.
    warnings.filterwarnings("ignore", message=".*`srun` command is available.*")
    # Every process validates on everything.
    warnings.filterwarnings("ignore", message=".*recommended to use .*sync_dist=True.*")
    warnings.filterwarnings("ignore", message=".*The number of training batches.*")
    warnings.filterwarnings("ignore", message=".*exists and is not empty.*")
    # A model without weights needs no optimizer.
    warnings.filterwarnings("ignore", message=".*this fit will run with no optimizer.*")
    warnings.filterwarnings("ignore", message=".*overridden `transfer_batch_to_device`.*")
    warnings.filterwarnings("ignore", message=".*isinstance.treespec, LeafSpec.*")
