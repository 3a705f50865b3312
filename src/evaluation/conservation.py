"""What true motions conserve, and how well."""

from __future__ import annotations

import torch
from torch import Tensor

from ..data.trajectories import Trajectories
from ..metrics.energy import drift, invariant_scale
from ..metrics.statistics import Statistics, statistics
from ..systems.base import System
from .rollout import true_states


def conservation(system: System, motions: Trajectories) -> dict[str, Statistics]:
    """Return the largest change of the energy and of each invariant along each motion.

    What impacts did to the energy is no change. In energy scales, and in the size that an invariant
    of usual states would have; statistics over motions. Quantities without a scale are left out.
    """
    states = true_states(motions)
    scales: dict[str, float | None] = {"energy": system.energy_scale}
    work = 0.0 if motions.impact_work is None else motions.impact_work
    values: dict[str, Tensor] = {"energy": system.hamiltonian(states) - work}
    for name, value in system.invariants(states).items():
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
    return {name: statistics(torch.cat(parts)) for name, parts in largest.items() if parts}
