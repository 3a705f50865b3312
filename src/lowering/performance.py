"""How much may be done for speed, and where kernels are kept: chosen once for a process."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, get_args

Level = Literal["reference", "fast", "compiled"]
"""``reference``: torch alone, as formulas are written. ``fast``: what pays, compiled code where the
work is longer than a build. ``compiled``: compiled code for all work."""
Way = Literal["torch", "python", "numpy", "c++"]
"""What steps are run by."""


@dataclass
class Performance:
    """The choice, and what came of it."""

    level: Level = "fast"
    folder: Path | None = None
    """Where compiled code is kept; None: no longer than the process."""
    kernels: bool = True
    """Whether a compiler may be called, where there is one."""
    ways: set[Way] = field(default_factory=set)
    """What known motions have been followed by, so far."""


_chosen = Performance()


def chosen() -> Performance:
    """Return the choice that holds."""
    return _chosen


def choose(level: Level, folder: Path | None = None, kernels: bool = True) -> None:
    """Let this hold from now on.

    Raises:
        ValueError: if there is no such level.
    """
    if level not in get_args(Level):
        raise ValueError(
            f"performance.level must be one of {', '.join(get_args(Level))}; got {level!r}."
        )
    global _chosen
    _chosen = Performance(level, folder, kernels)


@contextmanager
def performing(
    level: Level, folder: Path | None = None, kernels: bool = True
) -> Iterator[Performance]:
    """Let this hold for a while."""
    global _chosen
    before = _chosen
    choose(level, folder, kernels)
    try:
        yield _chosen
    finally:
        _chosen = before
