"""What people who price options ask of the energy of a price with a random variance."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import torch
from jaxtyping import Float
from scipy.interpolate import BSpline, make_interp_spline
from scipy.special import ndtr
from torch import Tensor

from ...boundary.characteristics import Box
from ...boundary.terminal import Terminal, terminal_problem
from ...mechanics.hamiltonian import Energy
from ...systems.finance.heston import Heston
from ...systems.finance.heston_log_price import HestonLogPrice
from ...systems.finance.heston_smile import HestonSmile
from ..curve import Anchor, Curve
from .backward import generator_moments
from .fourier import calls, frequencies, implied_volatilities
from .geodesic_smiles import PERCENT, VOL_BP
from .heston import expected_variance, heston_smile, log_moment
from .rates import BP
from .roots import root

TILTS = (-3.0, -2.0, -1.0, 0.0, 0.5, 1.0, 2.0, 4.0)
MATURITIES = (0.1, 0.25, 0.5, 1.0)
STRIKES = (0.8, 0.9, 1.0, 1.1, 1.2)
SADDLES = 15
"""Tilts from which the saddlepoints of strikes are found."""


def tilted(energy: Energy, system: Heston, u: float, times: Float[Tensor, " times"]) -> Terminal:
    """Return the motions that end with the momenta (u, 0): their actions are ``ln E exp(u x)``."""
    start = torch.tensor(system.start, dtype=torch.float64)
    return terminal_problem(energy, start, start.new_tensor([u, 0.0]), times, Box.of(system.bounds))


def cumulants(
    energy: Energy, system: Heston, tilts: Float[Tensor, " tilts"]
) -> Float[Tensor, " tilts"]:
    """Return ``K(u) = ln E exp(u (x_T - x_0))`` at the system's maturity, as actions."""
    times = tilts.new_tensor([system.maturity])
    return torch.cat([tilted(energy, system, u, times).action for u in tilts.tolist()])


def price_cumulants(system: HestonLogPrice) -> Mapping[str, Curve]:
    """Return the cumulants of the price, and the forward prices that K(1) tells."""
    tilts = torch.tensor(TILTS, dtype=torch.float64)
    times = torch.tensor(MATURITIES, dtype=torch.float64)
    exact = torch.from_numpy(np.real(log_moment(system, tilts.numpy(), system.maturity)))
    cumulant = Curve(
        meaning=f"ln E exp(u ln S) of the price in {system.maturity:g} yr, an action",
        axis="u",
        points=tilts,
        unit="",
        value=lambda energy: cumulants(energy, system, tilts),
        exact=exact,
        error_unit="%",
        relative=True,
        anchor=_at_rest(system),
    )
    forward = replace(
        cumulant,
        meaning="forward price over that of no arbitrage, which is exp K(1)",
        axis="maturity (yr)",
        points=times,
        value=lambda energy: tilted(energy, system, 1.0, times).action.exp(),
        exact=torch.ones_like(times),
        source="no arbitrage",
        error_unit="bp",
        error_factor=BP,
        relative=False,
    )
    return {"cumulant": cumulant, "forward": forward}


def finite_smile(system: HestonSmile) -> Mapping[str, Curve]:
    """Return the smile of the learned generator, and that of saddlepoints with its floor."""
    strikes = torch.tensor(STRIKES, dtype=torch.float64)
    k, maturity = strikes.log(), system.maturity
    z, _ = frequencies()

    def by_generator(energy: Energy) -> Tensor:
        moments = generator_moments(
            energy, system.start, (system.variance[0], system.variance[1]), 0.5 + 1j * z, maturity
        )
        return PERCENT * implied_volatilities(calls(moments, k), k, maturity)

    def by_saddlepoints(energy: Energy) -> Tensor:
        low, high = system.momentum_of_price
        tilts = torch.linspace(low, high, SADDLES, dtype=torch.float64)
        return PERCENT * saddlepoint_smile(tilts, cumulants(energy, system, tilts), k, maturity)

    far = torch.linspace(-30, 30, 601, dtype=torch.float64)
    floor = saddlepoint_smile(far, _finite_moments(system, far), k, maturity)
    flat = math.sqrt(expected_variance(system, maturity))
    smile = Curve(
        meaning=f"implied volatility of options in {maturity:g} yr, of the learned generator",
        axis="strike",
        points=strikes,
        unit="%",
        value=by_generator,
        exact=PERCENT * heston_smile(system, k, maturity),
        source="Fourier's integral of the closed form",
        error_unit="vol-bp",
        error_factor=VOL_BP,
        anchor=_at_rest(system),
        others={"Black and Scholes": torch.full_like(k, PERCENT * flat)},
    )
    saddle = replace(
        smile,
        meaning="the same from real cumulants, by saddlepoints: no better than with the true ones",
        value=by_saddlepoints,
        others={"saddlepoints of the true cumulants": PERCENT * floor},
    )
    return {"smile": smile, "saddlepoint_smile": saddle}


def saddlepoint_smile(
    tilts: Float[Tensor, " tilts"],
    cumulant: Float[Tensor, " tilts"],
    moneyness: Float[Tensor, " strikes"],
    maturity: float,
) -> Float[Tensor, " strikes"]:
    """Return implied volatilities by Lugannani and Rice's formula; NaN beyond the tilts.

    A call is worth ``P1(X > k) - exp(k) P0(X > k)``, with P1 the measure tilted by 1.

    Source:
        R. Lugannani, S. Rice, *Advances in Applied Probability* 12 (1980) 475, eq. (10); L. Rogers,
        O. Zane, *Annals of Applied Probability* 9 (1999) 493, for options.
    """
    known = cumulant.isfinite()
    if int(known.sum()) < 6:
        return torch.full_like(moneyness, torch.nan)
    u = tilts[known].numpy()
    spline = make_interp_spline(u, cumulant[known].numpy(), 5)
    prices = [_saddle_call(spline, float(u[0]), float(u[-1]), k) for k in moneyness.tolist()]
    return implied_volatilities(np.array(prices), moneyness, maturity)


def _saddle_call(value: BSpline, low: float, high: float, k: float) -> float:
    """Return the price of a call, of K as a spline with its derivatives."""

    def excess(u: float) -> float:
        return float(value(u, 1)) - k

    if not (excess(low) < 0 < excess(high)):
        return math.nan
    best = root(excess, low, high)
    bend = float(value(best, 2))

    def above(at: float) -> float:
        """Return the probability under the measure tilted by ``at``."""
        tilt = best - at
        gain = tilt * k - float(value(best) - value(at))
        w, x = math.copysign(math.sqrt(2 * max(gain, 0.0)), tilt), tilt * math.sqrt(bend)
        bell = math.exp(-w * w / 2) / math.sqrt(2 * math.pi)
        return float(ndtr(-w)) + bell * (1 / x - 1 / w)

    return above(1.0) - math.exp(k) * above(0.0)


def _finite_moments(system: Heston, tilts: Tensor) -> Tensor:
    """Return the cumulants in closed form, NaN where moments have exploded."""
    with np.errstate(all="ignore"):
        moments = log_moment(system, tilts.numpy(), system.maturity)
    real = torch.from_numpy(np.real(moments))
    steps = real.diff().diff()
    convex = torch.cat((steps[:1], steps, steps[-1:])) > 0
    good = convex & torch.from_numpy(np.abs(np.imag(moments)) < 1e-9)
    middle = len(tilts) // 2
    left = good[:middle].flip(0).int().cumprod(0).flip(0)
    right = good[middle:].int().cumprod(0)
    return torch.where(torch.cat((left, right)).bool(), real, torch.nan)


def _at_rest(system: Heston) -> Anchor:
    """Return where probability is conserved: at vanishing momenta."""
    start = torch.tensor(system.start, dtype=torch.float64)
    return Anchor(torch.cat((start, torch.zeros_like(start))), 0.0)
