"""What the tables say of one data set and of one run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ..data.trajectories import Trajectories
from ..metrics.statistics import Statistics
from .curves import curves_sheet
from .quantities import (
    ENERGY_DRIFT,
    LEARNED_DRIFT,
    NON_FINITE,
    SHOWN,
    VALID_TIME,
    Quantity,
)
from .record import Record
from .sheet import Sheet, number

_CONSERVED = {
    "constraints": "largest along a motion, over lengths of the parts; 0 is satisfied",
    "constraint rates": "the same for their rates of change, in time scales",
}


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


def run_sheets(record: Record) -> list[Sheet]:
    """Return the tables at the end of one run: its results, each test set, and what it means."""
    sheets = [run_sheet(record)]
    sheets += [test_sets_sheet(record)] if record.get("test_sets") else []
    sheets += [spread_sheet(record)] if record.get("ensemble") else []
    sheets += [meaning_sheet(record)] if record.get("quantities") else []
    return [*sheets, curves_sheet(record)] if record.get("curves") else sheets


def run_sheet(record: Record) -> Sheet:
    """Return the results of one run, in words that a newcomer understands."""
    reason = record.get("rollout.reason")
    return Sheet(
        title=f"{record.text('run.model')} on {record.text('run.system')}, "
        f"seed {record.text('run.seed')}: {_rollouts(record)}",
        columns=("quantity", "median", "90 %", "meaning"),
        rows=[_row(record, quantity) for quantity in SHOWN if quantity.applies(record)],
        notes=(
            f"{reason}."
            if reason
            else "median and 90th percentile over rollouts; - where the model or the data have no "
            "such figure.",
            *_of_exchange(record),
            *_of_recording(record),
        ),
        numeric=frozenset({"median", "90 %"}),
    )


def _rollouts(record: Record) -> str:
    """Return how far the model was followed, in words."""
    if record.get("rollout.reason"):
        return "no rollouts"
    horizon = _time(record.value("rollout.horizon"), record.time_unit)
    ratio = number(record.value("rollout.horizon_over_training"))
    count = record.text("rollout.trajectories")
    return f"{count} rollouts of {horizon}, {ratio} times the training horizon"


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
    columns = ("test set", length, *(quantity.titled(unit) for quantity in quantities))
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


def _row(record: Record, quantity: Quantity) -> tuple[str, str, str, str]:
    middle = number(record.median(quantity.path))
    if quantity is NON_FINITE:
        middle = f"{middle} of {record.text('rollout.trajectories')}"
    tail = record.value(f"{quantity.path}.p90")
    label = quantity.titled(record.time_unit)
    return label, middle, "" if tail is None else number(tail), quantity.meaning
