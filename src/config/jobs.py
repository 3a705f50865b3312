"""The jobs of a command: one, or those of a sweep, of which some may fail."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from .messages import explain
from .paths import cache_folder, remove_empty


class JobFailed(BaseException):
    """Carries the error of a single job past Hydra's own reporting of failed jobs."""

    def __init__(self, error: Exception) -> None:
        super().__init__(str(error))
        self.error = error


class Jobs:
    """Runs each job of a command; a sweep goes on after a failed one, and remembers it."""

    def __init__(self, name: str, task: Callable[[Any], Any]) -> None:
        self.name = name
        self.task = task
        self.failed: list[str] = []
        """One line per job of a sweep that failed."""

    def __call__(self, config: Any) -> Any:
        """Run one job in the folder that Hydra has made for it."""
        from hydra.core.hydra_config import HydraConfig
        from hydra.types import RunMode

        hydra = HydraConfig.get()
        folder = Path(hydra.runtime.output_dir)
        _keep_in(cache_folder(config.get("cache")))
        try:
            return self.task(config)
        except Exception as error:
            if hydra.mode == RunMode.RUN:
                raise JobFailed(error) from error
            message = explain(error, self.name)
            job = " ".join(hydra.overrides.task)
            print(f"Job {hydra.job.num} ({job}) failed. {message}", file=sys.stderr)  # noqa: T201
            self.failed.append(f"  {hydra.job.num}: {job}")
            raise
        finally:
            remove_empty(folder)


def _keep_in(cache: Path) -> None:
    """Point matplotlib's cache of fonts and torch's of compiled code into ours.

    The run's folder and our cache are all that is written to.
    """
    os.environ.setdefault("MPLCONFIGDIR", str(cache / "matplotlib"))
    os.environ.setdefault("TORCHINDUCTOR_CACHE_DIR", str(cache / "kernels"))
