"""The most plausible way to a crash of the price in Heston's model."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import torch
from scipy.integrate import solve_ivp

from ...boundary.characteristics import Box, Characteristics
from ...boundary.ends import Across
from ...mechanics.hamiltonian import Energy
from ...systems.finance.heston_crash import HestonCrash
from ..curve import Anchor, Curve, Shared
from .heston import log_moment, probability_below, slope
from .roots import root
from .stress import SAMPLES, plausibility, stress_path

DROPS = (-0.12, -0.25)
"""Changes of the logarithmic price at the end of a crash."""


def heston_crash_path(system: HestonCrash, drop: float) -> Characteristics:
    """Return the mean path under the tilted measure, and its relative entropy at the end."""
    start, horizon = system.initial_variance, system.maturity
    tilt = heston_tilt(system, drop)
    back, sigma, mixed = system.reversion, system.volatility_of_variance, system.correlation
    t = np.linspace(0, horizon, SAMPLES)

    def momentum(ahead: float) -> float:
        # ln E is affine in today's variance, and its slope there is the momentum.
        more = replace(system, initial_variance=start + 1.0)
        both = [np.real(log_moment(one, tilt, ahead)) for one in (more, system)]
        return float(both[0] - both[1])

    def rates(now: float, y: np.ndarray) -> list[float]:
        v, p = y[1], momentum(horizon - now)
        drift = system.growth + v * (tilt - 0.5 + mixed * sigma * p)
        return [drift, back * (system.mean_variance - v) + sigma * v * (mixed * tilt + sigma * p)]

    q = solve_ivp(rates, (0, horizon), [0.0, start], "DOP853", t, rtol=1e-11, atol=1e-13).y.T
    p = np.stack((np.full(SAMPLES, tilt), [momentum(horizon - one) for one in t]), axis=-1)
    entropy = tilt * drop - float(np.real(log_moment(system, tilt, horizon)))
    action = torch.full((SAMPLES,), torch.nan, dtype=torch.float64)
    action[-1] = entropy
    return Characteristics(torch.from_numpy(t), torch.from_numpy(np.hstack((q, p))), action)


def heston_tilt(system: HestonCrash, drop: float) -> float:
    """Return u such that the tilted mean of the logarithmic price is the drop: ``K'(u) = l``."""

    def excess(u: float) -> float:
        return slope(lambda one: float(np.real(log_moment(system, one, system.maturity))), u) - drop

    return root(excess, system.momentum_of_price[0], 0.0)


def crash(system: HestonCrash) -> Mapping[str, Curve]:
    """Return the paths of price and variance to each drop, and their relative entropies."""
    start = torch.tensor(system.start, dtype=torch.float64)
    normal = torch.tensor([1.0, 0.0], dtype=torch.float64)
    domain = Box.of(system.bounds)

    def solve(energy: Energy) -> list[Characteristics]:
        ends = [Across(normal, drop, start.new_tensor([drop, start[1]])) for drop in DROPS]
        return [stress_path(energy, start, end, system.maturity, domain) for end in ends]

    paths, exact = Shared(solve), [heston_crash_path(system, drop) for drop in DROPS]
    chances = [probability_below(system, drop, system.maturity) for drop in DROPS]
    anchor = Anchor(torch.cat((start, 0 * start)), 0.0)
    found = {}
    for index, drop in enumerate(DROPS):
        found[f"variance_to_{-drop:g}"] = Curve(
            meaning=f"most plausible variance on the way to {drop:g} of ln S",
            axis="t (yr)",
            points=exact[index].t,
            unit="1/yr",
            value=lambda energy, i=index: paths(energy)[i].x[:, 1],
            exact=exact[index].x[:, 1],
            source="mean under the tilted measure, in closed form",
            error_unit="%",
            relative=True,
            anchor=anchor,
        )
        found[f"price_to_{-drop:g}"] = replace(
            found[f"variance_to_{-drop:g}"],
            meaning=f"profit and loss of the asset on the most plausible way to {drop:g} of ln S",
            unit="",
            value=lambda energy, i=index: paths(energy)[i].x[:, 0].expm1(),
            exact=exact[index].x[:, 0].expm1(),
        )
    entropy = torch.stack([path.action[-1] for path in exact])
    found["relative_entropy"] = replace(
        found[f"variance_to_{-DROPS[0]:g}"],
        meaning="relative entropy of the most plausible path, its action",
        axis="change of ln S",
        points=torch.tensor(DROPS, dtype=torch.float64),
        unit="nat",
        value=lambda energy: torch.stack([path.action[-1] for path in paths(energy)]),
        exact=entropy,
        source="u l - K(u) in closed form",
    )
    found["plausibility"] = plausibility(found["relative_entropy"], torch.tensor(chances).double())
    return found
