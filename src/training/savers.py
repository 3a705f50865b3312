"""Which states of a training are kept: the best one, and the last one to go on from."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pytorch_lightning as pl
from pytorch_lightning.callbacks import Checkpoint

MONITORED = "validation/loss"


class BestAndLast(Checkpoint):
    """Writes ``best.ckpt`` and ``last.ckpt`` after each validation, the last epoch's among them.

    At the end of an epoch everything that training needs is in the file: going on from there is
    bit-equal to never having stopped. (Lightning's own callback forgets which was best when the
    folder is renamed, and takes a loss that is not a number for the best at first.)

    Args:
        folder: of the checkpoints.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.best = math.inf
        """The lowest validation loss so far."""
        self._saved_at = -1

    def on_train_epoch_start(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        """Have the last epoch validated, whatever the interval: else its training would be lost."""
        if trainer.current_epoch + 1 == trainer.max_epochs:
            trainer.check_val_every_n_epoch = 1

    def on_train_epoch_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        """Save, if this epoch was validated. Lightning calls this after all other callbacks."""
        if (trainer.current_epoch + 1) % (trainer.check_val_every_n_epoch or 1):
            return
        loss = float(trainer.callback_metrics.get(MONITORED, math.nan))
        if loss < self.best:
            self.best = loss
            self._save(trainer, "best")
        self._save(trainer, "last")

    def on_train_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        """Save what a training that stopped between validations has come to."""
        if self._saved_at not in (-1, trainer.global_step) or not self.path("last").is_file():
            self._save(trainer, "last")

    def path(self, name: str) -> Path:
        """Return the file of ``best`` or ``last``."""
        return self.folder / f"{name}.ckpt"

    def _save(self, trainer: pl.Trainer, name: str) -> None:
        self._saved_at = trainer.global_step
        trainer.save_checkpoint(self.path(name))

    def state_dict(self) -> dict[str, Any]:
        """Keep over a resume what the best was."""
        return {"best": self.best}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Take up what the best was."""
        self.best = state_dict["best"]
