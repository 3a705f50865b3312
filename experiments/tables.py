"""Rows of papers as tables: medians over seeds with their ranges, and ratios to the peer."""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence

from src.reporting.statistics import summarise

from .task import Figure, Row, Task, of

FEWEST = 3
"""Seeds from which on an interval says something."""


def over(ours: Sequence[Row], theirs: Sequence[Row], figure: Figure) -> str:
    """Return a figure over the peer's in words: geometric mean over seeds, 95 % interval.

    Of the seeds that both have, with an interval from three on; none if one of them broke off.
    """
    pairs = {r["seed"]: figure.of(r) for r in theirs}
    ratios = [figure.of(r) / pairs[r["seed"]] for r in ours if r["seed"] in pairs]
    if not ratios or not all(0 < ratio < math.inf for ratio in ratios):
        return "-"
    found = summarise([math.log(ratio) for ratio in ratios])
    assert found.mean is not None
    text = number(math.exp(found.mean))
    if found.half_width is None or len(ratios) < FEWEST:
        return text
    low, high = (math.exp(found.mean + sign * found.half_width) for sign in (-1, 1))
    return f"{text} ({number(low)} to {number(high)})"


def number(value: float | None) -> str:
    """Write a figure with two digits."""
    if value is None or not math.isfinite(value):
        return "broke off"
    return f"{value:.2g}" if value == 0 or 1e-2 <= abs(value) < 1e3 else f"{value:.1e}"


def spread(values: Sequence[float]) -> str:
    """Return median, lowest and highest over seeds in words."""
    middle = number(statistics.median(values))
    if len(values) == 1 or not math.isfinite(statistics.median(values)):
        return middle
    return f"{middle} ({number(min(values))} to {number(max(values))})"


def table(rows: Sequence[Row], task: Task) -> str:
    """Return the table of a task as Markdown: what is told first, then a line for each method."""
    names = [figure.called for figure in task.figures]
    heads = ["", *names, f"first figure over that of {task.peer}", "failed", "seeds", "CPU s"]
    lines = [f"| {' | '.join(heads)} |", "|---|" + "---:|" * (len(heads) - 1)]
    for label, cells in task.told.items():
        known = [cells.get(name, "") for name in names]
        lines.append(f"| {' | '.join([f'*{label}*', *known, '', '', '', ''])} |")
    for method in task.methods:
        found = of(rows, task, method)
        if not found:
            continue
        cells = [
            spread([figure.of(r) for r in found])
            if all(figure.key in r["figures"] for r in found)
            else "-"
            for figure in task.figures
        ]
        against = over(found, of(rows, task, task.peer), task.figures[0])
        key = task.figures[0].key
        failed = [sum(r["figures"][key][name] for r in found) for name in ("failed", "starts")]
        cells += ["" if method == task.peer else against, f"{failed[0]} of {failed[1]}"]
        cells += [str(len(found)), number(statistics.median(r["cpu_seconds"] for r in found))]
        lines.append(f"| {' | '.join([method, *cells])} |")
    return "\n".join(lines)
