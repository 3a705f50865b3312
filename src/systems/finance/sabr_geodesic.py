"""Price and volatility after the SABR model, over short times: geodesics of a hyperbolic plane."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import torch
from jaxtyping import Float
from torch import Tensor

from ...mechanics.state import StateSpec, split_state
from ..sampling import check_correlation, check_positive
from .generator import GeneratorSystem


@dataclass(frozen=True)
class SABRGeodesic(GeneratorSystem):
    r"""The logarithms x of a forward price F and u of its volatility, ``dF = alpha F dW``.

    .. math:: H = \tfrac12 (e^{2u} p_x^2 + 2\rho\nu e^u p_x p_u + \nu^2 p_u^2)

    The backbone is log-normal (beta = 1), and ``d alpha = nu alpha dZ``. Motions are geodesics: of
    the hyperbolic plane, which has three symmetries, one of them the conserved p_x. The distance to
    the line of a strike gives the implied volatility of short maturities, after Hagan.

    The range of training is told in the unit of length ``x nu / alpha_0`` and the unit of time
    ``1 / nu^2``, in which the metric is that of nu = alpha_0 = 1.

    Source:
        P. Henry-Labordere, *A General Asymptotic Implied Volatility for Stochastic Volatility
        Models*, 2005, hal-00004632; H. Berestycki, J. Busca, I. Florent, *Communications on Pure
        and Applied Mathematics* 57 (2004) 1352.

    Raises:
        ValueError: if a parameter is not positive, or the correlation not one.
    """

    domain: ClassVar[str] = "option pricing"

    volatility_of_volatility: float = 0.6
    """nu, for each square root of a year."""
    correlation: float = -0.4
    """rho, of the changes of price and volatility."""
    initial_volatility: float = 0.2
    """alpha_0, for each square root of a year."""
    forward: float = 1.0
    """F_0, today's forward price."""
    reach: float = 2.0
    r"""Largest \|x - ln F_0\| of training starts, in units of ``alpha_0 / nu``."""
    spread: float = 1.0
    r"""Largest \|u - ln alpha_0\| of training starts."""
    momentum: float = 1.6
    """Largest momenta of training starts, that of x in units of ``nu / alpha_0``."""

    def __post_init__(self) -> None:
        check_positive(self, volatility_of_volatility="1/yr^0.5", initial_volatility="1/yr^0.5")
        check_positive(self, forward="", reach="", spread="", momentum="")
        check_correlation(self, "correlation")

    @property
    def spec(self) -> StateSpec:
        """Logarithms of price and volatility."""
        return StateSpec(positions=("x", "u"), angular=(False, False))

    @property
    def length(self) -> float:
        """``alpha_0 / nu``, the unit of x."""
        return self.initial_volatility / self.volatility_of_volatility

    @property
    def start(self) -> tuple[float, float]:
        """Where prices are asked for: (x, u) today."""
        return (math.log(self.forward), math.log(self.initial_volatility))

    @property
    def level(self) -> float:
        """The energy at which geodesics are followed: amid those of training."""
        return self.volatility_of_volatility**2 / 2

    @property
    def bounds(self) -> tuple[tuple[float, float], ...]:
        """About today's price and volatility."""
        (x, u), far = self.start, self.reach * self.length
        steep = self.momentum / self.length
        return (
            (x - far, x + far),
            (u - self.spread, u + self.spread),
            (-steep, steep),
            (-self.momentum, self.momentum),
        )

    @property
    def time_scale(self) -> float:
        """A third of ``1 / nu^2``, in yr: in it motions stay near the box."""
        return 1 / (3 * self.volatility_of_volatility**2)

    @property
    def training_horizon(self) -> float:
        """One time scale: motions run away from each other."""
        return self.time_scale

    @property
    def energy_scale(self) -> float:
        """The energy of the largest momenta where the volatility is today's, in 1/yr."""
        return 1.5 * (self.volatility_of_volatility * self.momentum) ** 2

    @property
    def reversible(self) -> bool:
        """Yes: there is no drift."""
        return True

    def drift(self, q: Float[Tensor, "*batch dof"]) -> Float[Tensor, "*batch dof"]:
        """Return zero."""
        return torch.zeros_like(q)

    def covariance(self, q: Float[Tensor, "*batch dof"]) -> Float[Tensor, "*batch dof dof"]:
        """Return the inverse of the metric."""
        alpha, nu = q[..., 1].exp(), self.volatility_of_volatility
        mixed = self.correlation * nu * alpha
        rows = torch.stack((alpha.square(), mixed, mixed, torch.full_like(alpha, nu**2)), dim=-1)
        return rows.unflatten(-1, (2, 2))

    def invariants(self, x: Float[Tensor, "*batch state"]) -> Mapping[str, Float[Tensor, "*batch"]]:
        """Return the momentum of the price."""
        return {"momentum_of_price": split_state(x)[1][..., 0]}
