"""What the members of an ensemble are worth, and what their spread."""

from __future__ import annotations

from dataclasses import asdict

import torch
from torch import Tensor

from ..data.trajectories import Trajectories
from ..integrators.base import Integrator
from ..metrics.spread import calibration, expected_coverage
from ..metrics.trajectory import Ruler
from ..models.base import Dynamics
from ..models.ensemble import Ensemble
from ..systems.base import Kinematics, System
from .coordinates import Translation
from .derivative import derivative_record
from .rollout import Rollout, roll_out
from .scores import learned_energy, scores


def ensemble_record(
    ensemble: Ensemble,
    kinematics: Kinematics,
    integrator: Integrator,
    test_set: Trajectories,
    test: Trajectories | None,
) -> dict[str, object]:
    """Judge each member as a model of its own, and the spread of all as their uncertainty.

    ``rollout`` compares the states of the members' motions, in units of the rms state; ``energy``
    compares learned energies at the true states, up to a constant, in energy scales; None where
    there are none.
    """
    members = ensemble.members()
    motions = [roll_out(Translation(kinematics, one), integrator, test_set) for one in members]
    records = []
    for one, rollouts in zip(members, motions, strict=True):
        whole = scores(rollouts, kinematics, one, recorded=test_set.clean is None)
        kept = {key: whole[key] for key in ("energy_drift", "trajectory", "non_finite")}
        records.append(kept | derivative_record(Translation(kinematics, one), test))
    truth = torch.cat([r.truth.flatten(end_dim=1) for r in motions[0]])
    ruler = Ruler.of(truth, kinematics.spec)
    return {
        "members": records,
        "expected_coverage": expected_coverage(len(members)),
        "rollout": asdict(calibration(_path_errors(motions, ruler))),
        "energy": _energy_calibration(members, motions, kinematics),
    }


def _path_errors(motions: list[list[Rollout]], ruler: Ruler) -> Tensor:
    """Return the errors of all members, ``[members, trajectories, values]``; NaN as padding."""
    errors = [
        [ruler.difference(r.model, r.truth).flatten(1) for r in rollouts] for rollouts in motions
    ]
    longest = max(part.shape[1] for part in errors[0])
    return torch.stack([_joined(parts, longest) for parts in errors])


def _energy_calibration(
    members: list[Dynamics], motions: list[list[Rollout]], kinematics: Kinematics
) -> dict[str, object] | None:
    if not isinstance(kinematics, System) or members[0].learns != "hamiltonian":
        return None
    errors = []
    for one, rollouts in zip(members, motions, strict=True):
        energy = learned_energy(one, rollouts[0].truth_states)
        assert energy is not None
        parts = [energy(r.truth_states) - kinematics.hamiltonian(r.truth) for r in rollouts]
        middle = torch.cat([part.flatten() for part in parts]).mean()
        longest = max(part.shape[1] for part in parts)
        errors.append((_joined(parts, longest) - middle) / kinematics.energy_scale)
    return asdict(calibration(torch.stack(errors)))


def _joined(parts: list[Tensor], length: int) -> Tensor:
    """Return rows of several groups one below the other, filled up with NaN."""
    pad = torch.nn.functional.pad
    return torch.cat([pad(part, (0, length - part.shape[1]), value=torch.nan) for part in parts])
