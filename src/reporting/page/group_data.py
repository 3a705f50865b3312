"""What a page holds of a group of runs: medians over seeds, and bands around them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..drift import Drift, Energies, drift_by_horizon, merged
from ..statistics import summarise
from .numbers import band
from .run_data import CURVE, TRAINING

Array = NDArray[np.float64]


def group_energy(parts: Sequence[Energies]) -> dict[str, Any]:
    """Return the energy error over time, over all rollouts of all seeds, and the drift by horizon.

    The first is the curve of ``compare``; the second the median and the range of the seeds.
    """
    if not parts:
        return {}
    energy = merged(parts, "model", "", "")
    horizon = over_seeds([drift_by_horizon(part) for part in parts])
    return {"energy": band(energy, CURVE), "horizon": band(horizon, CURVE)}


def reference(parts: Sequence[Energies]) -> dict[str, Any]:
    """Return the energy error of the true motions: what the reference solution is worth."""
    return {"energy": band(merged(parts, "truth", "", ""), CURVE)} if parts else {}


def group_training(runs: Sequence[dict[str, tuple[Array, Array]]]) -> dict[str, Any]:
    """Return each training curve over seeds: the median and the range."""
    names = dict.fromkeys(name for run in runs for name in run)
    return {
        "training": {
            name: band(over_seeds([run[name] for run in runs if name in run]), TRAINING)
            for name in names
        }
    }


def over_seeds(curves: Sequence[tuple[Array, Array]]) -> Drift:
    """Return the median and the range of some curves, at the places of the shortest one."""
    x, _ = min(curves, key=lambda one: one[0][-1])
    rows = np.stack([y if np.array_equal(at, x) else np.interp(x, at, y) for at, y in curves])
    found = [summarise(column) for column in rows.T.tolist()]

    def of(name: str) -> Array:
        values = (getattr(one, name) for one in found)
        return np.array([np.inf if value is None else value for value in values])

    return Drift(x, of("median"), of("minimum"), of("maximum"), "", "")
