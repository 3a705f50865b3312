"""One tidy line of progress: epochs, speed, time left, loss, drift."""

from __future__ import annotations

import sys
import time
from typing import Any

import pytorch_lightning as pl
from pytorch_lightning.callbacks import ProgressBar
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

PLAIN_LINES = 10
"""How many lines a training prints where there is no terminal."""


class TrainingProgress(ProgressBar):
    """A bar over all epochs on a terminal; some plain lines elsewhere."""

    def __init__(self) -> None:
        super().__init__()
        self._bar: Progress | None = None
        self._started = 0.0
        self.seconds = 0.0
        """Time spent in training so far, over all parts of a resumed run."""
        self.steps = 0
        """Optimizer steps in that time."""

    def disable(self) -> None:
        """Nothing: the bar closes itself."""

    def on_train_start(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        """Open the bar."""
        super().on_train_start(trainer, pl_module)
        self._started = time.perf_counter() - self.seconds
        if not sys.stdout.isatty() or trainer.global_rank:
            return
        self._bar = Progress(
            TextColumn("epoch"),
            MofNCompleteColumn(),
            BarColumn(bar_width=30),
            TimeRemainingColumn(),
            TextColumn("{task.fields[figures]}"),
            console=Console(),
        )
        self._bar.start()
        self._bar.add_task(
            "", total=trainer.max_epochs, completed=trainer.current_epoch, figures=""
        )

    def on_train_epoch_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        """Move on by an epoch."""
        self._count(trainer)
        figures = self._figures(trainer)
        epoch, last = trainer.current_epoch + 1, trainer.max_epochs or 0
        if self._bar is not None:
            self._bar.update(self._bar.task_ids[0], completed=epoch, figures=figures)
        elif not trainer.global_rank and last and epoch % max(1, last // PLAIN_LINES) == 0:
            left = self.seconds / epoch * (last - epoch)
            print(f"epoch {epoch}/{last}  {left:.0f} s left  {figures}", flush=True)  # noqa: T201

    def on_train_batch_end(
        self,
        trainer: pl.Trainer,
        pl_module: pl.LightningModule,
        outputs: Any,
        batch: Any,
        batch_idx: int,
    ) -> None:
        """Count the time: a checkpoint may follow."""
        self._count(trainer)

    def _count(self, trainer: pl.Trainer) -> None:
        self.seconds = time.perf_counter() - self._started
        self.steps = trainer.global_step

    def _figures(self, trainer: pl.Trainer) -> str:
        shown = {"loss": "validation/loss", "energy drift": "validation/energy_drift"}
        metrics = trainer.callback_metrics
        parts = [f"{self.steps / max(self.seconds, 1e-9):.0f} steps/s"]
        parts += [
            f"{name} {float(metrics[key]):.2e}" for name, key in shown.items() if key in metrics
        ]
        return "  ".join(parts)

    def state_dict(self) -> dict[str, Any]:
        """Keep the time spent over a resume."""
        return {"seconds": self.seconds, "steps": self.steps}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Take the time spent up again."""
        self.seconds, self.steps = state_dict["seconds"], state_dict["steps"]

    def on_train_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        """Close the bar."""
        self._close()

    def on_exception(
        self, trainer: pl.Trainer, pl_module: pl.LightningModule, exception: BaseException
    ) -> None:
        """Close the bar, so that the message stands on a line of its own."""
        self._close()

    def _close(self) -> None:
        if self._bar is not None:
            self._bar.stop()
            self._bar = None
