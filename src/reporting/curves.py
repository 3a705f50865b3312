"""The curves of a record: what follows from the energy of a model, beside what it should be."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .record import Record
from .sheet import Sheet, number

Array = NDArray[np.float64]


@dataclass(frozen=True)
class ShownCurve:
    """One curve, with NaN where it has no number."""

    name: str
    """In words."""
    meaning: str
    axis: str
    points: Array
    unit: str
    exact: Array
    source: str
    model: Array | None
    """None where the energy of the model is not determined: see ``reason``."""
    errors: Array | None
    error_unit: str
    rms: float | None
    largest: float | None
    others: Mapping[str, Array]
    reason: str

    @property
    def titled(self) -> str:
        """The name with its unit."""
        return f"{self.name} ({self.unit})" if self.unit else self.name


def curves_of(record: Record) -> list[ShownCurve]:
    """Return the curves of a run; most systems have none."""
    found = record.get("curves")
    return [_curve(name, one) for name, one in (found or {}).items()]  # pyright: ignore[reportAttributeAccessIssue]


def curves_sheet(record: Record) -> Sheet:
    """Return how far each curve of a run is from what it should be."""
    rows, notes = [], {}
    for curve in curves_of(record):
        ends = f"{number(curve.points[0])} to {number(curve.points[-1])}"
        unit = f" {curve.error_unit}".rstrip()
        figures = [
            "-" if value is None else f"{number(value)}{unit}"
            for value in (curve.rms, curve.largest)
        ]
        rows.append((curve.titled, f"{ends}, {curve.axis}", *figures, curve.meaning))
        notes |= {curve.reason: None} if curve.reason else {}
        if curve.errors is not None and not np.isfinite(curve.errors).all():
            lost = int((~np.isfinite(curve.errors)).sum())
            notes[f"{curve.name}: {lost} of {len(curve.errors)} points have no number."] = None
    columns = ("curve", "at", "rms error", "largest", "meaning")
    return Sheet(
        "What follows from the energy",
        columns,
        rows,
        tuple(notes),
        frozenset({"rms error", "largest"}),
    )


def error_of(record: Record, name: str) -> float | None:
    """Return the rms error of a curve of a run; None where there is none."""
    return next((curve.rms for curve in curves_of(record) if curve.name == name), None)


def _curve(name: str, one: Mapping[str, Any]) -> ShownCurve:
    error = one["error"] or {}
    return ShownCurve(
        name=name.replace("_", " "),
        meaning=one["meaning"],
        axis=one["axis"],
        points=_array(one["points"]),
        unit=one["unit"],
        exact=_array(one["exact"]),
        source=one["source"],
        model=None if one["model"] is None else _array(one["model"]),
        errors=_array(error["by_point"]) if error else None,
        error_unit=error.get("unit", ""),
        rms=error.get("rms"),
        largest=error.get("max"),
        others={other: _array(values) for other, values in one["others"].items()},
        reason=one["reason"] or "",
    )


def _array(values: list[float | None]) -> Array:
    return np.array([np.nan if value is None else value for value in values], dtype=float)
