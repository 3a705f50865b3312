"""The motions behind the figures, as arrays for pictures and for rollouts.npz."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from ..models.base import Dynamics
from ..systems.base import Kinematics, System
from .balance import exchanges_energy, work_on_model, work_on_truth
from .coordinates import Translation, where_finite
from .rollout import Rollout
from .scores import known_energy, learned_energy


def rollout_arrays(
    rollouts: list[Rollout], kinematics: Kinematics, model: Dynamics
) -> dict[str, np.ndarray]:
    """Return the motions of one test set, padded to the longest, in the order of the set.

    Always there: ``t [trajectories, time]``, ``mask``, ``truth`` and ``model``
    ``[trajectories, time, state]`` in the reference coordinates; padding repeats the last sample.
    Where they exist, ``[trajectories, time]``: ``true_energy_of_truth``, ``true_energy_of_model``,
    ``learned_energy_of_truth``, ``learned_energy_of_model``; of motions with friction or inputs,
    ``work_on_truth`` and ``work_on_model``, and the inputs ``u``; where impacts interrupt the
    motions, how much of an energy is their work: ``true_energy_of_model_by_impacts`` and the like.
    What broke off holds NaN.
    """
    length = max(len(r.t) for r in rollouts)
    order = torch.argsort(torch.cat([r.rows for r in rollouts]))
    columns: dict[str, list[Tensor]] = {}
    for r in rollouts:
        count = len(r.rows)
        missing = length - len(r.t)
        mask = torch.arange(length, device=r.t.device) < len(r.t)
        for name, values in _columns(r, kinematics, model).items():
            padding = values[:, -1:].expand(count, missing, *values.shape[2:])
            columns.setdefault(name, []).append(torch.cat((values, padding), dim=1))
        columns.setdefault("mask", []).append(mask.expand(count, length))
    return {name: torch.cat(parts).cpu()[order].numpy() for name, parts in columns.items()}


def _columns(r: Rollout, kinematics: Kinematics, model: Dynamics) -> dict[str, Tensor]:
    columns = {"t": r.t.expand(len(r.rows), -1), "truth": r.truth, "model": r.model}
    true = known_energy(kinematics)
    if true is not None:
        columns["true_energy_of_truth"] = true(r.truth)
        columns["true_energy_of_model"] = where_finite(true, r.model)
    if isinstance(kinematics, System) and exchanges_energy(kinematics, r.u):
        translation = Translation(kinematics, model)
        columns["work_on_truth"] = work_on_truth(r, translation)
        columns["work_on_model"] = work_on_model(r, translation)
    if r.u is not None:
        columns["u"] = r.u
    learned = learned_energy(model, r.truth_states)
    if learned is not None:
        columns["learned_energy_of_truth"] = learned(r.truth_states)
        columns["learned_energy_of_model"] = where_finite(learned, r.model_states)
    if r.model_impacts is not None:
        columns["true_energy_of_truth_by_impacts"] = r.truth_impact_work
        columns["true_energy_of_model_by_impacts"] = r.model_impact_work
        if learned is not None:
            columns["learned_energy_of_model_by_impacts"] = r.learned_impact_work(learned)
    return columns
