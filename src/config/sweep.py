"""A multirun ends by comparing its own jobs."""

from __future__ import annotations

from pathlib import Path
from typing import Any, ClassVar

from hydra.experimental.callback import Callback
from omegaconf import DictConfig

from .paths import remove_empty


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
    def finish() -> bool:
        """Compare the jobs of the last sweep, once; return whether any of them left a record."""
        folder = CompareJobs.pending
        if folder is None or not any(folder.rglob("summary.json")):
            return False
        CompareJobs.pending = None
        from .comparing import compare_runs

        compare_runs([folder], folder)
        return True

    @staticmethod
    def forget() -> None:
        """Leave no trace of a sweep that ended without a single job."""
        folder, CompareJobs.pending = CompareJobs.pending, None
        own = None if folder is None else folder / "multirun.yaml"
        if own is not None and own.is_file() and len(list(own.parent.iterdir())) == 1:
            own.unlink()
            remove_empty(own.parent)
