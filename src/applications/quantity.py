"""One number that people of a field would measure, and the experiment that measures it."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

SAMPLES = 60
"""Observations in each typical period."""
Flow = Callable[..., Tensor]
"""A supplier of motions: from ``x0 [count, state]`` through the times ``t [time]``, and under the
inputs ``u [count, time, inputs]`` where there are any, ``[count, time, state]`` in the reference
coordinates; not finite where a motion could not be continued."""


@dataclass(frozen=True)
class Quantity:
    """A number read from one motion, with a start of its own; the same for truth and model."""

    unit: str
    meaning: str
    x0: Float[Tensor, " state"]
    """Where the motion starts, in the reference coordinates."""
    t: Float[Tensor, " time"]
    """The times at which it is observed, in the unit of time of the system."""
    read: Callable[[Tensor, Tensor], float | None]
    """The number, of the times ``[time]`` and the states ``[time, state]``; None where the motion
    has no such number, such as the period of what never returns."""
    u: Float[Tensor, "time inputs"] | None = None
    """The inputs at these times, each held until the next; None for a motion left alone."""

    def of(self, flow: Flow) -> float | None:
        """Return the number for a supplier of motions; None where there is none."""
        driven = () if self.u is None else (self.u.unsqueeze(0),)
        x = flow(self.x0.unsqueeze(0), self.t, *driven)[0]
        if not bool(torch.isfinite(x).all()):
            return None
        value = self.read(self.t, x)
        return value if value is not None and math.isfinite(value) else None


def state(*values: float) -> Float[Tensor, " state"]:
    """Return a start of these components."""
    return torch.tensor(values, dtype=torch.float64)


def times(time_scale: float, periods: float, samples: int = SAMPLES) -> Float[Tensor, " time"]:
    """Return even times through so many typical periods, from 0."""
    count = round(samples * periods) + 1
    return torch.linspace(0, periods * time_scale, count, dtype=torch.float64)
