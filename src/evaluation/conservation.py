"""What true motions conserve, and how well."""

from __future__ import annotations

import torch
from torch import Tensor

from ..data.trajectories import Trajectories
from ..metrics.constraints import violation
from ..metrics.energy import drift, invariant_scale
from ..metrics.statistics import Statistics, statistics
from ..systems.base import System
from ..systems.constrained import ConstrainedSystem
from .balance import exchanges_energy, true_work
from .rollout import true_states

VIOLATIONS = {"position": "constraints", "velocity": "constraint rates"}
"""What the violations of a constrained system are called in tables."""


def conservation(system: System, motions: Trajectories) -> dict[str, Statistics]:
    """Return the largest change of the energy and of each invariant along each motion.

    In energy scales, and in the size that an invariant of usual states would have; statistics over
    motions. Quantities without a scale are left out. What impacts did to the energy is no change.
    Where friction or inputs exchange energy, it is the energy less their work, and there is no
    other invariant. Of a constrained system, also the largest values of the constraints and of
    their rates, which should vanish.
    """
    states = true_states(motions)
    scales: dict[str, float | None] = {"energy": system.energy_scale}
    work = 0.0 if motions.impact_work is None else motions.impact_work
    values: dict[str, Tensor] = {"energy": system.hamiltonian(states) - work}
    exchanging = exchanges_energy(system, motions.u)
    if exchanging:
        values["energy"] = values["energy"] - _work(system, motions)
    for name, value in ({} if exchanging else system.invariants(states)).items():
        scales[name] = invariant_scale(system.invariant(name), states[motions.mask])
        values[name] = value
    largest = {
        name: [
            drift(t[mask], e[mask].unsqueeze(0), scale).largest
            for t, e, mask in zip(motions.t, values[name], motions.mask, strict=True)
            if mask.sum() > 1
        ]
        for name, scale in scales.items()
        if scale is not None
    }
    return {
        name: statistics(torch.cat(parts))
        for name, parts in (largest | _violations(system, motions)).items()
        if parts
    }


def _work(system: System, motions: Trajectories) -> Tensor:
    """Return the work ``[trajectories, time]``; motions of one data set share their times."""
    return true_work(system, motions.t[0], true_states(motions), motions.u)


def _violations(system: System, motions: Trajectories) -> dict[str, list[Tensor]]:
    """Return the largest size of constraints and of their rates along each motion."""
    if not isinstance(system, ConstrainedSystem):
        return {}
    return {
        VIOLATIONS[name]: [
            violation(value[mask].unsqueeze(0)).largest
            for value, mask in zip(values, motions.mask, strict=True)
        ]
        for name, values in system.violations(true_states(motions)).items()
    }
