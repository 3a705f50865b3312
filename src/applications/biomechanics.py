"""What people who study walking ask of a leg and of a gait."""

from __future__ import annotations

from jaxtyping import Float
from torch import Tensor

from .passages import period


def swing_period(t: Float[Tensor, " time"], thigh: Float[Tensor, " time"]) -> float | None:
    """Return the mean time from one forward swing of the thigh to the next; None without two."""
    return period(t, thigh)


def gait_period(strikes: Float[Tensor, " strikes"]) -> float | None:
    """Return the mean time from strike to strike, of the times of one walker; None without two."""
    if len(strikes) < 2:
        return None
    return float((strikes[-1] - strikes[0]) / (len(strikes) - 1))


def step_length(between_legs: Float[Tensor, " strikes"], leg: float) -> float | None:
    """Return the mean distance of the feet at a strike, in m; None without one.

    From the angles between both legs at each strike, in rad, and the length of a leg, in m.
    """
    if not len(between_legs):
        return None
    return float((2 * leg * (between_legs / 2).sin().abs()).mean())
