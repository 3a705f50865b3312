"""How the energy error grows over time, over trajectories and seeds together."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from ..metrics.energy import drift
from ..metrics.statistics import statistics
from .group import Comparison
from .record import Record
from .rollouts import balance, read_main_set

Array = NDArray[np.float64]
Energies = Mapping[str, Array]
"""``t`` and the energies along ``model`` and ``truth`` ``[trajectories, time]``, in energy scales:
see :func:`relative_energies`."""

HORIZONS = 24
_POINTS = 400


@dataclass(frozen=True)
class Drift:
    """The relative energy error ``|H(x(t)) - H(x(0))| / scale`` over time."""

    t: Array
    """``[time]``, in the unit of the system."""
    median: Array
    """Over trajectories of all seeds; infinite where half of them broke off."""
    low: Array
    """The 10th percentile."""
    high: Array
    """The 90th percentile."""
    model: str
    label: str


@dataclass(frozen=True)
class Panel:
    """The models on one system."""

    system: str
    drifts: Sequence[Drift]
    reference: Drift | None
    """The same along the true motions: what the reference solution is worth."""
    training_horizon: float | None
    """None where the runs were trained on different ones."""
    time_unit: str = "s"


def energy_error(t: Array, energy: Array, scale: float, label: str = "", model: str = "") -> Drift:
    """Return the error of an energy ``[trajectories, time]`` at the times ``[time]``."""
    error = abs(energy - energy[:, :1]) / scale
    error = np.where(np.isnan(error), np.inf, error)  # broken off: worse than all others
    low, median, high = (
        np.quantile(error, level, axis=0, method="inverted_cdf") for level in (0.1, 0.5, 0.9)
    )
    return Drift(t, median, low, high, model, label)


def panels(comparison: Comparison) -> tuple[list[Panel], list[str]]:
    """Return the drift of each group from the rollouts of its runs, and what had to be left out."""
    found: dict[str, list[Drift]] = {}
    references: dict[str, Drift] = {}
    horizons: dict[str, set[float | None]] = {}
    units: dict[str, str] = {}
    left_out = []
    for group in comparison.groups:
        parts = []
        for record in group.records:
            try:
                parts.append(_read(record))
            except ValueError as error:
                left_out.append(str(error))
        usable = [part for part in parts if part is not None]
        if usable:
            drift = merged(usable, "model", group.model, group.label)
            found.setdefault(group.system, []).append(drift)
            truth = merged(usable, "truth", "truth", "truth")
            references.setdefault(group.system, truth)
            own = {record.value("data.horizon") for record in group.records}
            horizons.setdefault(group.system, set()).update(own)
            units[group.system] = group.records[0].time_unit
    result = []
    for system, drifts in found.items():
        horizon = horizons[system].pop() if len(horizons[system]) == 1 else None
        result.append(Panel(system, drifts, references[system], horizon, units[system]))
    return result, left_out


def _read(record: Record) -> dict[str, Array] | None:
    if record.get("rollout.reason"):
        return None
    return relative_energies(record, read_main_set(record.folder))


def relative_energies(record: Record, arrays: Mapping[str, Array]) -> dict[str, Array] | None:
    """Return ``t`` and the true energies along ``model`` and ``truth``, in energy scales.

    None where the true energy is not known.
    """
    scale = record.value("scales.energy")
    if scale is None or "true_energy_of_model" not in arrays:
        return None
    of = {whose: balance(arrays, f"true_energy_of_{whose}") for whose in ("model", "truth")}
    return {"t": arrays["t"], **{whose: energy / scale for whose, energy in of.items()}}


def drift_by_horizon(energies: Energies) -> tuple[Array, Array]:
    """Return horizons, evenly spaced on a log axis, and the median drift of rollouts up to them.

    The last is the drift of the record.
    """
    t, along = torch.from_numpy(energies["t"]), torch.from_numpy(energies["model"])
    counts = np.unique(np.geomspace(2, len(t), HORIZONS).round().astype(int))
    medians = [statistics(drift(t[:k], along[:, :k], 1.0).rms)["median"] for k in counts]
    return energies["t"][counts - 1], np.array([math.inf if m is None else m for m in medians])


def merged(parts: Sequence[Mapping[str, Array]], name: str, model: str, label: str) -> Drift:
    """Return the error over all trajectories, up to the shortest horizon of the runs."""
    end = min(part["t"][-1] for part in parts)
    first = parts[0]["t"]
    if all(np.array_equal(part["t"], first) for part in parts):
        return energy_error(first, np.concatenate([p[name] for p in parts]), 1.0, label, model)
    grid = np.linspace(0, end, _POINTS)
    rows = [np.interp(grid, part["t"], row) for part in parts for row in part[name]]
    return energy_error(grid, np.stack(rows), 1.0, label, model)
