"""The verdict in words, and tables that need no script."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from html import escape

from ..group import Comparison
from ..palette import name_of
from ..quantities import AGREEMENT, DERIVATIVE_ERROR, ENERGY_DRIFT, LEARNED_DRIFT, VALID_TIME
from ..record import Record, flatten
from ..sheet import Sheet, number
from ..statistics import Ratio
from ..verdict import FEW, Against, Contender, Verdict
from .collection import Collected

COLUMNS = (
    ("run", "folder of the run"),
    ("system", ""),
    ("model", "and what else differs between runs"),
    ("seed", "of the training"),
    ("energy drift", ENERGY_DRIFT.meaning),
    ("learned drift", LEARNED_DRIFT.meaning),
    ("energy R²", AGREEMENT.meaning),
    ("valid time", VALID_TIME.meaning),
    ("derivative error", DERIVATIVE_ERROR.meaning),
    ("lost rollouts", "rollouts that blew up to infinity or NaN"),
    ("weights", "numbers that training adjusts"),
    ("training (s)", "wall-clock time"),
)
_WORDS = 4
"""Columns that hold words, from the left."""
_SAID = ("run.loss", "run.integrator", "run.performance", "run.dtype", "run.device")
_MANY = 8
"""Values of one setting that are told one by one."""


def headline(verdict: Verdict | None) -> str:
    """Return the verdict in one sentence."""
    if verdict is None:
        return "No run has an energy drift yet."
    leader = title_of(verdict.leader)
    known = [one for one in verdict.against if one.ratio.pairs]
    if not known:
        return f"{leader} is alone: nothing was asked of two models."
    alike = [title_of(one.other) for one in known if not one.ratio.differs]
    if alike:
        names = _listed([leader, *alike])
        behind = "" if len(alike) == len(known) else " drift least;"
        return f"{names}{behind or ':'} no difference in energy drift can be told between them."
    return f"{leader} drifts least: its energy drift is {_times(known[0])}."


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
        f"Ratio: median energy drift of {leader} over that of the other, on runs that share system, "
        f"data and seed; below 1, {leader} drifts less. The 95 % interval is a bootstrap over those "
        f"pairs; where it holds 1, these runs show no difference."
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


def runs_html(collected: Collected) -> str:
    """Return a row for each run, which a script may sort."""
    groups = [] if collected.comparison is None else collected.comparison.groups
    labels = {group["id"]: group for group in collected.groups}
    heads = "".join(
        f'<th scope=col title="{escape(meaning)}"{"" if k < _WORDS else " class=number"}>{name}</th>'
        for k, (name, meaning) in enumerate(COLUMNS)
    )
    units = {record.time_unit for group in groups for record in group.records}
    unit = "".join(units) if len(units) == 1 else ""
    heads = heads.replace(
        ">valid time<", f">valid time ({escape(unit)})<" if unit else ">valid time<"
    )
    rows = []
    for name, run in collected.runs.items():
        group, values = labels[run["group"]], run["values"]
        words = (run["system"], group["label"], run["seed"])
        figures = (
            values["energy_drift"],
            values["learned_energy_drift"],
            values["learned_energy_r2"],
            values["valid_prediction_time"],
            values["derivative_mse"],
            values["non_finite"],
            values["parameters"],
            values["seconds"],
        )
        cells = "".join(f"<td>{escape(word)}</td>" for word in words)
        cells += "".join(f"<td>{number(figure)}</td>" for figure in figures)
        rows.append(f'<tr data-run="{escape(name)}"><td>{escape(name)}</td>{cells}</tr>')
    return f"<thead><tr>{heads}</tr></thead><tbody>{''.join(rows)}</tbody>"


def settings_html(collected: Collected) -> str:
    """Return what differs between runs, and only that."""
    groups = [] if collected.comparison is None else collected.comparison.groups
    records = [(record, group.model) for group in groups for record in group.records]
    said = {
        record.folder: _said(record) | dict(collected.settings.get(record.folder, {}))
        for record, _ in records
    }
    common = set.intersection(*(set(one) for one in said.values())) if said else set()
    rows = []
    for name in sorted(common):
        users: dict[str, Counter[str]] = {}
        for record, model in records:
            users.setdefault(said[record.folder][name], Counter())[model] += 1
        if len(users) > 1:
            rows.append((name.removeprefix("run."), *_users(users)))
    if not rows:
        return "<p>Nothing but systems, models and seeds.</p>"
    return Sheet("What differs between runs", ("setting", "values", "runs"), rows).to_html()


def _said(record: Record) -> dict[str, str]:
    data = {
        f"data.{k}": str(v)
        for k, v in flatten(record.summary.get("data", {})).items()
        if k != "samples"
    }
    return data | {name: record.text(name) for name in _SAID}


def _users(users: Mapping[str, Counter[str]]) -> tuple[str, str]:
    shown = list(users.items())[:_MANY]
    more = [f"and {len(users) - _MANY} more"] if len(users) > _MANY else []
    counts = [" + ".join(f"{m} ×{n}" for m, n in counter.items()) for _, counter in shown]
    return " | ".join([value for value, _ in shown] + more), " | ".join(counts)


def failures_html(collected: Collected) -> str:
    """Return what went wrong, run by run."""
    rows = []
    for name, run in collected.runs.items():
        values = run["values"]
        if values["non_finite"]:
            rows.append(
                (
                    name,
                    "rollouts lost",
                    f"{number(values['non_finite'])} blew up to infinity or NaN",
                )
            )
    groups = [] if collected.comparison is None else collected.comparison.groups
    for group in groups:
        for record in group.records:
            skipped, status = record.value("train.skipped_steps"), record.text("run.status")
            if skipped:
                rows.append(
                    (
                        record.folder.name,
                        "steps skipped",
                        f"{number(skipped)} with gradients that were not finite",
                    )
                )
            if status not in {"completed", "finished"}:
                rows.append((record.folder.name, "not completed", f"ended as {status}"))
    rows += [
        (name, "record unreadable", "half-written or foreign: left out")
        for name in collected.unreadable
    ]
    rows += [
        (
            one.name,
            "no record",
            " ".join(["running, or stopped before its end", *_chosen(one.choices)]),
        )
        for one in collected.unfinished
        if one.name not in collected.unreadable
    ]
    if not rows:
        return "<p>None: every run ended, and no rollout was lost.</p>"
    return Sheet("Failures", ("run", "what", "more"), rows).to_html()


def _chosen(choices: Mapping[str, str]) -> list[str]:
    known = [f"{name}={choices[name]}" for name in ("model", "system") if choices.get(name)]
    return [f"({', '.join(known)})"] if known else []
