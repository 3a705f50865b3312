"""What people who study walking ask of a leg and of a gait."""

from __future__ import annotations

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from .passages import period

BEFORE = 4
"""Samples before a strike, from which its time is extrapolated by a cubic."""


def swing_period(t: Float[Tensor, " time"], thigh: Float[Tensor, " time"]) -> float | None:
    """Return the mean time from one forward swing of the thigh to the next; None without two."""
    return period(t, thigh)


def strikes(
    t: Float[Tensor, " time"], height: Float[Tensor, " time"], between: Float[Tensor, " time"]
) -> tuple[Float[Tensor, " strikes"], Float[Tensor, " strikes"]]:
    """Return when the swing foot of a walker strikes, and the angles between both legs then.

    ``height`` falls through zero at a strike; ``between`` is the angle from the stance leg to the
    swing leg, in rad, and changes its sign there at once, as the legs change their names. Both are
    continued from the samples before, so that strikes are known better than to a sample.
    """
    times, angles = [], []
    for i in ((between[:-1] > 0) & (between[1:] < 0)).nonzero().flatten().tolist():
        last = slice(max(0, i + 1 - BEFORE), i + 1)
        origin, now = float(t[i]), t[last].numpy() - float(t[i])
        degree = len(now) - 1
        above = np.polynomial.Polynomial.fit(now, height[last].numpy(), degree)
        roots = above.roots()
        places = roots.real[(abs(roots.imag) < 1e-9) & (roots.real > -1e-12)]
        falls = places[above.deriv()(places) < 0]
        if not len(falls) or falls.min() > 2 * float(t[i + 1] - t[i]):
            continue  # the legs passed each other, or the walker fell
        when = falls.min()
        times.append(origin + when)
        angles.append(np.polynomial.Polynomial.fit(now, between[last].numpy(), degree)(when))
    return torch.tensor(times, dtype=t.dtype), torch.tensor(angles, dtype=t.dtype)


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
