"""From what was measured to states and rates in the reference coordinates."""

from __future__ import annotations

import torch
from torch import Tensor

from ..systems.base import Kinematics
from .estimator import Estimator
from .recordings import Recording
from .splits import SHORTEST
from .trajectories import Motion


def motion(recording: Recording, kinematics: Kinematics, rates: Estimator | None) -> Motion:
    """Return a stretch without gaps as states and rates in the reference coordinates.

    States that are no pairs are the recorded positions alone, and their rates the velocities.
    Momenta are taken as recorded, or else made of velocities by the masses; velocities that were
    not recorded are estimated from positions. ``rates`` estimates the derivatives; None takes the
    recorded velocities and accelerations.

    Raises:
        ValueError: if a column that this needs is missing, or momenta come without masses.
    """
    if kinematics.coordinates == "poisson":
        dx = recording.v if rates is None else rates(recording.t, recording.q).dx
        if dx is None:
            raise _missing(recording)
        return Motion(recording.t, recording.q, dx, recording.u)
    if recording.p is not None and kinematics.coordinates == "canonical":
        x = torch.cat((recording.q, recording.p), dim=-1)
    elif recording.p is not None and recording.v is None:
        raise ValueError(
            f"{recording.name}: momenta (data.columns.p) need the masses, to be compared with "
            f"velocities. Give data.mass=[...], or name a system that has them with system=."
        )
    else:
        x = torch.cat((recording.q, _velocities(recording, rates)), dim=-1)
        if kinematics.coordinates == "canonical":
            x = kinematics.to_canonical(x)
    dx = _recorded_rates(recording, kinematics) if rates is None else rates(recording.t, x).dx
    return Motion(recording.t, x, dx, recording.u)


def motions(
    recording: Recording, kinematics: Kinematics, rates: Estimator | None, gap: float
) -> list[Motion]:
    """Return the motions between gaps of more than ``gap`` s.

    Stretches that are too short for an estimate of second order are left out.
    """
    shortest = SHORTEST if rates is None else rates.shortest
    return [
        motion(stretch, kinematics, rates)
        for stretch in recording.stretches(gap)
        if len(stretch) >= shortest
    ]


def joined(parts: list[Motion]) -> Motion:
    """Return consecutive motions as one, with the gaps between them."""

    def join(tensors: list[Tensor | None]) -> Tensor | None:
        given = [tensor for tensor in tensors if tensor is not None]
        return torch.cat(given) if len(given) == len(parts) else None

    return Motion(
        torch.cat([part.t for part in parts]),
        torch.cat([part.x for part in parts]),
        join([part.dx for part in parts]),
        join([part.u for part in parts]),
    )


def _velocities(recording: Recording, rates: Estimator | None) -> Tensor:
    if recording.v is not None:
        return recording.v
    if rates is None:
        raise _missing(recording)
    return rates(recording.t, recording.q).dx


def _recorded_rates(recording: Recording, kinematics: Kinematics) -> Tensor:
    v, a = recording.v, recording.a
    if v is None or a is None:
        raise _missing(recording)
    rates = torch.cat((v, a), dim=-1)
    if kinematics.coordinates == "velocity":
        return rates
    return kinematics.canonical_rate(torch.cat((recording.q, v), dim=-1), rates)


def _missing(recording: Recording) -> ValueError:
    return ValueError(
        f"{recording.name}: data.derivatives=recorded needs columns of velocities (data.columns.v) "
        f"and of accelerations (data.columns.a). Use data.derivatives=savitzky_golay."
    )
