"""What the tables say of runs side by side."""

from __future__ import annotations

from collections.abc import Sequence

from .curves import curves_of, error_of
from .group import Comparison, Group
from .quantities import (
    AGREEMENT,
    CONSTRAINTS,
    DERIVATIVE_ERROR,
    ENERGY_DRIFT,
    LEARNED_DRIFT,
    NOISE_FLOOR,
    SPEED,
    SYMPLECTICITY,
    VALID_TIME,
    Quantity,
)
from .sheet import Sheet, number
from .statistics import Statistic, summarise

_BESIDE_DRIFT = (
    LEARNED_DRIFT,
    AGREEMENT,
    CONSTRAINTS,
    VALID_TIME,
    DERIVATIVE_ERROR,
    NOISE_FLOOR,
    SYMPLECTICITY,
    SPEED,
)
_HOW = (
    "Each run counts with the median over its rollouts. Mean over seeds ± half of its 95 % "
    "interval (Student's t); the ratio is of medians over seeds."
)


def comparison_sheets(comparison: Comparison) -> list[Sheet]:
    """Return the drift with its error bar, what else, and curves: a row for each group.

    Tables that would hold nothing are left out.
    """
    keys = ("system", "model", *(name.split(".")[-1] for name in comparison.varying))
    drift = ("seeds", "mean ± 95 %", "median (min..max)", "over baseline", "non-finite")
    units = {record.time_unit for group in comparison.groups for record in group.records}
    unit = units.pop() if len(units) == 1 else "own unit"
    shown = [
        q for q in _BESIDE_DRIFT if any(q.applies(r) for g in comparison.groups for r in g.records)
    ]
    rest = tuple(quantity.titled(unit).strip() for quantity in shown)
    rolled = any(group.rollouts for group in comparison.groups)
    sheets = [
        Sheet(
            title="True energy drift of rollouts (rms, in energy scales), over training seeds",
            columns=keys + drift,
            rows=[_keys(group) + _drift(group) for group in comparison.groups],
            notes=(*comparison.notes, _HOW),
            numeric=frozenset(drift),
        ),
        Sheet(
            title="Beside it, medians over seeds",
            columns=keys + rest,
            rows=[_keys(group) + _medians(group, shown) for group in comparison.groups],
            numeric=frozenset(rest),
        ),
        curve_errors_sheet(comparison),
    ]
    return [sheet for sheet in sheets if sheet.rows and (rolled or sheet is not sheets[0])]


def curve_errors_sheet(comparison: Comparison) -> Sheet:
    """Return the errors of what follows from energies, a row for each group and curve."""
    rows: list[tuple[str, ...]] = []
    reasons: dict[str, None] = {}
    for group in comparison.groups:
        shown = {curve.name: curve for record in group.records for curve in curves_of(record)}
        for name, curve in shown.items():
            errors = summarise([error_of(record, name) for record in group.records])
            unit = curve.error_unit
            figure = _range(errors) if errors.count else "-"
            rows.append((*_keys(group), name, str(errors.count), figure, unit))
            reasons |= {curve.reason: None} if curve.reason else {}
    keys = ("system", "model", *(name.split(".")[-1] for name in comparison.varying))
    figures = ("seeds", "rms error, median (min..max)")
    columns = (*keys, "curve", *figures, "unit")
    title = "What follows from the energy"
    return Sheet(title, columns, rows, tuple(reasons), numeric=frozenset(figures))


def _keys(group: Group) -> tuple[str, ...]:
    return (group.system, group.model, *group.settings.values())


def _drift(group: Group) -> tuple[str, ...]:
    drift = group.statistics[ENERGY_DRIFT.name]
    return (
        str(len(group.records)),
        _mean(drift),
        _range(drift),
        "-" if group.drift_ratio is None else f"{number(group.drift_ratio, 2)} x",
        f"{group.non_finite} of {group.rollouts}",
    )


def _medians(group: Group, quantities: Sequence[Quantity]) -> tuple[str, ...]:
    return tuple(number(group.statistics[quantity.name].median) for quantity in quantities)


def _mean(statistic: Statistic) -> str:
    if statistic.half_width is None:
        return number(statistic.mean)
    return f"{number(statistic.mean)} ± {number(statistic.half_width, 2)}"


def _range(statistic: Statistic) -> str:
    if statistic.count < 2:
        return number(statistic.median)
    ends = f"{number(statistic.minimum, 2)}..{number(statistic.maximum, 2)}"
    return f"{number(statistic.median)} ({ends})"
