"""What follows from the energy of a model beside its motions: prices, smiles, schedules."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor

from ..applications.curve import Curve, Freedom
from ..applications.curves import curves
from ..mechanics.hamiltonian import Energy
from ..mechanics.legendre import IrregularError
from ..metrics.statistics import number
from ..models.base import Dynamics
from ..systems.base import Kinematics


def curves_record(model: Dynamics, kinematics: Kinematics) -> dict[str, dict[str, object]]:
    """Return each curve of a system by name, of a model on the CPU in float64.

    ``model`` and ``error`` are None, and ``reason`` says why, where the model has no energy that
    its motions determine, and where none of the points has a number. A point without one is None.
    """
    found = curves(kinematics)
    if not found:
        return {}
    energies: dict[Freedom | None, tuple[Energy | None, str | None]] = {}
    energy = None
    for freedom in (None, "scale", "gauge"):  # what is determined more than is needed will do
        why = None
        if energy is None:
            energy, why = _energy(model, freedom)
        energies[freedom] = energy, why
    return {name: _record(curve, *energies[curve.up_to]) for name, curve in found.items()}


def _energy(model: Dynamics, freedom: Freedom | None) -> tuple[Energy | None, str | None]:
    """Return the energy that motions determine but for a freedom, or why they do not."""
    try:
        return (model.energy_up_to(freedom) if freedom else model.determined_energy()), None
    except ValueError as error:
        return None, str(error)


def _record(curve: Curve, energy: Energy | None, reason: str | None) -> dict[str, object]:
    values = None
    if energy is not None:
        try:
            values = curve.of(energy)
        except IrregularError as error:  # a learned Lagrangian may bend
            reason = str(error)
    if values is not None and not bool(values.isfinite().any()):
        values, reason = None, "the learned energy has no such number inside its training box."
    return {
        "meaning": curve.meaning,
        "axis": curve.axis,
        "points": _numbers(curve.points),
        "unit": curve.unit,
        "exact": _numbers(curve.exact),
        "source": curve.source,
        "model": None if values is None else _numbers(values),
        "error": None if values is None else _error(curve, values),
        "others": {name: _numbers(other) for name, other in curve.others.items()},
        "reason": reason,
    }


def _error(curve: Curve, values: Tensor) -> Mapping[str, object]:
    """Return errors at each point, their rms and the largest, and how many points have none."""
    by_point = curve.errors(values)
    held = by_point[by_point.isfinite()]
    return {
        "by_point": _numbers(by_point),
        "rms": number(float(held.square().mean().sqrt())),
        "max": number(float(held.abs().max())),
        "missing": len(by_point) - len(held),
        "unit": curve.error_unit or curve.unit,
    }


def _numbers(values: Tensor) -> list[float | None]:
    finite = torch.isfinite(values).tolist()
    return [value if there else None for value, there in zip(values.tolist(), finite, strict=True)]
