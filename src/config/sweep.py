"""A multirun ends by comparing its own jobs."""

from __future__ import annotations

from pathlib import Path
from typing import Any, ClassVar

from hydra.experimental.callback import Callback
from omegaconf import DictConfig


class CompareJobs(Callback):
    """Remembers the folder of a sweep, and compares what its jobs recorded when it ends.

    Hydra does not call back when a job of the sweep failed: the entry point then calls
    :meth:`finish` itself, so that the jobs that did end are compared all the same.
    """

    pending: ClassVar[Path | None] = None

    def on_multirun_start(self, config: DictConfig, **kwargs: Any) -> None:
        """Remember the folder."""
        CompareJobs.pending = Path(config.hydra.sweep.dir).absolute()

    def on_multirun_end(self, config: DictConfig, **kwargs: Any) -> None:
        """Compare."""
        self.finish()

    @staticmethod
    def finish() -> None:
        """Compare the jobs of the last sweep, once, if any of them left a record."""
        folder, CompareJobs.pending = CompareJobs.pending, None
        if folder is None or not any(folder.rglob("summary.json")):
            return
        from ..reporting.publish import publish_comparison

        publish_comparison([folder], folder)
