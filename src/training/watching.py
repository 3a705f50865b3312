"""Tells somebody outside how a training is doing."""

from __future__ import annotations

from collections.abc import Callable

import pytorch_lightning as pl

from .savers import MONITORED


class Watched(pl.Callback):
    """Reports the validation loss after each validation.

    Of a training in several processes nothing is reported: one that ended would leave the others
    waiting.

    Args:
        report: called with the epoch and the loss; whatever it raises ends the training.
    """

    def __init__(self, report: Callable[[int, float], None]) -> None:
        self.report = report

    def on_validation_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        """Report."""
        if trainer.world_size > 1:
            return
        self.report(trainer.current_epoch + 1, float(trainer.callback_metrics[MONITORED]))
