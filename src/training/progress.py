"""One tidy line of progress: epochs, time left, speed, loss, drift."""

from __future__ import annotations

import math
import sys
import time
from typing import Any

import pytorch_lightning as pl
from pytorch_lightning.callbacks import ProgressBar
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Column

PLAIN_LINES = 10
"""How many lines a training prints where there is no terminal."""
FIGURES_WIDTH, MOST_NARROW = 82, 8
"""Columns of a terminal that all but the bar takes, and the least that the bar takes."""

REFRESH = 0.1
"""Seconds between two looks at the figures within an epoch."""


class TrainingProgress(ProgressBar):
    """A bar over all epochs on a terminal, below whatever is said; some plain lines elsewhere."""

    def __init__(self) -> None:
        super().__init__()
        self._bar: Progress | None = None
        self._started = 0.0
        self._shown = 0.0
        self.seconds = 0.0
        """Time spent in training so far, over all parts of a resumed run."""
        self.cpu_seconds = 0.0
        """The same of all cores together: what it takes, however busy the machine is."""
        self._cpu_started = 0.0
        self.steps = 0
        """Optimizer steps in that time."""

    def disable(self) -> None:
        """Nothing: the bar closes itself."""

    def on_train_start(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        """Open the bar."""
        super().on_train_start(trainer, pl_module)
        self._started = time.perf_counter() - self.seconds
        self._cpu_started = time.process_time() - self.cpu_seconds
        if not sys.stdout.isatty() or trainer.global_rank:
            return
        console = Console()
        bar = self._bar = Progress(
            TextColumn("epoch"),
            MofNCompleteColumn(),
            BarColumn(bar_width=max(MOST_NARROW, min(30, console.width - FIGURES_WIDTH))),
            TimeRemainingColumn(),
            TextColumn(
                "{task.fields[figures]}", table_column=Column(no_wrap=True, overflow="ellipsis")
            ),
            console=console,
        )
        bar.start()
        epoch = trainer.current_epoch
        bar.add_task("", total=self._last(trainer, epoch), completed=epoch, figures="")

    def on_train_epoch_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        """Move on by an epoch."""
        self._count(trainer)
        epoch = trainer.current_epoch + 1
        last = self._last(trainer, epoch)
        if self._bar is not None:
            self._show(trainer, epoch)
        elif not trainer.global_rank and last and epoch % max(1, last // PLAIN_LINES) == 0:
            left = self.seconds / epoch * (last - epoch)
            line = f"epoch {epoch}/{last}  {left:.0f} s left  {self._figures(trainer)}"
            print(line, flush=True)  # noqa: T201

    def on_train_batch_end(
        self,
        trainer: pl.Trainer,
        pl_module: pl.LightningModule,
        outputs: Any,
        batch: Any,
        batch_idx: int,
    ) -> None:
        """Count the time: a checkpoint may follow. Long epochs move on within."""
        self._count(trainer)
        if self._bar is not None and self.seconds - self._shown > REFRESH:
            self._show(trainer, trainer.current_epoch + (batch_idx + 1) / self.total_train_batches)

    def _show(self, trainer: pl.Trainer, epochs: float) -> None:
        assert self._bar is not None
        (task,) = self._bar.task_ids
        last, figures = self._last(trainer, epochs), self._figures(trainer)
        self._bar.update(task, total=last, completed=epochs, figures=figures)
        self._shown = self.seconds

    def _last(self, trainer: pl.Trainer, epochs: float) -> int | None:
        """Return how many epochs there will be; None until a number of steps tells."""
        most = trainer.max_epochs or 0
        ends = [most] if most > 0 else []
        if trainer.max_steps > 0 and epochs and self.steps:
            ends.append(math.ceil(trainer.max_steps * epochs / self.steps))
        return min(ends, default=None)

    def _count(self, trainer: pl.Trainer) -> None:
        self.seconds = time.perf_counter() - self._started
        self.cpu_seconds = time.process_time() - self._cpu_started
        self.steps = trainer.global_step

    def _figures(self, trainer: pl.Trainer) -> str:
        shown = {"loss": "validation/loss", "drift": "validation/energy_drift"}
        metrics = trainer.callback_metrics
        speed = self.steps / max(self.seconds, 1e-9)
        parts = [f"{speed:.0f} steps/s"] if self.steps else []  # some models learn without
        parts += [
            f"{name} {float(metrics[key]):.2e}" for name, key in shown.items() if key in metrics
        ]
        return "  ".join(parts)

    def state_dict(self) -> dict[str, Any]:
        """Keep the time spent over a resume."""
        return {"seconds": self.seconds, "cpu_seconds": self.cpu_seconds, "steps": self.steps}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Take the time spent up again."""
        self.seconds, self.steps = state_dict["seconds"], state_dict["steps"]
        self.cpu_seconds = state_dict["cpu_seconds"]

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
