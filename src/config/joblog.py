"""Where messages go: to the terminal, around a bar that moves there, and into logs of jobs."""

from __future__ import annotations

import contextlib
import io
import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any


class Terminal(logging.StreamHandler):
    """Writes to whatever ``sys.stdout`` is just then: a log, or the lines above a bar."""

    def __init__(self) -> None:
        logging.Handler.__init__(self)

    @property
    def stream(self) -> Any:  # pyright: ignore[reportIncompatibleVariableOverride]
        """The stream of this moment."""
        return sys.stdout


@contextmanager
def logged(file: Path) -> Iterator[io.TextIOBase]:
    """Write what is printed and logged into a file, which has no moving bar, and not to a terminal.

    Gives the file, for what only the log should hold. A log that is there is gone on with.
    """
    file.parent.mkdir(parents=True, exist_ok=True)
    with (
        file.open("a", encoding="utf-8", buffering=1) as log,
        contextlib.redirect_stdout(log),
        contextlib.redirect_stderr(log),
    ):
        yield log
