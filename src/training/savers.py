"""Which states of a training are kept: the best one, and the last one to go on from."""

from __future__ import annotations

import math
import time
from pathlib import Path
from typing import Any

import pytorch_lightning as pl
import torch
from pytorch_lightning.callbacks import Checkpoint

from ..reporting.atomic import replacing_path
from . import checkpoints
from .modules import DynamicsModule
from .stopping import Interrupted, StopRequest

MONITORED = "validation/loss"
FRESH = 1.0
"""Age in s of a checkpoint that needs no other one yet."""
DUE = 1
"""A checkpoint is due by the clock. Larger wishes are the exit code of whoever wants to stop."""


class BestAndLast(Checkpoint):
    """Writes ``best.ckpt`` after validations, and ``last.ckpt`` whenever a training may be stopped.

    Everything that training needs is in the file: going on from there, also in the middle of an
    epoch, is bit-equal to never having stopped. (Lightning's own callback forgets which was best
    when the folder is renamed, and takes a loss that is not a number for the best at first.)

    Args:
        every_epochs: epochs between two ``last.ckpt``, or more where they end within a second: to
            write a file takes as long as many steps. There is one after each validation, too.
        every_seconds: the longest time between two of them, for long epochs.
    """

    def __init__(self, every_epochs: int = 1, every_seconds: float = 30.0) -> None:
        if every_epochs < 1 or not every_seconds > 0:
            raise ValueError(
                f"callbacks.checkpoints needs every_epochs >= 1 and every_seconds > 0; got "
                f"{every_epochs}, {every_seconds}."
            )
        self.every_epochs = every_epochs
        self.every_seconds = every_seconds
        self.folder = Path("checkpoints")
        """Where they go: decided by the training."""
        self.stop = StopRequest()
        self.best = math.inf
        """The lowest validation loss so far."""
        self._saved_at = -1
        self._saved_when = 0.0
        self._ending = 0

    def path(self, name: str) -> Path:
        """Return the file of ``best`` or ``last``."""
        return self.folder / f"{name}.ckpt"

    def on_train_start(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        """Start the clock, and listen for signals, now that Lightning has set its own handlers."""
        self.stop.listen()
        self._saved_when = time.monotonic()
        self._validate_last_epoch(trainer)

    def on_train_epoch_start(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        """End here, if that was asked for in the epoch before."""
        self._end()
        self._validate_last_epoch(trainer)

    def on_train_batch_start(
        self, trainer: pl.Trainer, pl_module: pl.LightningModule, batch: Any, batch_idx: int
    ) -> None:
        """End here, if that was asked for during the step before: its figures are now logged."""
        self._end()

    def on_train_batch_end(
        self,
        trainer: pl.Trainer,
        pl_module: pl.LightningModule,
        outputs: Any,
        batch: Any,
        batch_idx: int,
    ) -> None:
        """Save between two steps, by the clock or before an end."""
        wish = self._wish(trainer, self.every_seconds)
        if wish and _may_go_on_after(trainer, pl_module, batch_idx):
            self._save(trainer, "last")
            self._ending = wish if wish > DUE else 0

    def on_train_epoch_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        """Save. Lightning calls this after all other callbacks."""
        epoch = trainer.current_epoch + 1
        turn = epoch % self.every_epochs == 0
        wish = self._wish(trainer, min(FRESH, self.every_seconds) if turn else self.every_seconds)
        validated = epoch % (trainer.check_val_every_n_epoch or 1) == 0
        if validated:
            loss = float(trainer.callback_metrics.get(MONITORED, math.nan))
            if loss < self.best:
                self.best = loss
                self._save(trainer, "best")
        if validated or wish:
            self._save(trainer, "last")
        self._ending = wish if wish > DUE else 0

    def on_train_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        """Save what a training that stopped between two checkpoints has come to."""
        if self._saved_at != trainer.global_step:  # the same in all processes
            self._save(trainer, "last")

    def on_save_checkpoint(
        self, trainer: pl.Trainer, pl_module: pl.LightningModule, checkpoint: dict[str, Any]
    ) -> None:
        """Add what Lightning leaves out: random numbers, and whether the training is at its end."""
        checkpoint["random"] = checkpoints.random_state()
        checkpoint["stopped_early"] = trainer.should_stop

    def on_load_checkpoint(
        self, trainer: pl.Trainer, pl_module: pl.LightningModule, checkpoint: dict[str, Any]
    ) -> None:
        """Take them up."""
        checkpoints.restore_random_state(checkpoint.get("random"))
        trainer.should_stop = checkpoint.get("stopped_early", False)

    def state_dict(self) -> dict[str, Any]:
        """Keep over a resume what the best was."""
        return {"best": self.best}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Take up what the best was."""
        self.best = state_dict["best"]

    def _wish(self, trainer: pl.Trainer, after: float) -> int:
        """Return what to do after this step; the same in all processes of the training.

        A checkpoint is due so many seconds ``after`` the last one.
        """
        due = time.monotonic() - self._saved_when >= after
        wish = self.stop.code or (DUE if due else 0)
        if trainer.world_size == 1:
            return wish
        wishes = torch.tensor(wish, device=trainer.strategy.root_device)
        return int(trainer.strategy.reduce(wishes, reduce_op="max"))

    def _end(self) -> None:
        if self._ending:
            raise Interrupted(self._ending)

    def _validate_last_epoch(self, trainer: pl.Trainer) -> None:
        """Have the last epoch validated, whatever the interval: else its training would be lost."""
        if trainer.current_epoch + 1 == trainer.max_epochs:
            trainer.check_val_every_n_epoch = 1

    def _save(self, trainer: pl.Trainer, name: str) -> None:
        self._saved_at, self._saved_when = trainer.global_step, time.monotonic()
        if not trainer.is_global_zero:
            trainer.save_checkpoint(self.path(name))  # takes part in it, and writes nothing
            return
        with replacing_path(self.path(name)) as partial:
            trainer.save_checkpoint(partial)


def _may_go_on_after(trainer: pl.Trainer, pl_module: pl.LightningModule, batch_idx: int) -> bool:
    """Whether nothing is left to do between this step and the next that a checkpoint would lose.

    Where an epoch ends or a validation follows, the checkpoint comes after it.
    """
    steps = batch_idx + 1
    assert isinstance(pl_module, DynamicsModule)
    accumulates = pl_module.stepper is not None and not pl_module.stepper.idle
    validates = steps % (trainer.val_check_batch or steps + 1) == 0
    finished = 0 < trainer.max_steps <= trainer.global_step
    return not (accumulates or validates or finished or trainer.is_last_batch)
