"""What a page holds of one run: at most 15 kB, whatever the run is like."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..drift import Energies, drift_by_horizon, energy_error
from ..history import read_metrics, series
from ..quantities import SHOWN
from ..record import Record
from ..views import read_views
from .numbers import curve, level_lines, packed

Array = NDArray[np.float64]

CURVE, TRAINING, LEVELS, PATH = 160, 48, 240, 140
"""Points of the energy's curve, of each training curve, of all level sets
of an energy together, and of a path in the phase plane."""
MOTION = 360
"""Positions of all moving parts together."""
TRAINED = {
    "training": "train/loss",
    "validation": "validation/loss",
    "drift": "validation/energy_drift",
}
ENDED = ("completed", "finished")
PER_PERIOD = 30
"""Points of a path in one time scale, at most: a round orbit looks round."""
COSTS = {
    "seconds": "train.seconds",
    "parameters": "train.parameters",
    "evaluations": "rollout.cost.field_evaluations",
}


def figures(record: Record) -> dict[str, float | None]:
    """Return the numbers of a record that tables and scatter plots show."""
    shown = {quantity.name: record.median(quantity.path) for quantity in SHOWN}
    return shown | {name: record.value(path) for name, path in COSTS.items()}


def failures(record: Record) -> list[tuple[str, str]]:
    """Return what went wrong in a run that left a record, and how much of it."""
    found = []
    if record.text("run.status") not in ENDED:
        found.append(("not completed", f"ended as {record.text('run.status')}"))
    lost, count = record.value("rollout.non_finite"), record.text("rollout.trajectories")
    if lost:
        found.append(("rollouts lost", f"{lost:.0f} of {count} blew up to infinity or NaN"))
    skipped = record.value("train.skipped_steps")
    if skipped:
        found.append(("steps skipped", f"{skipped:.0f} with gradients that were not finite"))
    return found


def energy_curves(energies: Energies | None) -> dict[str, Any]:
    """Return a run's energy error over time, median over rollouts, and its drift by horizon."""
    if energies is None:
        return {}
    error = energy_error(energies["t"], energies["model"], 1.0)
    horizons, drifts = drift_by_horizon(energies)
    return {
        "energy": curve(error.t, error.median, CURVE),
        "horizon": {"x": packed(horizons), "y": packed(drifts)},
    }


def training_series(record: Record) -> dict[str, tuple[Array, Array]]:
    """Return the training curves of a run against its steps; none of a point or less."""
    try:
        metrics = read_metrics(record.file("metrics.csv"))
    except (ValueError, OSError):  # a model without weights, or a run that is being written
        return {}
    found = {name: series(metrics, column) for name, column in TRAINED.items()}
    return {name: one for name, one in found.items() if one is not None and len(one[0]) > 1}


def training_curves(record: Record) -> dict[str, Any]:
    """Return the training curves of a run, thinned."""
    found = training_series(record)
    return {"training": {name: curve(x, y, TRAINING) for name, (x, y) in found.items()}}


def view_data(record: Record) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return what there is to see of the model, and of the truth beside it under its own hash.

    The truth is the same for all runs that were asked the same, and is kept once.
    """
    try:
        views = read_views(record.folder)
    except ValueError:
        return {}, {}
    mine: dict[str, Any] = {}
    true: dict[str, Any] = {}
    if "portrait" in views:
        mine["portrait"], true["portrait"] = _portrait(views["portrait"], _per_period(record))
    if "motion" in views:
        mine["motion"], true["motion"] = _motion(views["motion"])
    key = hashlib.sha256(json.dumps(true).encode()).hexdigest()[:12]
    return {**mine, "truth": key}, {key: true}


def _per_period(record: Record) -> float:
    """Return how many samples of a rollout one time scale of its system holds."""
    scale, step = record.value("scales.time"), record.value("data.step")
    return scale / step if scale and step else PER_PERIOD


def _portrait(view: Mapping[str, NDArray], samples: float) -> tuple[dict[str, str], dict[str, Any]]:
    levels = view["levels"].tolist()
    apart = max(1, round(samples / PER_PERIOD))

    def of(energy: str, path: str) -> dict[str, str]:
        q, p = view["q"], view["p"]
        known = energy in view
        drawn = level_lines(q, p, view[energy].astype(float), levels, LEVELS) if known else []
        return {"levels": packed(drawn), "path": packed(view[path][0, ::apart][:PATH])}

    frame = {
        "names": view["names"].tolist(),
        "fixed": [
            [name, float(f"{value:.3g}")]
            for name, value in zip(view["fixed_names"].tolist(), view["fixed_values"], strict=True)
        ][:5],
        "box": [float(f"{view[axis][end]:.4g}") for axis in ("q", "p") for end in (0, -1)],
    }
    return of("learned_energy", "path_model"), {**frame, **of("true_energy", "path_truth")}


def _motion(view: Mapping[str, NDArray]) -> tuple[dict[str, str], dict[str, Any]]:
    fixed = set(view["fixed"].tolist())
    moving = [i for i in range(view["truth"].shape[1]) if i not in fixed]
    count = max(2, min(len(view["t"]), MOTION // max(1, len(moving))))
    frame = {
        "t": packed(view["t"][:count]),
        "links": view["links"].tolist(),
        "fixed": sorted(fixed),
        "standing": [[float(f"{x:.4g}") for x in view["truth"][0, i]] for i in sorted(fixed)],
        "axes": view["axes"].tolist(),
        "trails": bool(view["trails"]),
        "points": view["truth"].shape[1],
    }
    model, truth = ({"at": packed(view[w][:count, moving])} for w in ("model", "truth"))
    return model, {**frame, **truth}
