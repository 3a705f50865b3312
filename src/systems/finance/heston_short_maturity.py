"""Price and variance over times so short that the drift does not matter."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from .heston import Variance


@dataclass(frozen=True)
class HestonShortMaturity(Variance):
    r"""Geodesics of Heston's price and variance.

    .. math:: H = \tfrac12 v (p_x^2 + 2\rho\sigma p_x p_v + \sigma^2 p_v^2)

    The distance d to the line of a given price is that at which options of short maturity see it:
    their implied volatility tends to \|x\| / d.

    Source:
        M. Forde, A. Jacquier, *International Journal of Theoretical and Applied Finance* 12 (2009)
        861.

    Raises:
        ValueError: if a parameter or a range is not positive, or the correlation not one.
    """

    correlation: float = -0.6
    """rho, of the changes of price and variance."""
    variance: Sequence[float] = (0.015, 0.2)
    """Range of the variances from which training motions start, in 1/yr."""
    momentum_of_price: Sequence[float] = (-3.0, 3.0)
    """Range of the momenta p_x from which training motions start."""
    momentum_of_variance: Sequence[float] = (-5.0, 5.0)
    """Range of the momenta p_v from which training motions start."""

    @property
    def level(self) -> float:
        """The energy at which geodesics are followed: amid those of training."""
        return 0.05

    @property
    def time_scale(self) -> float:
        """A small part of the time in which the largest momentum doubles the variance, in yr."""
        return 1 / (8 * self.volatility_of_variance**2 * self.momentum_of_variance[1])

    @property
    def energy_scale(self) -> float:
        """That of the largest momenta in the middle of the variances, uncorrelated, in 1/yr."""
        price, variance = self.momentum_of_price[1], self.momentum_of_variance[1]
        return sum(self.variance) / 4 * (price**2 + (self.volatility_of_variance * variance) ** 2)

    @property
    def reversible(self) -> bool:
        """Yes: there is no drift."""
        return True

    def drift(self, q: Float[Tensor, "*batch dof"]) -> Float[Tensor, "*batch dof"]:
        """Return zero."""
        return torch.zeros_like(q)
