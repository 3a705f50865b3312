"""What all methods of fixed step share: how output intervals are cut into steps."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise

import torch
from torch import Tensor

from .base import Integrator


@dataclass(frozen=True)
class FixedStep(Integrator):
    """An integrator that divides each output interval into equal steps.

    Raises:
        ValueError: if the step is not positive.
    """

    step: float | None = None
    """Longest internal step, in the unit of t; None takes one step per output interval."""

    def __post_init__(self) -> None:
        check_step(self.step)


def check_step(step: float | None) -> None:
    """Refuse steps that are not positive.

    Raises:
        ValueError: naming the value and what None means.
    """
    if step is not None and not (math.isfinite(step) and step > 0):
        raise ValueError(
            f"integrator.step must be positive, or null for one per output interval; got {step}."
        )


def rounding(t: Tensor) -> float:
    """Return how far the difference of two output times may be off, for rounding alone."""
    return 8 * torch.finfo(t.dtype).eps * float(t.abs().max())


def substeps(t: Tensor, step: float | None) -> list[tuple[float, float, int]]:
    """Return start, signed step and number of steps, ``ceil(|dt| / step)``, of each interval.

    The rounding of the times does not count: an interval of 0.1000000001 s takes one step of 0.1 s.
    """
    times = t.tolist()
    slack = rounding(t)
    intervals: list[tuple[float, float, int]] = []
    for start, end in pairwise(times):
        length = abs(end - start)
        count = 1 if step is None else max(1, math.ceil((length - slack) / step))
        intervals.append((start, (end - start) / count, count))
    return intervals
