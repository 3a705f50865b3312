"""The units of energies and times."""

from __future__ import annotations

import math

from jaxtyping import Float
from torch import Tensor

from ..mechanics.state import split_state
from ..systems.base import Kinematics, System


def time_scale(
    kinematics: Kinematics, states: Float[Tensor, "states state"], horizon: float
) -> float:
    """Return the time scale of a system; for recordings, the period of the fastest coordinate.

    An oscillation of angular frequency w has ``rms(v) = w * deviation(q)``, hence the period
    ``2 pi deviation(q) / rms(v)``. The horizon stands in where nothing moves, and is the limit.
    ``states`` are in the reference coordinates.
    """
    if isinstance(kinematics, System):
        return kinematics.time_scale
    if kinematics.spec.coordinates == "canonical":
        states = kinematics.to_velocity(states)
    q, v = split_state(states)
    deviation, speed = q.std(dim=0, correction=0), v.square().mean(dim=0).sqrt()
    periods = (2 * math.pi * deviation / speed).tolist()
    return min([p for p in periods if math.isfinite(p) and p > 0] + [horizon])


def energy_scale(kinematics: Kinematics) -> float | None:
    """Return the energy scale of a system; None for recordings, whose energy nobody knows."""
    return kinematics.energy_scale if isinstance(kinematics, System) else None
