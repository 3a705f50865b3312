"""A short rate that is pulled back to its mean, with a noise of constant size."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import torch
from jaxtyping import Float
from torch import Tensor

from ...mechanics.state import StateSpec
from ..sampling import check_finite, check_interval, check_positive
from .generator import GeneratorSystem


@dataclass(frozen=True)
class Vasicek(GeneratorSystem):
    r"""The short rate ``dr = k (theta - r) dt + s dW``, which is also the rate of discount.

    .. math:: H = \tfrac12 s^2 p^2 + k (\theta - r) p - r, \qquad
              L = \frac{(\dot r - k (\theta - r))^2}{2 s^2} + r

    The motion that ends with p = 0 after the time T has the logarithm of a zero bond's price for
    its action, ``-B(T)``, the bond's duration, for its first momentum, and ``-f(0, T)``, the
    forward rate, for its energy. An inverted oscillator: ``r'' = k^2 (r - theta) + s^2``.

    Source:
        O. Vasicek, *An equilibrium characterization of the term structure*, J. Financial Economics
        5 (1977), eq. (27) for the price.

    Raises:
        ValueError: if the pull or the noise is not positive, a rate is not finite, or a range is
            not one.
    """

    domain: ClassVar[str] = "interest rates"

    pull: float = 0.25
    """How fast the rate comes back to its mean, k, in 1/yr."""
    mean: float = 0.05
    """theta, per year."""
    volatility: float = 0.015
    """s, per year and square root of a year."""
    today: float = 0.02
    """The rate of today r0, per year: what curves start from."""
    rates: Sequence[float] = (-0.02, 0.15)
    """Range of r in training starts, per year."""
    momenta: Sequence[float] = (-4.6, 0.4)
    """Range of p in training starts: minus durations, in yr."""

    def __post_init__(self) -> None:
        check_positive(self, pull="1/yr", volatility="1/yr^1.5")
        check_finite(self, mean="1/yr", today="1/yr")
        check_interval(self, rates="1/yr", momenta="yr")

    @property
    def spec(self) -> StateSpec:
        """The short rate r, per year; its momentum is the slope of a logarithmic price, in yr."""
        return StateSpec(positions=("r",), angular=(False,))

    @property
    def bounds(self) -> Sequence[tuple[float, float]]:
        """Rates and momenta of training starts."""
        return (self.rates[0], self.rates[1]), (self.momenta[0], self.momenta[1])

    @property
    def time_scale(self) -> float:
        """The relaxation time 1/k, in yr."""
        return 1 / self.pull

    @property
    def training_horizon(self) -> float:
        """A quarter of the relaxation time, in yr: longer motions leave the box."""
        return self.time_scale / 4

    @property
    def energy_scale(self) -> float:
        """The middle of the rates without their signs, per year."""
        return sum(map(abs, self.rates)) / 2

    def drift(self, q: Float[Tensor, "*batch 1"]) -> Float[Tensor, "*batch 1"]:
        """Return ``k (theta - r)``."""
        return self.pull * (self.mean - q)

    def covariance(self, q: Float[Tensor, "*batch 1"]) -> Float[Tensor, "*batch 1 1"]:
        """Return ``s^2``."""
        return torch.full_like(q, self.volatility**2).unsqueeze(-1)

    def killing(self, q: Float[Tensor, "*batch 1"]) -> Float[Tensor, "*batch"]:
        """Return r, the rate of discount."""
        return q.squeeze(-1)
