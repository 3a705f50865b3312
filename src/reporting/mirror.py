"""What a tracker is told of a finished run: one schema, made of the same numbers as our pages."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .curves import curves_of
from .drift import drift_by_horizon, energy_error, relative_energies
from .page.numbers import level_lines
from .portrait import Portrait
from .quantities import ENERGY_DRIFT
from .record import Record
from .subject import Subject
from .tracking import ENERGY, HORIZON, Tracker

Array = NDArray[np.float64]
Rows = list[dict[str, Any]]
ROLLOUTS, INVARIANTS, PORTRAIT = "rollouts", "invariants", "phase_portrait"
CURVES = "curves"
"""Tables: a row per motion; per conserved quantity; per point of a level set or of a path, and of
what follows from the energy."""
LEVELS, PATH = 900, 300
"""Points of the level sets of an energy, and of a path."""


def mirror(
    tracker: Tracker,
    record: Record,
    subject: Subject,
    portrait: Portrait | None,
    figures: Mapping[str, Path],
) -> None:
    """Tell a tracker all that is known of a run."""
    arrays = subject.arrays if subject.rolled_out else None
    energies = None if arrays is None else relative_energies(record, arrays)
    if energies is not None:
        error = energy_error(energies["t"], energies["model"], 1.0)
        tracker.log_curve(ENERGY, error.t, error.median)
        tracker.log_curve(HORIZON, *drift_by_horizon(energies))
    tracker.log_figures(figures)
    tables = {
        ROLLOUTS: [] if arrays is None else _rollouts(arrays, energies),
        INVARIANTS: [] if arrays is None else _invariants(record),
        CURVES: _curves(record),
        PORTRAIT: [] if portrait is None else _portrait(portrait),
    }
    whose = {name: record.get(f"run.{name}") for name in ("system", "model", "seed")}
    for name, rows in tables.items():
        tracker.log_table(name, [whose | row for row in rows])
    tracker.log_summary(record)


def _rollouts(arrays: Mapping[str, Array], energies: Mapping[str, Array] | None) -> Rows:
    error = np.linalg.norm(arrays["model"] - arrays["truth"], axis=-1)
    rows: Rows = [
        {"trajectory": k, "final_error": float(row[-1]), "finite": bool(np.isfinite(row).all())}
        for k, row in enumerate(error)
    ]
    if energies is not None:
        along = energies["model"]
        change = np.sqrt(np.mean((along - along[:, :1]) ** 2, axis=1))
        for row, value in zip(rows, change, strict=True):
            row["energy_drift_rms"] = float(value)
    return rows


def _curves(record: Record) -> Rows:
    return [
        {"curve": curve.name, "at": float(point), "exact": _held(exact), "model": _held(value)}
        for curve in curves_of(record)
        if curve.model is not None
        for point, exact, value in zip(curve.points, curve.exact, curve.model, strict=True)
    ]


def _held(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None


def _invariants(record: Record) -> Rows:
    others = record.get("rollout.invariants")
    paths = {"energy": ENERGY_DRIFT.path.rpartition(".")[0]}
    paths |= {name: f"rollout.invariants.{name}" for name in others or ()}  # type: ignore[union-attr]
    return [
        {
            "invariant": name,
            "rms": record.median(f"{path}.rms_relative"),
            "rms_p90": record.value(f"{path}.rms_relative.p90"),
            "max": record.median(f"{path}.max_relative"),
        }
        for name, path in paths.items()
        if record.get(path) is not None
    ]


def _portrait(portrait: Portrait) -> Rows:
    """Return level sets and the first path where they meet the plane: points in order, by line."""
    chains = {"truth": portrait.path_truth[0][:PATH], "model": portrait.path_model[0][:PATH]}
    plane, levels = portrait.plane, portrait.levels.tolist()
    for whose, energy in (("true", portrait.true_energy), ("learned", portrait.learned_energy)):
        if energy is not None:
            chains[f"level sets, {whose}"] = level_lines(plane.q, plane.p, energy, levels, LEVELS)
    low, high = ([f(axis) for axis in (plane.q, plane.p)] for f in (np.min, np.max))
    rows: Rows = []
    for name, chain in chains.items():
        whole = ((chain >= low) & (chain <= high)).all(axis=1)  # NaN, a gap between lines, is not
        lines = np.cumsum(~whole)
        rows += [
            {"curve": name, "line": f"{name} {lines[k]}", "point": int(k), "q": q, "p": p}
            for k, (q, p) in enumerate(chain.tolist())
            if whole[k]
        ]
    return rows
