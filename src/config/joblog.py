"""The log of a job of a sweep: all that it says, beside its records."""

from __future__ import annotations

import contextlib
import io
import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class _Copied(io.TextIOBase):
    """Text that goes to a log, and to a stream as well. No terminal: a log has no moving bar."""

    def __init__(self, log: io.TextIOBase, stream: io.TextIOBase | None) -> None:
        self.log = log
        self.stream = stream

    def write(self, text: str) -> int:
        """Write to both."""
        if self.stream is not None:
            self.stream.write(text)
        return self.log.write(text)

    def flush(self) -> None:
        """Flush both."""
        if self.stream is not None:
            self.stream.flush()
        self.log.flush()


@contextmanager
def logged(file: Path, echo: bool) -> Iterator[io.TextIOBase]:
    """Copy what is printed and logged into a file; ``echo`` shows it where it was going, too.

    Gives the file alone, for what only the log should hold. A log that is there is gone on with.
    """
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("a", encoding="utf-8", buffering=1) as log, contextlib.ExitStack() as undone:
        for name in ("stdout", "stderr"):
            stream = getattr(sys, name)
            copied = _Copied(log, stream if echo else None)
            for handler in logging.getLogger().handlers:
                if isinstance(handler, logging.StreamHandler) and handler.stream is stream:
                    handler.setStream(copied)
                    undone.callback(handler.setStream, stream)
            setattr(sys, name, copied)
            undone.callback(setattr, sys, name, stream)
        yield log
