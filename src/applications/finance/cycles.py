"""What people who study business cycles and prices in disequilibrium ask of a motion."""

from __future__ import annotations

import math

from jaxtyping import Float
from torch import Tensor

from ..passages import at, rises


def turn_time(t: Float[Tensor, " time"], x: Float[Tensor, " time"]) -> float | None:
    """Return the mean time from one rise of x through zero to the next; None without two."""
    times = rises(t, x)
    return float(times[-1] - times[0]) / (len(times) - 1) if len(times) > 1 else None


def decay(
    t: Float[Tensor, " time"], x: Float[Tensor, " time"], v: Float[Tensor, " time"]
) -> float | None:
    """Return the damping d of ``x'' + d x' + w x = 0`` from a motion, in 1/t; None without a turn.

    The rate v falls by ``exp(-d T / 2)`` from one rise of x through zero to the next, T later:
    below zero where it grows.
    """
    times = rises(t, x)
    if len(times) < 2:
        return None
    speeds = at(t, v, times)
    return 2 * math.log(float(speeds[0] / speeds[-1])) / float(times[-1] - times[0])
