"""The variance of a price, which comes back to its mean and is never negative."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import torch
from jaxtyping import Float
from torch import Tensor

from ...mechanics.state import StateSpec
from .mean_reverting import SquareRoot


@dataclass(frozen=True)
class HestonVariance(SquareRoot):
    r"""The variance ``dv = kappa (theta - v) dt + sigma sqrt(v) dW``, killed by nothing.

    .. math:: H = \tfrac12 \sigma^2 v p^2 + \kappa (\theta - v) p, \qquad
              L = \frac{(\dot v - \kappa (\theta - v))^2}{2 \sigma^2 v}

    L is the functional of Onsager and Machlup: the paths that fluctuations take most likely. The
    one with p = 0, which costs nothing, is the expectation of the future variance, exactly.

    Source:
        S. Heston, *A closed-form solution for options with stochastic volatility*, Review of
        Financial Studies 6 (1993), eq. (4); M. Freidlin, A. Wentzell, *Random Perturbations of
        Dynamical Systems*, 3rd ed., section 4.1.

    Raises:
        ValueError: if a parameter is not positive, or a range is not one.
    """

    domain: ClassVar[str] = "volatility forecasting"

    pull: float = 5.0
    """How fast the variance comes back to its mean, kappa, in 1/yr."""
    mean: float = 0.04
    """theta, per year: a volatility of 20 %."""
    volatility: float = 0.5
    """sigma, per year: the noise of a variance of 1."""
    today: float = 0.01
    """The variance of today, per year: what curves start from."""
    levels: Sequence[float] = (0.005, 0.25)
    """Range of v in training starts, per year."""
    momenta: Sequence[float] = (-3.0, 3.0)
    """Range of p in training starts, in yr."""

    @property
    def spec(self) -> StateSpec:
        """The variance v, per year, and its momentum, in yr."""
        return StateSpec(positions=("v",), angular=(False,))

    @property
    def energy_scale(self) -> float:
        """What the drift does at half of the largest momentum, in the middle of the levels."""
        return self.pull * (sum(self.levels) / 2) * max(map(abs, self.momenta)) / 2

    def killing(self, q: Float[Tensor, "*batch 1"]) -> Float[Tensor, "*batch"]:
        """Return zero."""
        return torch.zeros_like(q.squeeze(-1))
