"""The figures of one test set, per motion and then as the record shows them."""

from __future__ import annotations

from dataclasses import dataclass, field

import torch
from torch import Tensor

from ..mechanics.hamiltonian import Energy
from ..metrics.agreement import energy_agreement
from ..metrics.constraints import violation
from ..metrics.energy import drift, energy_error, invariant_scale, kinetic_scale
from ..metrics.statistics import Statistics, number, statistics
from ..metrics.trajectory import (
    Ruler,
    geometric_mean_relative_error,
    squared_error,
    valid_prediction_time,
)
from ..models.base import Dynamics
from ..systems.base import Kinematics, System
from ..systems.constrained import ConstrainedSystem
from .balance import balances, exchanges_energy, work_on_truth
from .coordinates import Translation, where_finite
from .rollout import Rollout

Figure = Statistics | None
"""Statistics over motions; None where the figure has no meaning."""

DRIFT = {"rms_relative": "rms", "max_relative": "largest"}
STEADY_DRIFT = {**DRIFT, "secular_relative": "change"}


@dataclass
class Columns:
    """Figures per motion, collected over rollouts on different time grids."""

    values: dict[str, list[Tensor]] = field(default_factory=dict)

    def add(self, name: str, values: Tensor) -> None:
        """Append the figures of further motions."""
        self.values.setdefault(name, []).append(values)

    def get(self, name: str) -> Tensor | None:
        """Return the figure of all motions; None if it was never computed."""
        return torch.cat(self.values[name]) if name in self.values else None

    def statistics(self, name: str) -> Figure:
        """Return the statistics of the figure's size; None if it was never computed."""
        values = self.get(name)
        return None if values is None else statistics(values.abs())


def known_energy(kinematics: Kinematics) -> Energy | None:
    """Return the true energy of reference states; None for recordings."""
    return kinematics.hamiltonian if isinstance(kinematics, System) else None


def learned_energy(model: Dynamics, states: Tensor) -> Energy | None:
    """Return the learned energy of states in the model's coordinates; None for a baseline."""
    if model.energy(states[..., :1, :]) is None:
        return None

    def energy(x: Tensor, t: Tensor | None = None) -> Tensor:
        values = model.energy(x)
        assert values is not None
        return values

    return energy


def scores(
    rollouts: list[Rollout], kinematics: Kinematics, model: Dynamics, recorded: bool
) -> dict[str, object]:
    """Return the figures that compare motions: drifts, agreement, errors and costs.

    ``recorded`` tells that the truth is a recording, which need not keep its energy either.
    """
    truth = _flat([r.truth for r in rollouts])
    ruler = Ruler.of(truth, kinematics.spec)
    columns = Columns()
    capped = 0
    for r in rollouts:
        columns.add("non_finite", (~torch.isfinite(r.model)).any(dim=(1, 2)).double())
        columns.add("mse", squared_error(r.model, r.truth, ruler))
        columns.add("geometric", geometric_mean_relative_error(r.model, r.truth, ruler))
        valid = valid_prediction_time(r.t, r.model, r.truth, ruler)
        columns.add("valid", valid.time)
        capped += int(valid.capped.sum())
    names = _add_true(columns, rollouts, kinematics, model)
    agreement = _add_learned(columns, rollouts, kinematics, model)
    non_finite = columns.get("non_finite")
    assert non_finite is not None
    return {
        "trajectories": len(non_finite),
        "non_finite": int(non_finite.sum()),
        "energy_drift": {
            **_drift_record(columns, "energy", STEADY_DRIFT),
            "mse": columns.statistics("energy_mse"),
        },
        "exchanged_energy": columns.statistics("exchanged"),
        "learned_energy_drift": _drift_record(columns, "learned", DRIFT),
        "learned_energy_agreement": agreement,
        "invariants": {
            name: _drift_record(columns, f"invariant.{name}", STEADY_DRIFT) for name in names
        },
        "constraint_violation": _violation_record(columns, rollouts, kinematics),
        "trajectory": {
            "mse": columns.statistics("mse"),
            "geometric_mean_relative_error": columns.statistics("geometric"),
            "valid_prediction_time": {**(columns.statistics("valid") or {}), "capped": capped},
        },
        "recorded_energy_loss": _loss_record(columns) if recorded else None,
        "cost": {
            "field_evaluations": sum(r.field_evaluations for r in rollouts),
            "seconds": sum(r.seconds for r in rollouts),
        },
    }


def _add_true(
    columns: Columns, rollouts: list[Rollout], kinematics: Kinematics, model: Dynamics
) -> list[str]:
    """Add what the true energy and the invariants say; return the names of the invariants.

    Where friction or inputs exchange energy, its drift is what their work does not explain, and
    nothing else is promised to be conserved.
    """
    if not isinstance(kinematics, System):
        return []
    truth = _flat([r.truth for r in rollouts])
    translation = Translation(kinematics, model)
    both = [(r.t, *balances(r, translation)) for r in rollouts]
    scale = kinematics.energy_scale
    _add_drifts(columns, "energy", [(t, ours) for t, ours, _ in both], scale)
    _add_drifts(columns, "energy_on_truth", [(t, theirs) for t, _, theirs in both], scale)
    for r in rollouts:
        ours = where_finite(kinematics.hamiltonian, r.model)
        columns.add("energy_mse", energy_error(ours, kinematics.hamiltonian(r.truth)))
    if any(exchanges_energy(kinematics, r.u) for r in rollouts):
        for r in rollouts:
            exchanged = work_on_truth(r, translation).abs().amax(dim=1)
            columns.add("exchanged", exchanged / kinematics.energy_scale)
        return []
    names = list(kinematics.invariants(truth[:1]))
    for name in names:
        invariant = kinematics.invariant(name)
        _add_drifts(
            columns,
            f"invariant.{name}",
            [(r.t, where_finite(invariant, r.model)) for r in rollouts],
            invariant_scale(invariant, truth),
        )
    return names


def _add_learned(
    columns: Columns, rollouts: list[Rollout], kinematics: Kinematics, model: Dynamics
) -> dict[str, float | None]:
    """Add what the learned energy says; return its agreement with the true one."""
    nothing: dict[str, float | None] = {"r2": None, "scale": None}
    states = _flat([r.truth_states for r in rollouts])
    energy = learned_energy(model, states)
    if energy is None:
        return nothing
    scale = kinetic_scale(energy, states, model.coordinates)
    along_model = [
        (r.t, where_finite(energy, r.model_states) - r.learned_impact_work(energy))
        for r in rollouts
    ]
    _add_drifts(columns, "learned", along_model, scale)
    along_truth = [(r.t, energy(r.truth_states)) for r in rollouts]
    _add_drifts(columns, "learned_on_truth", along_truth, scale)
    if not isinstance(kinematics, System):
        return nothing
    truth = _flat([r.truth for r in rollouts])
    agreement = energy_agreement(energy(states), kinematics.hamiltonian(truth))
    if agreement is None:
        return nothing
    return {"r2": number(agreement.r2), "scale": number(agreement.scale)}


def _add_drifts(
    columns: Columns, name: str, paths: list[tuple[Tensor, Tensor]], scale: float | None
) -> None:
    """Add the three figures of a drift along ``(t, e)``; none where there is no scale."""
    if scale is None:
        return
    for t, e in paths:
        drifts = drift(t, e, scale)
        columns.add(f"{name}.rms", drifts.rms)
        columns.add(f"{name}.largest", drifts.largest)
        columns.add(f"{name}.change", drifts.change)


def _drift_record(columns: Columns, name: str, figures: dict[str, str]) -> dict[str, Figure]:
    return {key: columns.statistics(f"{name}.{figure}") for key, figure in figures.items()}


def _violation_record(
    columns: Columns, rollouts: list[Rollout], kinematics: Kinematics
) -> dict[str, dict[str, Figure]] | None:
    """Return how far rollouts are from the constraints and their rates; None without any.

    In the scales of the system.
    """
    if not isinstance(kinematics, ConstrainedSystem):
        return None
    names = tuple(kinematics.violations(rollouts[0].truth[:, 0]))
    for r in rollouts:
        for name in names:
            residual = where_finite(lambda x, name=name: kinematics.violations(x)[name], r.model)
            sizes = violation(residual)
            columns.add(f"constraints.{name}.rms", sizes.rms)
            columns.add(f"constraints.{name}.largest", sizes.largest)
    return {name: _drift_record(columns, f"constraints.{name}", DRIFT) for name in names}


def _loss_record(columns: Columns) -> dict[str, dict[str, Figure]]:
    """Return how much of the energy the recording itself loses, to be read beside the drifts.

    ``change_relative`` is signed: that of the straight line through the energy over the recording.
    """

    def record(name: str) -> dict[str, Figure]:
        change = columns.get(f"{name}.change")
        return {
            "change_relative": None if change is None else statistics(change),
            **_drift_record(columns, name, DRIFT),
        }

    return {"learned": record("learned_on_truth"), "true": record("energy_on_truth")}


def _flat(paths: list[Tensor]) -> Tensor:
    return torch.cat([path.reshape(-1, path.shape[-1]) for path in paths])
