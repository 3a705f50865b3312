"""One way in for all entry points: compose the config, run the task, end in one clear message."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from . import schema
from .messages import explain
from .paths import CONF, cache_folder

FULL_ERROR = "HYDRA_FULL_ERROR"


def command(name: str, task: Callable[[Any], Any]) -> Callable[[], None]:
    """Return a ``main()`` that composes ``conf/<name>.yaml`` with the command line and runs ``task``.

    Errors that a user can cause end in one message on stderr and exit code 1. The traceback is
    shown with ``HYDRA_FULL_ERROR=1``.
    """

    def main() -> None:
        import hydra

        schema.register()
        wanted = os.environ.get(FULL_ERROR) == "1"
        # Hydra prints tracebacks of its own unless this is set; then it raises, and we print.
        os.environ[FULL_ERROR] = "1"
        try:
            hydra.main(version_base="1.3", config_path=str(CONF), config_name=name)(
                lambda config: _job(config, task)
            )()
        except (Exception, _Direct) as raised:
            error = raised.error if isinstance(raised, _Direct) else raised
            if wanted:
                raise error from None
            print(explain(error, name), file=sys.stderr)
            sys.exit(1)
        finally:
            if not wanted:
                os.environ.pop(FULL_ERROR, None)

    return main


def _job(config: Any, task: Callable[[Any], Any]) -> Any:
    from hydra.core.hydra_config import HydraConfig
    from hydra.types import RunMode

    # matplotlib keeps a cache of fonts; the run's folder and our cache are all we write to.
    os.environ.setdefault("MPLCONFIGDIR", str(cache_folder(config.get("cache")) / "matplotlib"))
    try:
        return task(config)
    except Exception as error:
        _remove_if_empty(Path(HydraConfig.get().runtime.output_dir))
        # Hydra wraps what a job raises into lines of its own; a single run has no need of them.
        if HydraConfig.get().mode == RunMode.RUN:
            raise _Direct(error) from error
        raise


class _Direct(BaseException):
    """Carries an error past Hydra's own reporting of failed jobs."""

    def __init__(self, error: Exception) -> None:
        super().__init__(str(error))
        self.error = error


def _remove_if_empty(folder: Path) -> None:
    if folder.is_dir() and not any(folder.iterdir()):
        folder.rmdir()
