"""Prices whose variance is random: what models after Heston share."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

import torch
from jaxtyping import Float
from torch import Tensor

from ...mechanics.state import StateSpec, split_state
from ..sampling import check_correlation, check_interval, check_positive, check_range
from .generator import GeneratorSystem


@dataclass(frozen=True)
class Variance(GeneratorSystem):
    r"""A logarithmic price x and its variance v, with ``d<x> = v dt`` and ``d<v> = sigma^2 v dt``.

    States are (x, v, p_x, p_v). Nothing depends on x: p_x is conserved, since prices have no scale.
    """

    domain: ClassVar[str] = "option pricing"

    volatility_of_variance: float = 0.5
    """sigma, in 1/yr."""
    correlation: float = -0.7
    """rho, of the changes of price and variance."""
    initial_variance: float = 0.04
    """v0, in 1/yr: where prices are asked for."""
    variance: Sequence[float] = (0.005, 0.25)
    """Range of the variances from which training motions start, in 1/yr."""
    momentum_of_price: Sequence[float] = (-6.0, 6.0)
    """Range of the momenta p_x from which training motions start."""
    momentum_of_variance: Sequence[float] = (-3.0, 3.0)
    """Range of the momenta p_v from which training motions start."""

    def __post_init__(self) -> None:
        check_positive(self, volatility_of_variance="1/yr", initial_variance="1/yr")
        check_correlation(self, "correlation")
        check_range(self, variance="1/yr")
        check_interval(self, momentum_of_price="", momentum_of_variance="")

    @property
    def spec(self) -> StateSpec:
        """The logarithm of the price, and the variance in 1/yr."""
        return StateSpec(positions=("x", "v"), angular=(False, False))

    @property
    def training_horizon(self) -> float:
        """One time scale: motions run away from each other."""
        return self.time_scale

    @property
    def start(self) -> tuple[float, float]:
        """Where prices are asked for: (x, v) today."""
        return (0.0, self.initial_variance)

    @property
    def bounds(self) -> tuple[tuple[float, float], ...]:
        """Variances and momenta in their ranges, and prices about one."""
        ranges = ((-0.5, 0.5), self.variance, self.momentum_of_price, self.momentum_of_variance)
        return tuple((side[0], side[1]) for side in ranges)

    @property
    def energy_scale(self) -> float:
        """That of the largest momentum of the price in the middle of the variances, in 1/yr."""
        return sum(self.variance) * max(map(abs, self.momentum_of_price)) ** 2 / 4

    def covariance(self, q: Float[Tensor, "*batch dof"]) -> Float[Tensor, "*batch dof dof"]:
        """Return ``v [[1, rho sigma], [rho sigma, sigma^2]]``."""
        v, sigma = q[..., 1], self.volatility_of_variance
        mixed = self.correlation * sigma * v
        rows = torch.stack((v, mixed, mixed, sigma**2 * v), dim=-1)
        return rows.unflatten(-1, (2, 2))

    def invariants(self, x: Float[Tensor, "*batch state"]) -> Mapping[str, Float[Tensor, "*batch"]]:
        """Return the momentum of the price."""
        return {"momentum_of_price": split_state(x)[1][..., 0]}


@dataclass(frozen=True)
class Heston(Variance):
    r"""The variance returns to its mean; the price, less its growth, is a martingale.

    .. math:: H = \mu p_x + \tfrac12 v (p_x^2 - p_x) + \rho\sigma v p_x p_v
              + \tfrac12\sigma^2 v p_v^2 + \kappa(\theta - v) p_v

    As drift and covariance are affine in v, the action of a motion is the logarithm of an
    expectation exactly, with no limit of small noise.

    Source:
        S. L. Heston, *Review of Financial Studies* 6 (1993) 327, eqs. (1) and (4).
    """

    reversion: float = 2.0
    """kappa, the rate of the return to the mean, in 1/yr."""
    mean_variance: float = 0.04
    """theta, in 1/yr."""

    def __post_init__(self) -> None:
        super().__post_init__()
        check_positive(self, reversion="1/yr", mean_variance="1/yr")

    @property
    def growth(self) -> float:
        """mu, the growth of the expected price, in 1/yr; 0 where prices are discounted."""
        return 0.0

    @property
    @abstractmethod
    def maturity(self) -> float:
        """How long it takes to the day in question, in yr."""

    @property
    def time_scale(self) -> float:
        """A third of the time of the return to the mean, in yr: in it motions stay near the box."""
        return 1 / (3 * self.reversion)

    def drift(self, q: Float[Tensor, "*batch dof"]) -> Float[Tensor, "*batch dof"]:
        """Return ``(mu - v / 2, kappa (theta - v))``."""
        v = q[..., 1]
        back = self.reversion * (self.mean_variance - v)
        return torch.stack((self.growth - v / 2, back), dim=-1)
