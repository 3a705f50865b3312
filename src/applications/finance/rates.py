"""What people who trade interest rates ask of the energy of a short rate.

The momentum of a short rate is minus a duration, and minus its energy is a forward rate.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace

import torch
from jaxtyping import Float
from torch import Tensor

from ...boundary.characteristics import Box
from ...boundary.terminal import Terminal, terminal_problem
from ...mechanics.hamiltonian import Energy
from ...systems.finance.cir import CIR
from ...systems.finance.cir_intensity import CIRIntensity
from ...systems.finance.mean_reverting import MeanReverting
from ...systems.finance.vasicek import Vasicek
from ..curve import Anchor, Curve, Shared

MATURITIES = (1.0, 2.0, 3.0, 5.0, 7.0, 10.0)
"""Of the curves, in yr."""
HEDGE = 5.0
"""Maturity of the bond that others are hedged with, in yr."""
BP = 1e4
"""Basis points in 1."""


def discounts(
    energy: Energy,
    today: Float[Tensor, " dof"],
    maturities: Float[Tensor, " maturities"],
    domain: Box,
) -> Terminal:
    """Return the motions whose actions are the logarithms of zero bonds' prices.

    They end with p = 0: a bond that is due is worth 1 at every rate.
    """
    return terminal_problem(energy, today, torch.zeros_like(today), maturities, domain)


def zero_yields(bonds: Terminal) -> Float[Tensor, " maturities"]:
    """Return yields of zero bonds, per year, continuously compounded."""
    return -bonds.action / bonds.times


def forward_rates(energy: Energy, bonds: Terminal) -> Float[Tensor, " maturities"]:
    """Return instantaneous forward rates f(0, T): minus the energies of the motions."""
    return -energy(bonds.end)


def durations(bonds: Terminal) -> Float[Tensor, " maturities"]:
    """Return ``-d ln P / dr``, in yr: by how much prices fall when today's rate rises."""
    return -bonds.momentum[:, 0]


def hedge_ratios(bonds: Terminal, of: int) -> Float[Tensor, " maturities"]:
    """Return how many bonds, of the maturity with this index, offset one of each.

    Both together then do not change with today's rate.
    """
    exposure = bonds.action.exp() * durations(bonds)
    return exposure / exposure[of]


def closed_form(
    system: Vasicek | CIR | CIRIntensity, maturities: Float[Tensor, " maturities"]
) -> Terminal:
    """Return prices, durations and forward rates as textbooks have them.

    Source:
        Vasicek 1977, eq. (27); Cox, Ingersoll, Ross 1985, eq. (23).
    """
    k, mean, s, today = system.pull, system.mean, system.volatility, system.today
    if isinstance(system, Vasicek):
        duration = -torch.expm1(-k * maturities) / k
        limit = mean - s**2 / (2 * k**2)
        fixed = (duration - maturities) * limit - (s * duration) ** 2 / (4 * k)
        forward = today + k * duration * (mean - today) - (s * duration) ** 2 / 2
    else:
        h = math.sqrt(k**2 + 2 * s**2)
        grown = torch.expm1(h * maturities)
        below = (h + k) * grown + 2 * h
        duration = 2 * grown / below
        fixed = 2 * k * mean / s**2 * ((k + h) * maturities / 2 + (2 * h / below).log())
        forward = today + k * duration * (mean - today) - today * (s * duration) ** 2 / 2
    end = torch.stack((forward, torch.zeros_like(forward)), dim=-1)
    return Terminal(maturities, fixed - duration * today, -duration.unsqueeze(-1), end)


def term_structure(system: Vasicek | CIR) -> Mapping[str, Curve]:
    """Return yields, forward rates, durations and hedge ratios of zero bonds."""
    maturities = torch.tensor(MATURITIES, dtype=torch.float64)
    today = torch.tensor([system.today], dtype=torch.float64)
    exact, hedge = closed_form(system, maturities), MATURITIES.index(HEDGE)
    bonds = Shared(lambda energy: discounts(energy, today, maturities, Box.of(system.bounds)))
    rate = Curve(
        meaning="yield of a zero bond, from the action -ln P",
        axis="maturity (yr)",
        points=maturities,
        unit="%",
        value=lambda energy: 100 * zero_yields(bonds(energy)),
        exact=100 * zero_yields(exact),
        error_unit="bp",
        error_factor=BP / 100,
        anchor=anchor_of(system),
    )
    exposure = replace(rate, error_unit="%", relative=True)
    return {
        "zero_yield": rate,
        "forward_rate": replace(
            rate,
            meaning="forward rate f(0, T), minus the energy of the bond's motion",
            value=lambda energy: 100 * forward_rates(energy, bonds(energy)),
            exact=100 * exact.end[:, 0],
        ),
        "duration": replace(
            exposure,
            meaning="-d ln P / dr, minus the momentum today",
            unit="yr",
            value=lambda energy: durations(bonds(energy)),
            exact=durations(exact),
        ),
        "hedge_ratio": replace(
            exposure,
            meaning=f"bonds of {HEDGE:g} yr that offset one of this maturity",
            unit="",
            value=lambda energy: hedge_ratios(bonds(energy), hedge),
            exact=hedge_ratios(exact, hedge),
        ),
    }


def anchor_of(system: MeanReverting) -> Anchor:
    """Return the state at the mean without momentum: its energy is minus the rate of killing."""
    at = torch.tensor([system.mean, 0.0], dtype=torch.float64)
    return Anchor(at, -float(system.killing(at[:1])))
