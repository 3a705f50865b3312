"""Risk factors that return to their means, asked for their most plausible way to a loss."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import torch
from jaxtyping import Float
from torch import Tensor

from ...mechanics.state import StateSpec
from ..constants import like
from ..sampling import check_positive
from .generator import GeneratorSystem


@dataclass(frozen=True)
class OUReverseStress(GeneratorSystem):
    r"""Logarithms of an equity index and of the VIX, and a credit spread, about their means.

    .. math:: dX = -K X\,dt + \sqrt D\,dW, \qquad H = \tfrac12 p \cdot D p - p \cdot K x

    A portfolio loses w . X: the path to a loss l at the time T is the mean of all paths with that
    loss, since everything is Gaussian. Where K D is not symmetric the path to a loss is not the
    way back run backwards.

    Source:
        M. I. Freidlin, A. D. Wentzell, *Random Perturbations of Dynamical Systems*, section 4.3.

    Raises:
        ValueError: if the numbers are not three of each kind, or the covariance not positive.
    """

    domain: ClassVar[str] = "stress testing"

    reversion: Sequence[Sequence[float]] = ((1.0, 0.0, 0.0), (2.5, 3.0, 0.0), (0.5, -0.3, 0.8))
    """K, the rows of the rates of return, in 1/yr."""
    volatility: Sequence[float] = (0.16, 0.9, 0.012)
    """Standard deviations of the changes in a year."""
    correlation: Sequence[float] = (-0.75, -0.5, 0.45)
    """Of equity and VIX, of equity and spread, of VIX and spread."""
    weights: Sequence[float] = (-1.0, 0.05, 4.0)
    """w: what the portfolio loses for each unit of a factor."""
    loss: float = 0.4
    """l, as a fraction of the portfolio."""
    maturity: float = 1.0
    """T, in yr."""
    reach: Sequence[float] = (0.3, 1.0, 0.15)
    """Largest factors of training starts."""
    momentum: Sequence[float] = (8.0, 1.5, 20.0)
    """Largest momenta of training starts."""

    def __post_init__(self) -> None:
        rows = tuple(tuple(row) for row in self.reversion)
        object.__setattr__(self, "reversion", rows)
        for name in ("volatility", "correlation", "weights", "reach", "momentum"):
            object.__setattr__(self, name, tuple(getattr(self, name)))
        parts = (self.volatility, self.correlation, self.weights, self.reach, self.momentum, *rows)
        sizes = [len(part) for part in parts]
        if sizes != [3] * 8:
            raise ValueError(
                f"system.volatility, correlation, weights, reach, momentum and the three rows of "
                f"reversion must hold three numbers each; got {sizes}."
            )
        check_positive(self, maturity="yr", loss="")
        positive = min(*self.volatility, *self.reach, *self.momentum) > 0
        if not positive or not bool(
            (torch.linalg.eigvalsh(_correlations(self.correlation)) > 0).all()
        ):
            raise ValueError(
                f"system.volatility, reach and momentum must be positive, and system.correlation "
                f"that of three factors; got {list(self.volatility)} and {list(self.correlation)}."
            )

    @property
    def spec(self) -> StateSpec:
        """Distances of the factors from their means."""
        return StateSpec(positions=("equity", "vix", "spread"), angular=(False,) * 3)

    @property
    def start(self) -> tuple[float, float, float]:
        """All factors at their means."""
        return (0.0, 0.0, 0.0)

    @property
    def bounds(self) -> tuple[tuple[float, float], ...]:
        """About the means."""
        return tuple((-high, high) for high in (*self.reach, *self.momentum))

    @property
    def time_scale(self) -> float:
        """A third of the time in which equity returns to its mean, in yr."""
        return 1 / (3 * self.reversion[0][0])

    @property
    def training_horizon(self) -> float:
        """One time scale: motions run away from each other."""
        return self.time_scale

    @property
    def energy_scale(self) -> float:
        """What the largest momenta cost, in 1/yr."""
        pairs = zip(self.momentum, self.volatility, strict=True)
        return sum((p * one) ** 2 for p, one in pairs)

    def drift(self, q: Float[Tensor, "*batch dof"]) -> Float[Tensor, "*batch dof"]:
        """Return ``-K q``."""
        rows = [-(q * like(tuple(row), q)).sum(-1) for row in self.reversion]
        return torch.stack(rows, dim=-1)

    def covariance(self, q: Float[Tensor, "*batch dof"]) -> Float[Tensor, "*batch dof dof"]:
        """Return the constant D."""
        d = self.volatility
        a, b, c = self.correlation
        pairs = ((1.0, a, b), (a, 1.0, c), (b, c, 1.0))
        flat = tuple(pairs[i][j] * d[i] * d[j] for i in range(3) for j in range(3))
        return like(flat, q).unflatten(-1, (3, 3)).expand(*q.shape, 3)


def _correlations(pairs: Sequence[float]) -> Tensor:
    a, b, c = pairs
    return torch.tensor([[1.0, a, b], [a, 1.0, c], [b, c, 1.0]], dtype=torch.float64)
