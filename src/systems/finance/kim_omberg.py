"""An investor whose risk premium comes and goes."""

from __future__ import annotations

import math
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
class KimOmberg(GeneratorSystem):
    r"""The Sharpe ratio X of a share, ``dX = k (m - X) dt + s dZ``, as an investor sees it.

    With relative risk aversion :math:`\gamma` and :math:`g = (1 - \gamma)/\gamma` the value of the
    wealth w is :math:`w^{1-\gamma} e^{\phi} / (1 - \gamma)`, where :math:`\phi` solves the
    Hamilton-Jacobi equation of

    .. math:: H = \tfrac12 s^2 (1 + g \rho^2)\, p^2 + (k (m - X) + g \rho s X)\, p
        + \tfrac12 g X^2

    exactly up to a function of time. The best holding is
    :math:`(X + \rho s p) / \gamma \sigma`: what an investor holds who sees a day ahead, and the
    hedge against worse opportunities, which is the momentum.

    Source:
        T. Kim, E. Omberg, *Dynamic nonmyopic portfolio behavior*, Rev. Financial Studies 9 (1996).

    Raises:
        ValueError: if a parameter is not positive, risk aversion is not above 1, or a range is
            not one.
    """

    domain: ClassVar[str] = "asset allocation"

    pull: float = 0.27
    """How fast the Sharpe ratio comes back to its mean, k, in 1/yr."""
    mean: float = 0.27
    """m, per square root of a year."""
    spread: float = 0.2
    """s, per year."""
    correlation: float = -0.93
    """rho, of the noise of the Sharpe ratio and that of the share."""
    risk_aversion: float = 5.0
    """gamma, above 1: below, the value may become infinite in finite time."""
    volatility: float = 0.15
    """sigma of the share, per square root of a year."""
    today: float = 0.27
    """The Sharpe ratio that curves start from."""
    sharpe: Sequence[float] = (-0.3, 0.9)
    """Range of X in training starts."""
    momenta: Sequence[float] = (-3.2, 0.4)
    """Range of p in training starts."""

    def __post_init__(self) -> None:
        check_positive(self, pull="1/yr", spread="1/yr", volatility="1/yr^0.5", risk_aversion="")
        check_finite(self, mean="1/yr^0.5", correlation="", today="1/yr^0.5")
        check_interval(self, sharpe="1/yr^0.5", momenta="yr^0.5")
        if self.risk_aversion <= 1:
            raise ValueError(
                f"system.risk_aversion must be above 1, or wealth may be worth infinitely much in "
                f"finite time; got {self.risk_aversion}."
            )
        if abs(self.correlation) > 1:
            raise ValueError(
                f"system.correlation must lie between -1 and 1; got {self.correlation}."
            )

    @property
    def aversion(self) -> float:
        """``g = (1 - gamma) / gamma``, below zero."""
        return (1 - self.risk_aversion) / self.risk_aversion

    @property
    def hedge(self) -> float:
        """How much is held for each unit of momentum: ``rho s / (gamma sigma)``."""
        return self.correlation * self.spread / (self.risk_aversion * self.volatility)

    @property
    def spec(self) -> StateSpec:
        """The Sharpe ratio; its momentum is the slope of the logarithm of what wealth is worth."""
        return StateSpec(positions=("sharpe",), angular=(False,))

    @property
    def bounds(self) -> Sequence[tuple[float, float]]:
        """Sharpe ratios and momenta of training starts."""
        return (self.sharpe[0], self.sharpe[1]), (self.momenta[0], self.momenta[1])

    @property
    def time_scale(self) -> float:
        """The relaxation time of the motions of H, in yr."""
        drift = self.pull - self.aversion * self.correlation * self.spread
        return 1 / math.sqrt(drift**2 - self.aversion * self.variance)

    @property
    def training_horizon(self) -> float:
        """A quarter of it, in yr: longer motions leave the box."""
        return self.time_scale / 4

    @property
    def energy_scale(self) -> float:
        """What the drift in the corners of the box and the middle of the momenta make, per year."""
        middle = abs(sum(self.momenta)) / 2
        return self.pull * (self.mean - self.sharpe[0]) * middle

    @property
    def variance(self) -> float:
        """Of the motion: ``s^2 (1 + g rho^2)``, per year."""
        return self.spread**2 * (1 + self.aversion * self.correlation**2)

    def drift(self, q: Float[Tensor, "*batch 1"]) -> Float[Tensor, "*batch 1"]:
        """Return ``k (m - X) + g rho s X``."""
        return self.pull * (self.mean - q) + self.aversion * self.correlation * self.spread * q

    def covariance(self, q: Float[Tensor, "*batch 1"]) -> Float[Tensor, "*batch 1 1"]:
        """Return ``s^2 (1 + g rho^2)``."""
        return torch.full_like(q, self.variance).unsqueeze(-1)

    def killing(self, q: Float[Tensor, "*batch 1"]) -> Float[Tensor, "*batch"]:
        """Return ``-g X^2 / 2``: what opportunities are worth, as a rate."""
        return -self.aversion * q.square().squeeze(-1) / 2
