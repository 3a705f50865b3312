"""Options from the moments of a logarithmic price, and back to implied volatilities."""

from __future__ import annotations

import math

import numpy as np
import torch
from jaxtyping import Complex, Float
from scipy.special import ndtr
from torch import Tensor

from .roots import root

FARTHEST, NODES = 200.0, 160
"""Where moments have long vanished, and how many are used up to there."""
WIDEST = 5.0
"""The largest volatility that is looked for, for each square root of a year."""


def frequencies() -> tuple[np.ndarray, np.ndarray]:
    """Return the nodes z of the moments ``E exp((1/2 + i z) X)`` and their weights."""
    nodes, weights = np.polynomial.legendre.leggauss(NODES)
    return FARTHEST * (nodes + 1) / 2, FARTHEST * weights / 2


def calls(
    log_moments: Complex[np.ndarray, " frequencies"], moneyness: Float[Tensor, " strikes"]
) -> np.ndarray:
    r"""Return call prices in units of the forward price, at ``ln K / F`` of the strikes.

    .. math:: \frac CF = 1 - \frac{e^{k/2}}{\pi}
              \int_0^\infty \Re \frac{e^{-izk} E e^{(1/2 + iz) X}}{z^2 + 1/4}\,dz

    Source:
        A. Lewis, *Option Valuation under Stochastic Volatility*, 2000, section 2.2.
    """
    z, weights = frequencies()
    k = moneyness.numpy()[:, None]
    values = np.real(np.exp(log_moments - 1j * z * k)) / (z**2 + 0.25)
    return 1 - np.exp(k[:, 0] / 2) / math.pi * (values @ weights)


def implied_volatilities(
    prices: np.ndarray, moneyness: Float[Tensor, " strikes"], maturity: float
) -> Float[Tensor, " strikes"]:
    """Return the volatilities at which Black and Scholes have these call prices.

    NaN where no volatility has: such a price offers an arbitrage.
    """
    found = [
        _implied(float(price), k, maturity)
        for price, k in zip(prices, moneyness.tolist(), strict=True)
    ]
    return torch.tensor(found, dtype=torch.float64)


def black(moneyness: float, deviation: float) -> float:
    """Return the price of a call in units of the forward price, after Black and Scholes.

    Source:
        F. Black, *Journal of Financial Economics* 3 (1976) 167, eq. (16).
    """
    d = -moneyness / deviation + deviation / 2
    return float(ndtr(d) - math.exp(moneyness) * ndtr(d - deviation))


def _implied(price: float, k: float, maturity: float) -> float:
    def excess(volatility: float) -> float:
        return black(k, volatility * math.sqrt(maturity)) - price

    low, high = 1e-4, WIDEST
    if not math.isfinite(price) or excess(low) > 0 or excess(high) < 0:
        return math.nan
    return root(excess, low, high)
