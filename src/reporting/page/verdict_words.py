"""The verdict in words, and the intervals behind it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from html import escape

from ..group import Comparison
from ..palette import name_of
from ..sheet import Sheet, number
from ..statistics import Ratio
from ..verdict import FEW, Against, Contender, Verdict


def headline(verdict: Verdict | None) -> str:
    """Return the verdict in one sentence."""
    if verdict is None:
        return "No run has an energy drift yet."
    leader = title_of(verdict.leader)
    known = [one for one in verdict.against if one.ratio.pairs]
    if not known:
        return f"{leader} is alone: nothing was asked of two models."
    alike = [title_of(one.other) for one in known if not one.ratio.differs]
    worse = [one for one in known if one.ratio.differs]
    behind = f"{_times(worse[0])}." if worse else ""
    if not alike:
        return f"{leader} drifts least: its energy drift is {behind}"
    words = f"{_listed([leader, *alike])} show no difference in energy drift"
    return f"{words}; that of {leader} is {behind}" if worse else f"{words}."


def verdict_html(verdict: Verdict | None, comparison: Comparison | None) -> str:
    """Return the verdict with its intervals, over all systems and for each."""
    parts = [f"<p class=headline>{escape(headline(verdict))}</p>"]
    if verdict is not None and verdict.against:
        parts.append(_ratios(verdict).to_html())
    notes = [] if comparison is None else comparison.notes
    parts += [f"<p class=note>{escape(note)}</p>" for note in notes]
    return "".join(parts)


def _ratios(verdict: Verdict) -> Sheet:
    leader = title_of(verdict.leader)
    rows = []
    for one in verdict.against:
        name = title_of(one.other)
        rows.append(
            (name, "all" if len(one.by_system) > 1 else "".join(one.by_system), *_row(one.ratio))
        )
        if len(one.by_system) > 1:
            rows += [("", system, *_row(ratio)) for system, ratio in one.by_system.items()]
    few = any(0 < one.ratio.pairs < FEW for one in verdict.against)
    notes = [
        f"Ratio: median energy drift of {leader} over that of the other, on runs that share "
        f"system, data and seed; below 1, {leader} drifts less. The 95 % interval is a bootstrap "
        f"over those pairs; where it holds 1, these runs show no difference."
    ]
    if few or any(r.pairs < FEW for one in verdict.against for r in one.by_system.values()):
        notes.append(f"Intervals from fewer than {FEW} pairs are too narrow: train more seeds.")
    columns = (f"{leader} against", "system", "pairs", "ratio", "95 % interval", "says")
    return Sheet("Energy drift, compared", columns, rows, notes, frozenset(columns[2:5]))


def _row(ratio: Ratio) -> tuple[str, str, str, str]:
    if ratio.low is None or ratio.high is None:
        says = "no common runs" if not ratio.pairs else "one pair: no interval"
        return str(ratio.pairs), _ratio(ratio.value), "-", says
    if not ratio.differs:
        says = "no difference"
    else:
        says = "drifts less" if ratio.high < 1 else "drifts more"
    return (
        str(ratio.pairs),
        _ratio(ratio.value),
        f"{_ratio(ratio.low)} to {_ratio(ratio.high)}",
        says,
    )


def _ratio(value: float | None) -> str:
    return "∞" if value is not None and math.isinf(value) else number(value, 2)


def _times(one: Against) -> str:
    """Return how much less the leader drifts than its closest rival, with the interval."""
    ratio, other = one.ratio, title_of(one.other)
    assert ratio.value is not None
    assert ratio.low is not None
    assert ratio.high is not None
    if not ratio.value or not ratio.low:
        return f"bounded where most rollouts of {other} broke off"
    less, least, most = (number(1 / x, 2) for x in (ratio.value, ratio.high, ratio.low))
    return (
        f"{less} times smaller than that of {other} (95 % interval {least} to {most}; "
        f"{ratio.pairs} pairs of runs)"
    )


def title_of(one: Contender) -> str:
    """Return a contender's name as papers write it."""
    return one.name.replace(one.model, name_of(one.model), 1)


def _listed(names: Sequence[str]) -> str:
    return f"{', '.join(names[:-1])} and {names[-1]}" if len(names) > 1 else "".join(names)
