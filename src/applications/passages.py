"""When a quantity that oscillates comes back, between samples as well."""

from __future__ import annotations

import numpy as np
import torch
from jaxtyping import Float
from scipy.interpolate import CubicSpline
from torch import Tensor


def rises(t: Float[Tensor, " time"], y: Float[Tensor, " time"]) -> Float[Tensor, " passages"]:
    """Return the times at which ``y`` rises through zero.

    Samples are joined by a cubic spline, whose error falls with the fourth power of their spacing:
    with 60 a period, times are good to about 1e-6 periods.
    """
    spline = CubicSpline(t.numpy(), y.numpy())
    roots = spline.roots(extrapolate=False)
    return torch.from_numpy(roots[spline(roots, 1) > 0])


def at(
    t: Float[Tensor, " time"], y: Float[Tensor, " time"], times: Float[Tensor, " times"]
) -> Float[Tensor, " times"]:
    """Return the values of ``y`` between its samples."""
    return torch.from_numpy(CubicSpline(t.numpy(), y.numpy())(times.numpy()))


def slope(t: Float[Tensor, " time"], y: Float[Tensor, " time"]) -> Float[Tensor, " time"]:
    """Return the rate of change of ``y`` at its samples, by the same spline."""
    return torch.from_numpy(CubicSpline(t.numpy(), y.numpy())(t.numpy(), 1))


def peak(t: Float[Tensor, " time"], y: Float[Tensor, " time"]) -> float:
    """Return the largest value of ``y``, at or between its samples."""
    spline = CubicSpline(t.numpy(), y.numpy())
    turns = spline.derivative().roots(extrapolate=False)
    # Where y is constant, every time is a root, and scipy says so by NaN.
    return max([float(y.max()), *spline(turns[np.isfinite(turns)]).tolist()])


def period(t: Float[Tensor, " time"], y: Float[Tensor, " time"]) -> float | None:
    """Return the mean time from one rise of ``y`` to the next, in the unit of t; None without two.

    A rise is one through the middle between the smallest and the largest sample.
    """
    times = rises(t, y - (y.max() + y.min()) / 2)
    return float((times[-1] - times[0]) / (len(times) - 1)) if len(times) > 1 else None


def frequency(t: Float[Tensor, " time"], y: Float[Tensor, " time"]) -> float | None:
    """Return the inverse of the period, in turns per unit of t; None where there is no period."""
    found = period(t, y)
    return 1 / found if found else None


def unwrapped(angle: Float[Tensor, " time"]) -> Float[Tensor, " time"]:
    """Return an angle, in rad, that goes on where it jumps by a turn."""
    step = torch.remainder(angle.diff() + torch.pi, 2 * torch.pi) - torch.pi
    return torch.cat((angle[:1], angle[:1] + step.cumsum(0)))
