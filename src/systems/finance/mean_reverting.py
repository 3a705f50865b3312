"""One quantity that comes back to its mean, with a constant noise or that of a square root."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from ...mechanics.state import StateSpec
from ..sampling import check_finite, check_interval, check_positive, check_range
from .generator import GeneratorSystem


@dataclass(frozen=True)
class MeanReverting(GeneratorSystem):
    """One quantity q with the drift ``k (theta - q)``; subclasses give all parameters their values.

    Raises:
        ValueError: if the pull or the noise is not positive, a level is not finite, or a range is
            not one.
    """

    pull: float
    """How fast it comes back to its mean, k, in 1/yr."""
    mean: float
    """theta."""
    volatility: float
    """Size of the noise."""
    today: float
    """Its value today: what curves start from."""
    levels: Sequence[float]
    """Range of q in training starts."""
    momenta: Sequence[float]
    """Range of p in training starts."""

    def __post_init__(self) -> None:
        check_positive(self, pull="1/yr", volatility="")
        check_finite(self, mean="", today="")
        check_interval(self, levels="", momenta="")

    @property
    def spec(self) -> StateSpec:
        """The quantity; its momentum is the slope of a logarithmic expectation."""
        return StateSpec(positions=("q",), angular=(False,))

    @property
    def bounds(self) -> Sequence[tuple[float, float]]:
        """Levels and momenta of training starts."""
        return (self.levels[0], self.levels[1]), (self.momenta[0], self.momenta[1])

    @property
    def time_scale(self) -> float:
        """The relaxation time 1/k, in yr."""
        return 1 / self.pull

    @property
    def training_horizon(self) -> float:
        """A quarter of the relaxation time, in yr: longer motions leave the box."""
        return self.time_scale / 4

    def drift(self, q: Float[Tensor, "*batch 1"]) -> Float[Tensor, "*batch 1"]:
        """Return ``k (theta - q)``."""
        return self.pull * (self.mean - q)


@dataclass(frozen=True)
class OrnsteinUhlenbeck(MeanReverting):
    """With a noise of constant size: ``dq = k (theta - q) dt + s dW``."""

    def covariance(self, q: Float[Tensor, "*batch 1"]) -> Float[Tensor, "*batch 1 1"]:
        """Return ``s^2``."""
        return torch.full_like(q, self.volatility**2).unsqueeze(-1)


@dataclass(frozen=True)
class SquareRoot(MeanReverting):
    """With a noise that fades at zero: ``dq = k (theta - q) dt + s sqrt(q) dW``.

    Raises:
        ValueError: as its base does, or if the mean, today's value or a level is not positive.
    """

    def __post_init__(self) -> None:
        super().__post_init__()
        check_positive(self, mean="", today="")
        check_range(self, levels="")

    def covariance(self, q: Float[Tensor, "*batch 1"]) -> Float[Tensor, "*batch 1 1"]:
        """Return ``s^2 q``."""
        return (self.volatility**2 * q).unsqueeze(-1)


class Discounting(MeanReverting):
    """Where the quantity is a rate at which claims are discounted, or vanish.

    The motion that ends with p = 0 after the time T has the logarithm of a zero bond's price, or of
    a probability to survive, for its action; a duration for minus its first momentum; and a forward
    rate, or hazard, for minus its energy. All three are exact.
    """

    @property
    def energy_scale(self) -> float:
        """The middle of the levels without their signs, per year: H is -q where p is 0."""
        return sum(map(abs, self.levels)) / 2

    def killing(self, q: Float[Tensor, "*batch 1"]) -> Float[Tensor, "*batch"]:
        """Return q."""
        return q.squeeze(-1)
