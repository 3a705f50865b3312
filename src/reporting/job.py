"""One job of a sweep: what it is, and what is known of it."""

from __future__ import annotations

from dataclasses import dataclass

LOG = "log.txt"
SUCCEEDED, PRUNED, RUNNING, MISSING, INTERRUPTED, FAILED = STATES = (
    "succeeded",
    "pruned",
    "running",
    "missing",
    "interrupted",
    "failed",
)
FINISHED = (SUCCEEDED, PRUNED)


@dataclass(frozen=True)
class Job:
    """One job of a sweep, before anything is known of it."""

    number: int
    overrides: tuple[str, ...]


@dataclass(frozen=True)
class Entry:
    """What is known of a job."""

    number: int
    overrides: tuple[str, ...]
    state: str = MISSING
    folder: str | None = None
    """Where it writes, from the folder of the sweep on."""
    error: str | None = None
    """The first line of what went wrong."""
    started: float | None = None
    """When, by the clock of its host."""
    seconds: float | None = None
    host: str | None = None
    process: int | None = None

    @property
    def ended(self) -> bool:
        """Whether there is nothing left to do, unless it is tried again."""
        return self.state in (*FINISHED, FAILED)

    @property
    def open(self) -> bool:
        """Whether it may be tried, for the first time or again."""
        return self.state in (MISSING, INTERRUPTED, FAILED)

    @property
    def log(self) -> str | None:
        """Where its log is, from the folder of the sweep on."""
        return None if self.folder is None else f"{self.folder}/{LOG}"
