"""Closed forms of Heston's model."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from jaxtyping import Float
from scipy.integrate import quad
from torch import Tensor

from ...systems.finance.heston import Heston
from .fourier import calls, frequencies, implied_volatilities


def log_moment(system: Heston, u: np.ndarray | complex, maturity: float) -> np.ndarray:
    """Return ``ln E exp(u (x_T - x_0))`` for real or complex u, the branch of the logarithm kept.

    Source:
        S. L. Heston, *Review of Financial Studies* 6 (1993) 327, eq. (17), in the form of
        H. Albrecher, P. Mayer, W. Schoutens, J. Tistaert, *Wilmott Magazine*, January 2007.
    """
    u = np.asarray(u, dtype=complex)
    sigma, back = system.volatility_of_variance, system.reversion
    pull = back - system.correlation * sigma * u
    d = np.sqrt(pull**2 - sigma**2 * (u**2 - u))
    ratio, fade = (pull - d) / (pull + d), np.exp(-d * maturity)
    slope = (pull - d) / sigma**2 * (1 - fade) / (1 - ratio * fade)
    turned = (pull - d) * maturity - 2 * np.log((1 - ratio * fade) / (1 - ratio))
    level = back * system.mean_variance / sigma**2 * turned
    return np.asarray(level + slope * system.initial_variance + system.growth * u * maturity)


def slope(function: Callable[[float], float], at: float, apart: float = 1e-3) -> float:
    """Return the derivative of a smooth function, of order four in the distance of its points."""
    near, far = (function(at + n * apart) - function(at - n * apart) for n in (1, 2))
    return (8 * near - far) / (12 * apart)


def heston_smile(
    system: Heston, moneyness: Float[Tensor, " strikes"], maturity: float
) -> Float[Tensor, " strikes"]:
    """Return implied volatilities by Fourier's integral of the moments."""
    z, _ = frequencies()
    prices = calls(log_moment(system, 0.5 + 1j * z, maturity), moneyness)
    return implied_volatilities(prices, moneyness, maturity)


def probability_below(system: Heston, change: float, maturity: float) -> float:
    """Return the probability that the logarithmic price changes by less than this.

    Source:
        J. Gil-Pelaez, *Biometrika* 38 (1951) 481, eq. (4).
    """

    def density(z: float) -> float:
        return float((np.exp(log_moment(system, 1j * z, maturity) - 1j * z * change) / z).imag)

    return 0.5 - quad(density, 1e-10, math.inf, limit=500, epsabs=1e-10)[0] / math.pi


def expected_variance(system: Heston, maturity: float) -> float:
    """Return the mean of the variance over the time until then: what a flat smile would have."""
    fade = -math.expm1(-system.reversion * maturity) / (system.reversion * maturity)
    return system.mean_variance + (system.initial_variance - system.mean_variance) * fade
