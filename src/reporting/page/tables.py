"""Tables of runs, of what differs between them, and of what went wrong; they need no script."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from html import escape

from ..group import Group
from ..quantities import AGREEMENT, DERIVATIVE_ERROR, ENERGY_DRIFT, LEARNED_DRIFT, VALID_TIME
from ..record import Record, flatten
from ..sheet import Sheet, number
from .collection import Collected

TIME = "valid time"
COLUMNS = (
    ("run", "folder of the run"),
    ("system", ""),
    ("model", "and what else differs between runs"),
    ("seed", "of the training"),
    ("energy drift", ENERGY_DRIFT.meaning),
    ("learned drift", LEARNED_DRIFT.meaning),
    ("energy R²", AGREEMENT.meaning),
    (TIME, VALID_TIME.meaning),
    ("derivative error", DERIVATIVE_ERROR.meaning),
    ("lost rollouts", "rollouts that blew up to infinity or NaN"),
    ("weights", "numbers that training adjusts"),
    ("training (s)", "wall-clock time"),
)
_SAID = (
    "run.loss",
    "run.penalty",
    "run.integrator",
    "run.performance",
    "run.dtype",
    "run.device",
)
_MANY = 8
"""Values of one setting that are told one by one."""


def runs_html(collected: Collected) -> str:
    """Return a row for each run, which a script may sort."""
    groups = [] if collected.comparison is None else collected.comparison.groups
    labels = {group["id"]: group for group in collected.groups}
    units = {record.time_unit for group in groups for record in group.records}
    unit = f" ({escape(''.join(units))})" if len(units) == 1 and units != {""} else ""
    heads = "".join(
        f'<th scope="col" title="{escape(meaning)}">{name}{unit if name == TIME else ""}</th>'
        for name, meaning in COLUMNS
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
    """Return what differs between runs of a system, and only that."""
    groups = [] if collected.comparison is None else collected.comparison.groups
    records = [(record, group.model) for group in groups for record in group.records]
    said = {
        record.folder: _said(record) | dict(collected.settings.get(record.folder, {}))
        for record, _ in records
    }
    common = set.intersection(*(set(one) for one in said.values())) if said else set()
    rows: list[tuple[str, ...]] = []
    for name in sorted(common):
        users: dict[str, Counter[str]] = {}
        within: dict[str, set[str]] = {}
        for record, model in records:
            value = said[record.folder][name]
            users.setdefault(value, Counter())[model] += 1
            within.setdefault(record.text("run.system"), set()).add(value)
        if any(len(values) > 1 for values in within.values()):
            rows += _users(name.removeprefix("run."), users)
    if not rows:
        return "<p>Nothing but systems, models and seeds.</p>"
    values = Sheet("A row for each value", ("setting", "value", "runs"), rows).to_html()
    return values + _whole_labels(groups)


def _whole_labels(groups: Sequence[Group]) -> str:
    """Return what labels with dots stand for; nothing where all tell everything."""
    rows = dict.fromkeys((one.label, one.whole_label) for one in groups)
    if all(label == whole for label, whole in rows):
        return ""
    return Sheet("What names with dots stand for", ("name", "in full"), list(rows)).to_html()


def _said(record: Record) -> dict[str, str]:
    data = flatten(record.summary.get("data") or {}, "data.")
    data = {name: str(value) for name, value in data.items() if name != "data.samples"}
    return data | {name: record.text(name) for name in _SAID}


def _users(name: str, users: Mapping[str, Counter[str]]) -> list[tuple[str, ...]]:
    shown = list(users.items())[:_MANY]
    rows = [
        (value, ", ".join(f"{count} of {model}" for model, count in counter.items()))
        for value, counter in shown
    ]
    if len(users) > _MANY:
        rest = sum(counter.total() for _, counter in list(users.items())[_MANY:])
        rows.append((f"and {len(users) - _MANY} more", str(rest)))
    return [("" if k else name, *row) for k, row in enumerate(rows)]


def failures_html(collected: Collected) -> str:
    """Return what went wrong, run by run."""
    rows = [(name, *one) for name, run in collected.runs.items() for one in run["failures"]]
    rows += [
        (name, "record unreadable", "half-written or foreign: left out")
        for name in collected.unreadable
    ]
    rows += [
        (one.name, "no record", f"running, or stopped before its end{_chosen(one.choices)}")
        for one in collected.unfinished
        if one.name not in collected.unreadable
    ]
    if not rows:
        return "<p>None: every run ended, and no rollout was lost.</p>"
    return Sheet("A row for each failure", ("run", "what", "more"), rows).to_html()


def _chosen(choices: Mapping[str, str]) -> str:
    known = [f"{name}={choices[name]}" for name in ("model", "system") if choices.get(name)]
    return f" ({', '.join(known)})" if known else ""
