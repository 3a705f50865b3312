"""What physicists of particles ask of a track."""

from __future__ import annotations

import torch
from jaxtyping import Float
from torch import Tensor

from .passages import frequency


def deflection(velocity: Float[Tensor, "time 2"]) -> float:
    """Return the angle between the first and the last direction of flight, in rad, up to pi."""
    (a, b), (c, d) = velocity[0], velocity[-1]
    return float(torch.atan2(a * d - b * c, a * c + b * d).abs())


def cyclotron_frequency(
    t: Float[Tensor, " time"], velocity: Float[Tensor, "time axes"]
) -> float | None:
    """Return how often the velocity turns per unit of t; None without a whole turn.

    From its first component, whatever drift the turning is about.
    """
    return frequency(t, velocity[:, 0])
