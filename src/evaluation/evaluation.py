"""Rollouts and metrics make a record."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor

from ..data.trajectories import Trajectories
from ..integrators.base import Integrator
from ..metrics.trajectory import Ruler
from ..models.base import Dynamics
from ..models.ensemble import Ensemble
from ..systems.base import Kinematics, System
from .arrays import rollout_arrays
from .coordinates import Translation
from .curves import curves_record
from .derivative import derivative_record
from .ensemble import ensemble_record
from .geometry import geometry, geometry_times
from .quantities import quantities_record
from .rollout import judged_copy, roll_out
from .scales import energy_scale, time_scale
from .scores import scores
from .settings import BoundaryValue, EvaluationSettings

CPU = torch.device("cpu")


@dataclass(frozen=True)
class Evaluation:
    """What a model is worth, and the motions that show it."""

    record: dict[str, object]
    """The parts ``test``, ``scales``, ``rollout``, ``test_sets``, ``quantities``, ``curves`` and
    ``ensemble`` of ``summary.json``.

    Every figure is None where it has no meaning for the model, and never NaN. ``rollout`` repeats
    the first test set: ``in_distribution``, or ``held_out`` for recordings. Where none are made,
    its figures are None, and ``rollout.reason`` says why.
    """
    rollouts: dict[str, dict[str, np.ndarray]]
    """Per test set, the arrays of :func:`rollout_arrays`; nothing where no rollouts are made."""


_OF_ROLLOUTS = (
    "horizon horizon_over_training trajectories non_finite energy_drift exchanged_energy "
    "learned_energy_drift learned_energy_agreement invariants constraint_violation trajectory "
    "recorded_energy_loss geometry cost"
)
NO_ROLLOUT = {**dict.fromkeys(_OF_ROLLOUTS.split()), "reason": BoundaryValue.reason}
"""What a record says of rollouts where none are made."""


def evaluate(
    model: Dynamics,
    kinematics: Kinematics,
    integrator: Integrator,
    test_sets: Mapping[str, Trajectories],
    test: Trajectories | None = None,
    settings: EvaluationSettings | BoundaryValue | None = None,
    training_horizon: float | None = None,
    device: torch.device = CPU,
) -> Evaluation:
    """Judge a model against true motions, in the reference coordinates and in float64.

    ``test_sets`` hold the motions that rollouts are compared with, the main one first; ``test`` the
    measured states and derivatives at which the field is judged; ``training_horizon`` is the length
    of the training motions, in s. The model itself is left as it was. With the settings
    ``BoundaryValue`` there are no test sets and no rollouts.

    Raises:
        ValueError: if there is no test set and should be one, or one holds no motion.
    """
    settings = settings or EvaluationSettings()
    if isinstance(settings, BoundaryValue):
        test_sets = {}
    elif not test_sets:
        raise ValueError("test_sets must hold one set of motions at least; got none.")
    judged = judged_copy(model, device)
    translation = Translation(kinematics, judged)
    records: dict[str, dict[str, object]] = {}
    arrays: dict[str, dict[str, np.ndarray]] = {}
    period = kinematics.time_scale if isinstance(kinematics, System) else None
    with torch.no_grad():
        for name, motions in test_sets.items():
            assert isinstance(settings, EvaluationSettings)
            test_set = moved(motions, device)
            rollouts = roll_out(translation, integrator, test_set)
            longest = max(rollouts, key=lambda r: r.horizon)
            states = torch.cat([r.truth.flatten(end_dim=1) for r in rollouts])
            period = period or time_scale(kinematics, states, longest.horizon)
            records[name] = {
                "horizon": longest.horizon,
                "horizon_over_training": longest.horizon / training_horizon
                if training_horizon
                else None,
                **scores(rollouts, kinematics, judged, recorded=motions.clean is None),
                "geometry": geometry(
                    translation,
                    integrator,
                    states,
                    Ruler.of(states, kinematics.spec),
                    geometry_times(longest.t, period, whole=not translation.has_rates),
                    settings.geometry_starts,
                ),
            }
            arrays[name] = rollout_arrays(rollouts, kinematics, judged)
        held = None if test is None else moved(test, device)
        record = {
            "test": derivative_record(translation, held),
            "scales": {
                "energy": energy_scale(kinematics),
                "time": period,
                "time_unit": kinematics.time_unit,
            },
            "rollout": next(iter(records.values()), NO_ROLLOUT),
            "test_sets": records,
            "quantities": quantities_record(
                translation, integrator, device, inputs=bool(judged.spec.inputs)
            ),
            "curves": curves_record(judged_copy(model, CPU), kinematics),
            "ensemble": None,
        }
        if isinstance(judged, Ensemble) and test_sets:
            main = moved(next(iter(test_sets.values())), device)
            record["ensemble"] = ensemble_record(judged, kinematics, integrator, main, held)
    return Evaluation(record, arrays)


def moved(motions: Trajectories, device: torch.device) -> Trajectories:
    """Return the same motions in float64 on another device."""

    def move(tensor: Tensor) -> Tensor:
        return tensor.to(device=device, dtype=torch.float64)

    return replace(
        motions,
        t=move(motions.t),
        x=move(motions.x),
        mask=motions.mask.to(device),
        dx=None if motions.dx is None else move(motions.dx),
        clean=None if motions.clean is None else move(motions.clean),
        u=None if motions.u is None else move(motions.u),
        piece=None if motions.piece is None else motions.piece.to(device),
        impact_work=None if motions.impact_work is None else move(motions.impact_work),
    )
