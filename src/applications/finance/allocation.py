"""What long-term investors ask of opportunities that come and go: how much to hold against them."""

from __future__ import annotations

import math
from collections.abc import Mapping

import torch
from jaxtyping import Float
from torch import Tensor

from ...boundary.characteristics import Box
from ...boundary.ends import Free, NoMotionError
from ...boundary.two_point import two_point
from ...mechanics.hamiltonian import Energy
from ...systems.finance.kim_omberg import KimOmberg
from ..curve import Curve

HORIZONS = (1.0, 2.0, 3.0, 5.0, 7.0, 10.0, 15.0, 20.0, 30.0)
"""In yr."""


def hedging_demand(
    system: KimOmberg, energy: Energy, horizons: Float[Tensor, " horizons"]
) -> Float[Tensor, " horizons"]:
    """Return what is held beyond the holding of an investor who looks a moment ahead.

    It is the momentum of the motion that ends with p = 0, times what hedges a unit of it.
    """
    today = torch.tensor([system.today], dtype=torch.float64)
    domain, free = Box.of(system.bounds), Free(torch.zeros_like(today))

    def slope(horizon: float) -> Tensor:
        t = torch.tensor([0.0, horizon], dtype=torch.float64)
        try:
            return two_point(energy, today, free, t, domain=domain).x[0, 1]
        except NoMotionError:
            return today.new_tensor(torch.nan)

    return system.hedge * torch.stack([slope(horizon) for horizon in horizons.tolist()])


def exact_slopes(system: KimOmberg, horizon: float) -> tuple[float, float]:
    """Return B and C of the momentum ``B + C X`` of an investor with this horizon, in yr.

    Source:
        Kim and Omberg 1996, the case of a positive discriminant ("normal").
    """
    g, variance = system.aversion, system.variance
    b = 2 * (g * system.correlation * system.spread - system.pull)
    eta = math.sqrt(b**2 - 4 * variance * g)
    gone = -math.expm1(-eta * horizon)
    below = 2 * eta - (b + eta) * gone
    start = 4 * g * system.pull * system.mean * math.expm1(-eta * horizon / 2) ** 2 / eta
    return start / below, 2 * g * gone / below


def allocation(system: KimOmberg) -> Mapping[str, Curve]:
    """Return the hedging demand, by the horizon of the investor."""
    horizons = torch.tensor(HORIZONS, dtype=torch.float64)
    slopes = [exact_slopes(system, horizon) for horizon in HORIZONS]
    exact = [system.hedge * (b + c * system.today) for b, c in slopes]
    myopic = system.today / (system.risk_aversion * system.volatility)
    return {
        "hedging_demand": Curve(
            meaning="share of the wealth held as a hedge, from the momentum; "
            f"{myopic:.4g} are held beside it whatever the horizon",
            axis="horizon (yr)",
            points=horizons,
            unit="of the wealth",
            value=lambda energy: hedging_demand(system, energy, horizons),
            exact=torch.tensor(exact, dtype=torch.float64),
            error_unit="%",
            relative=True,
        )
    }
