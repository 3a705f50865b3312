"""From one figure per motion to the few that are reported. Nothing here is ever NaN."""

from __future__ import annotations

import math

from jaxtyping import Float
from torch import Tensor

Statistics = dict[str, float | None]
"""``{"mean", "median", "p90"}``."""


def statistics(values: Float[Tensor, " trajectories"]) -> Statistics:
    """Return the mean, the median and the 90th percentile of a figure for which less is better.

    Figures of motions that broke off (not finite) are not dropped: the median and the percentile
    rank them after all others, and are None where they fall on one. The mean has no such way out:
    it is over the finite motions, to be read beside their count; None if there are none.
    """
    numbers = sorted(v if math.isfinite(v) else math.inf for v in values.tolist())
    finite = [v for v in numbers if v < math.inf]
    return {
        "mean": number(sum(finite) / len(finite)) if finite else None,
        "median": _percentile(numbers, 0.5),
        "p90": _percentile(numbers, 0.9),
    }


def _percentile(ordered: list[float], fraction: float) -> float | None:
    if not ordered:
        return None
    position = fraction * (len(ordered) - 1)
    below, weight = math.floor(position), position - math.floor(position)
    if weight == 0:
        return number(ordered[below])
    return number(ordered[below] * (1 - weight) + ordered[below + 1] * weight)


def number(value: float) -> float | None:
    """Return the value as records hold it: None where it is not finite."""
    return float(value) if math.isfinite(value) else None
