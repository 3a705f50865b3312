"""One way in for all entry points: compose the config, run the task, end in one clear message."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from typing import Any

from . import again, schema
from .jobs import JobFailed, Jobs
from .messages import explain
from .paths import CONF
from .stop import INTERRUPTED, Stopped, terminable
from .sweep import SweepFailed

FULL_ERROR = "HYDRA_FULL_ERROR"


def command(name: str, task: Callable[[Any], Any]) -> Callable[[], None]:
    """Return a ``main()`` that composes ``conf/<name>.yaml`` with the command line for ``task``.

    Errors that a user can cause end in one message on stderr and exit code 1. The traceback is
    shown with ``HYDRA_FULL_ERROR=1``. A command that is stopped ends with 130 (Ctrl-C) or 143.
    """

    def main() -> None:
        schema.register()
        wanted = os.environ.get(FULL_ERROR) == "1"
        # Hydra prints tracebacks of its own unless this is set; then it raises, and we print.
        os.environ[FULL_ERROR] = "1"
        try:
            if folder := again.asked(sys.argv, again.STATUS):
                sys.exit(again.tell(folder))
            with terminable(), again.retried(sys.argv):
                _run(Jobs(name, task))
        except SweepFailed as failed:
            _end(str(failed), 1)
        except (Exception, JobFailed) as raised:
            error = raised.error if isinstance(raised, JobFailed) else raised
            if wanted:
                raise error from None
            _end(explain(error, name), 1)
        except (Stopped, KeyboardInterrupt) as stop:
            stopped = stop if isinstance(stop, Stopped) else Stopped(INTERRUPTED)
            _end(f"\n{stopped}", stopped.code)
        finally:
            if not wanted:
                os.environ.pop(FULL_ERROR, None)

    return main


def _run(jobs: Jobs) -> None:
    import hydra

    hydra.main(version_base="1.3", config_path=str(CONF), config_name=jobs.name)(
        lambda config: jobs(config)
    )()


def _end(message: str, code: int) -> None:
    print(message, file=sys.stderr)  # noqa: T201
    sys.exit(code)
