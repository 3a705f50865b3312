"""What a sweep has come to, in one table."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

from .job import FAILED, FINISHED, INTERRUPTED, STATES, Entry
from .places import shown
from .sheet import Sheet, number


def show(entries: Sequence[Entry], folder: Path) -> None:
    """Print the table of a sweep, and how many jobs have come to what."""
    console = Console()
    sweep_sheet(entries, folder).show(console)
    console.print(counted(entries), highlight=False)


def sweep_sheet(entries: Sequence[Entry], folder: Path) -> Sheet:
    """Return a row per job with what is its own; those that failed come last, to be seen."""
    words = [set(entry.overrides) for entry in entries]
    common = set.intersection(*words) if words else set[str]()
    ordered = sorted(entries, key=lambda entry: STATES.index(entry.state))
    rows = [
        (
            str(entry.number),
            entry.state,
            " ".join(word for word in entry.overrides if word not in common) or "-",
            number(None if entry.seconds is None else round(entry.seconds, 1)),
            _told(entry, folder),
        )
        for entry in ordered
    ]
    return Sheet(
        title=f"Sweep in {shown(folder)}",
        columns=("job", "state", "overrides", "seconds", "error and log"),
        rows=rows,
        numeric=frozenset({"job", "seconds"}),
    )


def counted(entries: Sequence[Entry]) -> str:
    """Return how many jobs have come to what, such as ``13 succeeded, 3 failed``."""
    counts = Counter(entry.state for entry in entries)
    return ", ".join(f"{counts[state]} {state}" for state in STATES if counts[state]) or "no jobs"


def all_well(entries: Sequence[Entry]) -> bool:
    """Whether every job has ended, and none failed."""
    return all(entry.state in FINISHED for entry in entries)


def _told(entry: Entry, folder: Path) -> str:
    if entry.state not in (FAILED, INTERRUPTED):
        return ""
    log = "" if entry.log is None else f"({shown(folder / entry.log)})"
    return " ".join(filter(None, (entry.error, log)))
