"""One thing to time: ours and theirs do the same work, side by side; or ours against a limit.

Time is that of the processor: on one thread it is what a clock would show on a machine at rest,
and hardly changes on one that others use as well.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

LEAST_SECONDS = 0.02
"""A single timing lasts at least so long: shorter work is repeated within it."""
LONG = 10.0
"""Seconds of a first call, with all that it prepares, after which none is repeated."""


class DisagreementError(Exception):
    """Both sides must do the same work, and their results differ."""


@dataclass(frozen=True)
class Case:
    """What is compared, at one size; both sides are ready to be called again and again."""

    work: str
    """What is done, as in the table: ``HNN training step``."""
    against: str
    """Who else does it: ``autograd double backward``."""
    size: str
    """Of the work: ``batch 32``."""
    ours: Callable[[], Any]
    """Does it, and returns the result."""
    theirs: Callable[[], Any]
    agree: Callable[[Any, Any], None]
    """Takes both results; raises DisagreementError where they differ."""
    bar: float | None = None
    """The speed-up that is aimed at; None where there is none."""
    units: tuple[int, int] = (1, 1)
    """How many pieces of work a call of ours and of theirs does: optimizer steps, say."""
    part: Callable[[Any], float] | None = None
    """Reads from our result the seconds that count, where a call also prepares; None: all of it.

    Or what else is to be small: bytes."""
    their_part: Callable[[Any], float] | None = None
    """The same of theirs."""
    along: dict[str, float] = field(default_factory=dict)
    """Where the case lies on the axes of the plot: ``{"batch": 32}``."""


@dataclass(frozen=True)
class Limit:
    """An amount of ours that is to stay small, whoever else there is."""

    work: str
    size: str
    unit: str
    """Of the amount: ``s``."""
    amount: Callable[[], float]
    """Does the work once, and returns what it took."""
    bar: float | None = None
    """The most that is aimed at; None where there is no such thing."""


def close(name: str, ours: float, theirs: float, relative: float) -> None:
    """Refuse numbers that differ by more than so much of theirs.

    Raises:
        DisagreementError: if they do.
    """
    if not abs(ours - theirs) <= relative * abs(theirs):
        raise DisagreementError(
            f"{name} must agree to {relative:g}; ours is {ours:.9g}, theirs {theirs:.9g}."
        )


def measure(case: Case | Limit, rounds: int) -> dict[str, Any]:
    """Return what was found over so many rounds: medians and quartiles.

    Raises:
        DisagreementError: if the results of both sides differ: no speed is told of another result.
    """
    return together([case], rounds)[0] if isinstance(case, Case) else _limited(case, rounds)


def together(cases: Sequence[Case], rounds: int) -> list[dict[str, Any]]:
    """Measure several ways of ours against the same work of theirs, which is done once a round.

    Sides take turns; the ratio of each round is theirs over ours.

    Raises:
        DisagreementError: if the results of any differ.
    """
    sides = [_Side(case.ours, case.part, case.units[0]) for case in cases]
    last = cases[-1]
    other = _Side(last.theirs, last.their_part, last.units[1])
    for case, side in zip(cases, sides, strict=True):
        case.agree(side.first, other.first)
    amounts: list[list[float]] = [[] for _ in (*sides, other)]
    for number in range(rounds):
        turns = list(zip((*sides, other), amounts, strict=True))
        # Who comes first takes turns too.
        for side, found in reversed(turns) if number % 2 else turns:
            found.append(side.amount())
    theirs = amounts[-1]
    return [
        {
            "work": case.work,
            "against": case.against,
            "size": case.size,
            "bar": case.bar,
            "along": case.along,
            "seconds": {"ours": statistics.median(ours), "theirs": statistics.median(theirs)},
            "ratio": _quartiles([t / o for o, t in zip(ours, theirs, strict=True)]),
        }
        for case, ours in zip(cases, amounts, strict=False)
    ]


class _Side:
    """One of those that take turns, warmed up."""

    def __init__(
        self, work: Callable[[], Any], part: Callable[[Any], float] | None, units: int
    ) -> None:
        self.work, self.part, self.units, self.repeats = work, part, units, 1
        start = time.process_time()
        self.first = work()
        """The result."""
        if part is None and time.process_time() - start < LONG:
            self.repeats = _repeats(work)

    def amount(self) -> float:
        """Return the seconds of a piece of the work, or what else counts."""
        return _timed(self.work, self.repeats, self.part) / self.units


def _limited(case: Limit, rounds: int) -> dict[str, Any]:
    found = _quartiles([case.amount() for _ in range(rounds)])
    return {
        "work": case.work,
        "size": case.size,
        "unit": case.unit,
        "at_most": case.bar,
        "amount": found,
    }


def _quartiles(values: Sequence[float]) -> dict[str, float]:
    ranked = sorted(values)
    return {
        "median": statistics.median(ranked),
        "low": ranked[len(ranked) // 4],
        "high": ranked[-1 - len(ranked) // 4],
    }


def seconds_of(work: Callable[[], Any]) -> float:
    """Return the seconds of a work that has been done before; short ones are repeated."""
    return _timed(work, _repeats(work))


def _repeats(work: Callable[[], Any]) -> int:
    once = max(_timed(work, 1), 1e-7)
    return max(1, round(LEAST_SECONDS / once))


def _timed(
    work: Callable[[], Any], repeats: int, part: Callable[[Any], float] | None = None
) -> float:
    start = time.process_time()
    for _ in range(repeats):
        result = work()
    return part(result) if part is not None else (time.process_time() - start) / repeats
