"""The logarithm of a variance, which comes back to its mean."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import torch
from jaxtyping import Float
from torch import Tensor

from ...mechanics.state import StateSpec
from .mean_reverting import OrnsteinUhlenbeck


@dataclass(frozen=True)
class LogOUVariance(OrnsteinUhlenbeck):
    r"""The logarithmic variance ``dy = kappa (theta - y) dt + xi dW``, killed by nothing.

    .. math:: H = \tfrac12 \xi^2 p^2 + \kappa (\theta - y) p, \qquad
              L = \frac{(\dot y - \kappa (\theta - y))^2}{2 \xi^2}

    An inverted oscillator, ``y'' = kappa^2 (y - theta)``. Its energy is
    ``(y'^2 - kappa^2 (y - theta)^2) / (2 xi^2)``, zero for the forecast, where p = 0, and for its
    reversal in time, which is the most likely way up.

    Source:
        L. Onsager, S. Machlup, *Fluctuations and irreversible processes*, Physical Review 91
        (1953), eqs. (4-19) and (4-24).

    Raises:
        ValueError: if the pull or the noise is not positive, a level is not finite, or a range is
            not one.
    """

    domain: ClassVar[str] = "volatility forecasting"

    pull: float = 4.0
    """How fast it comes back to its mean, kappa, in 1/yr."""
    mean: float = math.log(0.04)
    """theta: a volatility of 20 % a year."""
    volatility: float = 1.5
    """xi, per square root of a year."""
    today: float = math.log(0.16)
    """The logarithm of today's variance per year: what curves start from."""
    levels: Sequence[float] = (-5.5, -1.0)
    """Range of y in training starts."""
    momenta: Sequence[float] = (-4.0, 4.0)
    """Range of p in training starts."""

    @property
    def spec(self) -> StateSpec:
        """The logarithm y of a variance per year, and its momentum."""
        return StateSpec(positions=("y",), angular=(False,))

    @property
    def energy_scale(self) -> float:
        """What the drift does at half of the largest momentum, at the ends of the levels."""
        away = (self.levels[1] - self.levels[0]) / 2
        return self.pull * away * max(map(abs, self.momenta)) / 2

    def killing(self, q: Float[Tensor, "*batch 1"]) -> Float[Tensor, "*batch"]:
        """Return zero."""
        return torch.zeros_like(q.squeeze(-1))
