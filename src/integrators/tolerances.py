"""How exact steps must be, and how many may be tried."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch

from .base import Integrator

PER_OUTPUT = 50
"""Steps that may be tried for each output time at least, however many there are."""


@dataclass(frozen=True, kw_only=True)
class WithTolerances(Integrator):
    """A method that takes steps, or corrects them, until errors are below a tolerance.

    Raises:
        ValueError: if a setting is not positive.
    """

    rtol: float | None = None
    """Relative error of a step per component; None is 1e-8 in float64, 1e-6 in float32."""
    atol: float | None = None
    """Absolute error of a step, in the units of the state; None as for rtol."""
    max_num_steps: int = 10_000
    """Most steps tried on a path (or 50 for each of its output times, if that is more) before what
    is hardest on it is given up."""

    def __post_init__(self) -> None:
        for name in ("rtol", "atol", "max_num_steps"):
            value = getattr(self, name)
            if value is not None and not (math.isfinite(value) and value > 0):
                raise ValueError(f"integrator.{name} must be positive; got {value}.")

    def tolerances(self, dtype: torch.dtype) -> tuple[float, float]:
        """Return rtol and atol for states of this type; rtol is not less than rounding permits."""
        default = 1e-8 if dtype == torch.float64 else 1e-6
        return max(self.rtol or default, 8 * torch.finfo(dtype).eps), self.atol or default

    def step_limit(self, t: torch.Tensor) -> int:
        """Return how many steps may be tried on a path through the output times."""
        return max(self.max_num_steps, PER_OUTPUT * (len(t) - 1))
