"""What the tables say: one run, its test sets, and a comparison."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ..data.trajectories import Trajectories
from ..metrics.statistics import Statistics
from .group import Comparison, Group
from .quantities import (
    AGREEMENT,
    CONSTRAINTS,
    DERIVATIVE_ERROR,
    ENERGY_DRIFT,
    LEARNED_DRIFT,
    NOISE_FLOOR,
    NON_FINITE,
    SHOWN,
    SPEED,
    SYMPLECTICITY,
    VALID_TIME,
    Quantity,
)
from .record import Record
from .sheet import Sheet, number
from .statistics import Statistic

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
_CONSERVED = {
    "constraints": "largest along a motion, over lengths of the parts; 0 is satisfied",
    "constraint rates": "the same for their rates of change, in time scales",
}
_HOW = (
    "Each run counts with the median over its rollouts. Mean over seeds ± half of its 95 % "
    "interval (Student's t); the ratio is of medians over seeds."
)


def conservation_sheet(
    system: str, motions: Trajectories, changes: Mapping[str, Statistics], time_unit: str
) -> Sheet:
    """Return how well the motions of a data set conserve what they should."""
    length = _time(motions.duration, time_unit)
    balance = "" if motions.impact_work is None else ", beyond what impacts did to it"
    balance += "" if motions.u is None else ", less the work of friction and inputs"
    return Sheet(
        title=f"{system}: {len(motions)} training motions of {length}, without noise",
        columns=("conserved", "median", "90 %", "meaning"),
        rows=[
            (
                name,
                number(change["median"]),
                number(change["p90"]),
                _CONSERVED.get(
                    name,
                    f"largest change along a motion, over the energy scale{balance}"
                    if name == "energy"
                    else "largest change along a motion, over the size of its usual values",
                ),
            )
            for name, change in changes.items()
        ],
        numeric=frozenset({"median", "90 %"}),
    )


def _time(value: float | None, unit: str) -> str:
    return f"{number(value)} {unit}".rstrip()


def _label(quantity: Quantity, unit: str) -> str:
    """Return what a quantity is called, with the unit that it is measured in, if it has one."""
    return f"{quantity.label} ({unit})" if quantity.is_time and unit else quantity.label


def run_sheets(record: Record) -> list[Sheet]:
    """Return the tables at the end of one run: its results, each test set, and what it means."""
    sheets = [run_sheet(record), test_sets_sheet(record)]
    sheets += [spread_sheet(record)] if record.get("ensemble") else []
    return [*sheets, meaning_sheet(record)] if record.get("quantities") else sheets


def run_sheet(record: Record) -> Sheet:
    """Return the results of one run, in words that a newcomer understands."""
    horizon = _time(record.value("rollout.horizon"), record.time_unit)
    ratio = record.value("rollout.horizon_over_training")
    title = " ".join(
        (
            f"{record.text('run.model')} on {record.text('run.system')},",
            f"seed {record.text('run.seed')}:",
            f"{record.text('rollout.trajectories')} rollouts of {horizon},",
            f"{number(ratio)} times the training horizon",
        )
    )
    return Sheet(
        title=title,
        columns=("quantity", "median", "90 %", "meaning"),
        rows=[_row(record, quantity) for quantity in SHOWN if _applies(record, quantity)],
        notes=(
            "median and 90th percentile over rollouts; - where the model or the data have no "
            "such figure.",
            *_of_exchange(record),
            *_of_recording(record),
        ),
        numeric=frozenset({"median", "90 %"}),
    )


def _of_exchange(record: Record) -> list[str]:
    """Return what energy drift means where friction or inputs change the energy."""
    exchanged = record.median("rollout.exchanged_energy")
    if exchanged is None:
        return []
    return [
        f"friction and inputs exchange {number(exchanged)} energy scales along the true motion; "
        f"what they exchange along the model's own is no drift."
    ]


def _of_recording(record: Record) -> list[str]:
    """Return what must be known to read the figures of a recording."""
    notes = []
    if record.get("data.momentum_is_velocity"):
        notes.append("no mass was given: p stands for v, and every energy is one per unit mass.")
    change = record.median("rollout.recorded_energy_loss.learned.change_relative")
    if change is not None:
        kept = record.median("rollout.learned_energy_drift.rms_relative")
        notes.append(
            f"the recording itself does not keep the learned energy: along it, that changes by "
            f"{change:+.0%} of its scale from start to end; along the model's own motion by "
            f"{number(kept)} (rms)."
        )
    return notes


def test_sets_sheet(record: Record) -> Sheet:
    """Return the medians of each test set."""
    found = record.get("test_sets")
    sets = found if isinstance(found, Mapping) else {}
    quantities = (ENERGY_DRIFT, LEARNED_DRIFT, VALID_TIME, NON_FINITE)
    rows = []
    for name in sets:
        figures = [
            number(record.median(quantity.path.replace("rollout.", f"test_sets.{name}.", 1)))
            for quantity in quantities
        ]
        horizon = number(record.value(f"test_sets.{name}.horizon"))
        rows.append((name.replace("_", " "), horizon, *figures))
    unit = record.time_unit
    length = f"horizon ({unit})" if unit else "horizon"
    columns = ("test set", length, *(_label(quantity, unit) for quantity in quantities))
    return Sheet("Test sets, medians", columns, rows, numeric=frozenset(columns[1:]))


test_sets_sheet.__test__ = False  # pyright: ignore[reportFunctionMemberAccess]


def spread_sheet(record: Record) -> Sheet:
    """Return what the spread of an ensemble is worth as the uncertainty of its members."""
    meanings = {
        "rollout": "states along the members' rollouts, in rms states",
        "energy": "learned energies at the true states, up to a constant, in energy scales",
    }
    rows = []
    for name, meaning in meanings.items():
        if record.get(f"ensemble.{name}"):
            at = f"ensemble.{name}"
            figures = (
                record.median(f"{at}.spread"),
                record.median(f"{at}.error"),
                record.value(f"{at}.error_over_spread"),
                record.value(f"{at}.coverage"),
            )
            rows.append((name, *map(number, figures), meaning))
    found = record.get("ensemble.members")
    drifts = [
        drift["median"]
        for one in (found if isinstance(found, Sequence) else ())
        if (drift := one["energy_drift"]["rms_relative"]) is not None
    ]
    expected = number(record.value("ensemble.expected_coverage"))
    notes = [
        f"coverage: share of the truth between the least and the greatest member; {expected} if it "
        f"were drawn as they are. error over spread: 1 is calibrated, more is too sure."
    ]
    if drifts:
        notes.append(f"true energy drift of the members: {', '.join(map(number, drifts))}.")
    columns = ("what", "spread", "error of the mean", "error over spread", "coverage", "meaning")
    return Sheet(
        "Spread of the members, medians", columns, rows, notes, numeric=frozenset(columns[1:-1])
    )


def meaning_sheet(record: Record) -> Sheet:
    """Return what people of the field would measure, of the truth and of the model."""
    found = record.get("quantities")
    rows = []
    for name, quantity in found.items() if isinstance(found, Mapping) else ():
        unit = quantity["unit"]
        label = name.replace("_", " ") + (f" ({unit})" if unit else "")
        figures = (number(quantity[key], digits=5) for key in ("true", "model"))
        rows.append((label, *figures, quantity["meaning"]))
    columns = ("quantity", "true", "model", "meaning")
    return Sheet("What it means", columns, rows, numeric=frozenset({"true", "model"}))


def comparison_sheets(comparison: Comparison) -> list[Sheet]:
    """Return two tables with one row per group: the drift with its error bar, and what else."""
    keys = ("system", "model", *(name.split(".")[-1] for name in comparison.varying))
    drift = ("seeds", "mean ± 95 %", "median (min..max)", "over baseline", "non-finite")
    units = {record.time_unit for group in comparison.groups for record in group.records}
    unit = units.pop() if len(units) == 1 else "own unit"
    shown = [
        q
        for q in _BESIDE_DRIFT
        if any(_applies(r, q) for g in comparison.groups for r in g.records)
    ]
    rest = tuple(_label(quantity, unit).strip() for quantity in shown)
    return [
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
    ]


def _row(record: Record, quantity: Quantity) -> tuple[str, str, str, str]:
    middle = number(record.median(quantity.path))
    if quantity is NON_FINITE:
        middle = f"{middle} of {record.text('rollout.trajectories')}"
    tail = record.value(f"{quantity.path}.p90")
    label = _label(quantity, record.time_unit)
    return label, middle, "" if tail is None else number(tail), quantity.meaning


def _applies(record: Record, quantity: Quantity) -> bool:
    """Whether a quantity says something of a system: most have no constraints."""
    return quantity is not CONSTRAINTS or record.get("rollout.constraint_violation") is not None


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
