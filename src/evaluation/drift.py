"""A quick look at the energy drift, for use while a model is trained."""

from __future__ import annotations

import math

import torch

from ..data.trajectories import Trajectories
from ..integrators.base import Integrator
from ..metrics.energy import drift, kinetic_scale
from ..models.base import Dynamics
from ..systems.base import Kinematics, System
from .balance import balances
from .coordinates import Translation, where_finite
from .evaluation import CPU, moved
from .rollout import judged_copy, roll_out
from .scores import learned_energy


def energy_drift_of(
    model: Dynamics,
    kinematics: Kinematics,
    integrator: Integrator,
    truth: Trajectories,
    device: torch.device = CPU,
) -> float | None:
    """Return the median ``rms_relative`` energy drift of the model over a few true motions.

    Of the true energy where it is known, of the learned one otherwise; None for a model without an
    energy on a recording. Infinite when half of the rollouts break off.
    """
    judged = judged_copy(model, device)
    with torch.no_grad():
        translation = Translation(kinematics, judged)
        rollouts = roll_out(translation, integrator, moved(truth, device))
        if isinstance(kinematics, System):
            energies = [balances(r, translation)[0] for r in rollouts]
            scale = kinematics.energy_scale
        else:
            states = torch.cat([r.truth_states.flatten(end_dim=1) for r in rollouts])
            energy = learned_energy(judged, states)
            scale = None if energy is None else kinetic_scale(energy, states, judged.coordinates)
            if energy is None or scale is None:
                return None
            energies = [
                where_finite(energy, r.model_states) - r.model_impact_work for r in rollouts
            ]
        drifts = [drift(r.t, e, scale).rms for r, e in zip(rollouts, energies, strict=True)]
    ordered = torch.cat(drifts).nan_to_num(nan=math.inf).sort().values
    return float(ordered[len(ordered) // 2])
