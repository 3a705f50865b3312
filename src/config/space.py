"""What a search may choose: the sweeps of Hydra's grammar, read as a space."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from hydra.core.override_parser.types import IntervalSweep, Override, RangeSweep


@dataclass(frozen=True)
class Range:
    """Numbers from ``low`` to ``high``, both included; whole ones if both are."""

    low: float
    high: float
    step: float | None = None
    log: bool = False

    @property
    def whole(self) -> bool:
        """Whether it holds whole numbers only."""
        return all(isinstance(n, int) for n in (self.low, self.high, self.step or 1))

    @property
    def count(self) -> float:
        """How many numbers it holds."""
        step = self.step or (1 if self.whole else 0)
        return round((self.high - self.low) / step) + 1 if step else math.inf


@dataclass(frozen=True)
class Choice:
    """One of some values, as they are typed."""

    values: tuple[str, ...]


Space = dict[str, Range | Choice]


def read_space(overrides: Sequence[Override]) -> tuple[list[str], Space]:
    """Return what all jobs have in common, and the space of the rest; what is typed last wins.

    Words that tell how to search (``sweep.*``) are no part of the jobs.

    Raises:
        ValueError: if nothing is left to choose, or a range cannot be searched.
    """
    fixed: dict[str, str] = {}
    space: Space = {}
    for override in overrides:
        key = override.get_key_element()
        if key == "sweep" or key.startswith("sweep."):
            continue
        for known in (fixed, space):
            known.pop(key, None)
        if override.is_sweep_override():
            space[key] = _part(key, override)
        else:
            assert override.input_line is not None
            fixed[key] = override.input_line
    if not space:
        raise ValueError(
            "a search needs something to choose, such as "
            "'optimizer.lr=tag(log,interval(1e-4,1e-1))', model.width=16,32 or seed=range(5); got "
            "no such word."
        )
    return list(fixed.values()), space


def size(space: Space) -> float:
    """Return how many points there are; infinity where numbers are not whole."""
    return math.prod(len(p.values) if isinstance(p, Choice) else p.count for p in space.values())


def examples(space: Space) -> list[list[str]]:
    """Return the words of some points, among which each choice is made once at least."""
    values = {k: p.values if isinstance(p, Choice) else (str(p.low),) for k, p in space.items()}
    count = max(map(len, values.values()))
    return [
        [f"{k}={some[min(n, len(some) - 1)]}" for k, some in values.items()] for n in range(count)
    ]


def _part(key: str, override: Override) -> Range | Choice:
    value = override.value()
    if isinstance(value, IntervalSweep):
        assert value.start is not None
        assert value.end is not None
        return _checked(key, Range(value.start, value.end, log="log" in value.tags))
    if isinstance(value, RangeSweep) and not value.shuffle:
        assert value.step is not None
        numbers = list(value.range())
        return _checked(key, Range(min(numbers), max(numbers), step=abs(value.step)))
    return Choice(tuple(override.sweep_string_iterator()))


def _checked(key: str, part: Range) -> Range:
    if part.log and part.low <= 0:
        raise ValueError(f"{key} must be positive to be searched by its log; got {part.low}.")
    if part.low >= part.high:
        raise ValueError(f"{key} must have a lower and a higher end; got {part.low}, {part.high}.")
    return part
