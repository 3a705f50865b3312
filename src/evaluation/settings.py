"""How models are judged."""

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass(frozen=True)
class EvaluationSettings:
    """Lengths and numbers of the rollouts.

    Raises:
        ValueError: if a horizon or a factor is not positive, or a count is below one.
    """

    horizon: float | None = None
    """Length of the rollouts, in s; None for ``horizon_over_training`` training horizons."""
    horizon_over_training: float = 10.0
    """Length of the rollouts, in training horizons."""
    trajectories: int = 25
    """Rollouts per test set."""
    longer_factor: float = 10.0
    """How many times longer the ``longer_horizon`` test set lasts."""
    points_per_training_horizon: int = 30
    """Samples per training horizon at which truth and model are compared."""
    geometry_starts: int = 8
    """States at which flows are differentiated and reversed."""

    def __post_init__(self) -> None:
        lengths = {
            "horizon": self.horizon,
            "horizon_over_training": self.horizon_over_training,
            "longer_factor": self.longer_factor,
        }
        for name, value in lengths.items():
            if value is not None and not (math.isfinite(value) and value > 0):
                raise ValueError(f"evaluation.{name} must be positive; got {value}.")
        counts = {
            "trajectories": self.trajectories,
            "points_per_training_horizon": self.points_per_training_horizon,
            "geometry_starts": self.geometry_starts,
        }
        for name, count in counts.items():
            if count < 1:
                raise ValueError(f"evaluation.{name} must be 1 at least; got {count}.")
