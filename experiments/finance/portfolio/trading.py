"""Trading slowly towards a moving aim, month by month, with quadratic costs."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from ..series.data import Array

RISK_AVERSION = 5.0
WINDOW = 120
"""Months of a covariance; the first of them are only learned from."""
FAST = 0.3
"""Share of the last year's mean in a fast signal; the rest is the mean of all that is past."""


@dataclass(frozen=True)
class Traded:
    """What a strategy did: ``[month]``."""

    returns: Array
    """Net of costs, beyond cash."""
    turnover: Array
    """Sum of absolute trades."""


def rate(cost: float) -> float:
    """Return the share of the way to the aim that a month goes, with costs ``cost * covariance``.

    On the stable manifold (energy zero) of Garleanu's and Pedersen's Lagrangian
    ``x'Lx/2 + gamma (x-a)'S(x-a)/2`` with ``L = cost * S`` all directions decay alike, as
    ``exp(-t sqrt(gamma/cost))``.
    """
    return 1 - math.exp(-math.sqrt(RISK_AVERSION / cost))


def aim(past: Array, share: float) -> tuple[Array, Array]:
    """Return Markowitz's positions ``(gamma S)^-1 mu`` and the covariance S of a past."""
    covariance = np.cov(past[-WINDOW:].T)
    mean = share * past[-12:].mean(0) + (1 - share) * past.mean(0)
    return np.linalg.solve(RISK_AVERSION * covariance, mean), covariance


def strategies(cost: float) -> dict[str, float | None]:
    """Return the share of the way to the aim of each; None for a constant mix."""
    return {"Markowitz": 1.0, "Garleanu-Pedersen": rate(cost), "half way": 0.5, "constant": None}


def trade(factors: Array, cost: float, share: float, mix: float) -> dict[str, Traded]:
    """Walk every strategy through the months; each decision sees the past alone.

    A constant mix holds ``mix`` of each asset. Costs are ``d'(cost * S) d / 2`` of a trade d.
    """
    plans = strategies(cost)
    held = {name: np.zeros(factors.shape[1]) for name in plans}
    earned: dict[str, list[float]] = {name: [] for name in plans}
    moved: dict[str, list[float]] = {name: [] for name in plans}
    for month in range(WINDOW, len(factors) - 1):
        wanted, covariance = aim(factors[: month + 1], share)
        for name, part in plans.items():
            before = held[name]
            after = np.full_like(before, mix) if part is None else before + part * (wanted - before)
            step = after - before
            paid = cost * step @ covariance @ step / 2
            earned[name].append(float(after @ factors[month + 1] - paid))
            moved[name].append(float(np.abs(step).sum()))
            held[name] = after
    return {name: Traded(np.array(earned[name]), np.array(moved[name])) for name in plans}


def certainty_equivalent(returns: Array) -> float:
    """Return ``mean - gamma variance / 2`` of monthly returns, for a year."""
    return float(12 * (returns.mean() - RISK_AVERSION * returns.var() / 2))


def sharpe(returns: Array) -> float:
    """Return mean over standard deviation, for a year."""
    return float(math.sqrt(12) * returns.mean() / returns.std())
