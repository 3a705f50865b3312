"""One number that people of a field would measure, and the experiment that measures it."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

Flow = Callable[[Tensor, Tensor], Tensor]
"""A supplier of motions: from ``x0 [count, state]`` through the times ``t [time]``, ``[count, time,
state]`` in the reference coordinates; not finite where a motion could not be continued."""


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

    def of(self, flow: Flow) -> float | None:
        """Return the number for a supplier of motions; None where there is none."""
        x = flow(self.x0.unsqueeze(0), self.t)[0]
        if not bool(torch.isfinite(x).all()):
            return None
        value = self.read(self.t, x)
        return value if value is not None and math.isfinite(value) else None
