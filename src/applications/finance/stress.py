"""What people who test portfolios ask: the most plausible way to a given loss."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np
import torch
from jaxtyping import Float
from scipy.integrate import solve_ivp
from scipy.optimize import brentq
from scipy.special import ndtr
from torch import Tensor

from ...boundary.characteristics import Box, Characteristics, characteristics
from ...boundary.ends import Across, NoMotionError
from ...boundary.two_point import two_point
from ...mechanics.hamiltonian import Energy
from ...systems.finance.heston_crash import HestonCrash
from ...systems.finance.ou_reverse_stress import OUReverseStress
from ..curve import Anchor, Curve, Shared
from .heston import log_moment, probability_below, slope
from .rates import box_of

SAMPLES = 9
"""States along a path."""
DROPS = (-0.12, -0.25)
"""Changes of the logarithmic price at the end of a crash."""
LOSSES = (0.5, 1.0, 1.5)
"""Losses of the portfolio, in units of that of the system."""


def stress_path(
    energy: Energy, start: Float[Tensor, " dof"], end: Across, maturity: float, domain: Box
) -> Characteristics:
    r"""Return the most plausible path to a plane of losses; NaN where the energy has none.

    Its action is the relative entropy, in nats, of the mildest change of the measure that makes
    the loss an expectation, if the model is affine: a path then is a mean under it. ``exp(-S)`` is
    no probability.

    Source:
        T. Breuer, I. Csiszar, *Journal of Banking and Finance* 37 (2013) 1552.
    """
    t = torch.linspace(0, maturity, SAMPLES, dtype=start.dtype)
    rest = torch.cat((start, torch.zeros_like(start)))
    today = float(end.normal @ start)
    try:
        # By way of half the loss: far from it a learned energy may have other paths, of no meaning.
        half = start + (end.place - start) / 2
        halfway = Across(end.normal, today + (end.level - today) / 2, half)
        path = two_point(energy, start, halfway, t)
        return two_point(energy, start, end, t, rest + 2 * (path.x - rest), domain)
    except NoMotionError:
        nowhere = start.new_full((SAMPLES, 2 * len(start)), torch.nan)
        return Characteristics(t, nowhere, nowhere[:, 0])


def heston_crash_path(system: HestonCrash, drop: float) -> Characteristics:
    """Return the mean path under the tilted measure, and its relative entropy at the end."""
    start, horizon = system.initial_variance, system.maturity
    tilt = heston_tilt(system, drop)
    back, sigma, mixed = system.reversion, system.volatility_of_variance, system.correlation
    t = np.linspace(0, horizon, SAMPLES)

    def momentum(ahead: float) -> float:
        # ln E is affine in today's variance, and its slope there is the momentum.
        more = replace(system, initial_variance=start + 1.0)
        both = [log_moment(one, tilt, ahead).real for one in (more, system)]
        return float(both[0] - both[1])

    def rates(now: float, y: np.ndarray) -> list[float]:
        v, p = y[1], momentum(horizon - now)
        drift = system.growth + v * (tilt - 0.5 + mixed * sigma * p)
        return [drift, back * (system.mean_variance - v) + sigma * v * (mixed * tilt + sigma * p)]

    q = solve_ivp(rates, (0, horizon), [0.0, start], "DOP853", t, rtol=1e-11, atol=1e-13).y.T
    p = np.stack((np.full(SAMPLES, tilt), [momentum(horizon - one) for one in t]), axis=-1)
    entropy = tilt * drop - float(log_moment(system, tilt, horizon).real)
    action = torch.full((SAMPLES,), torch.nan, dtype=torch.float64)
    action[-1] = entropy
    return Characteristics(torch.from_numpy(t), torch.from_numpy(np.hstack((q, p))), action)


def heston_tilt(system: HestonCrash, drop: float) -> float:
    """Return u such that the tilted mean of the logarithmic price is the drop: ``K'(u) = l``."""

    def excess(u: float) -> float:
        return slope(lambda one: float(log_moment(system, one, system.maturity).real), u) - drop

    return brentq(excess, system.momentum_of_price[0], 0.0, xtol=1e-13)


def crash(system: HestonCrash) -> Mapping[str, Curve]:
    """Return the paths of price and variance to each drop, and their relative entropies."""
    start = torch.tensor(system.start, dtype=torch.float64)
    normal = torch.tensor([1.0, 0.0], dtype=torch.float64)
    domain = box_of(system.bounds)

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
    found["plausibility"] = _plausibility(found["relative_entropy"], torch.tensor(chances).double())
    return found


@dataclass(frozen=True)
class Gaussian:
    """Paths of Gaussian factors that end with a loss, in closed form."""

    system: OUReverseStress

    def covariance(self, t: float) -> np.ndarray:
        """Return the covariance of the factors after a time, from their means."""
        k, d = self._matrices()
        size = len(k)
        # Van Loan: the exponential of a block matrix holds the integral of e^-Ks D e^-K's.
        block = np.block([[k, d], [np.zeros((size, size)), -k.T]])
        whole = _exponential(block * t)
        return _exponential(-k * t) @ whole[:size, size:]

    def path(self, loss: float) -> Characteristics:
        """Return the mean of all paths with this loss, and the action of it at the end."""
        k, _ = self._matrices()
        w, horizon = np.array(self.system.weights), self.system.maturity
        variance = float(w @ self.covariance(horizon) @ w)
        tilt = loss / variance
        t = np.linspace(0, horizon, SAMPLES)
        p = np.stack([_exponential(-k.T * (horizon - one)) @ w * tilt for one in t])
        q = np.stack([self.covariance(one) @ two for one, two in zip(t, p, strict=True)])
        action = torch.full((SAMPLES,), torch.nan, dtype=torch.float64)
        action[-1] = loss**2 / (2 * variance)
        return Characteristics(torch.from_numpy(t), torch.from_numpy(np.hstack((q, p))), action)

    def probability(self, loss: float) -> float:
        """Return the probability of that loss or a larger one."""
        w = np.array(self.system.weights)
        return float(ndtr(-loss / math.sqrt(w @ self.covariance(self.system.maturity) @ w)))

    def after(self, q: Tensor, t: Tensor) -> Float[Tensor, "time dof"]:
        """Return the means of the factors at later times, from where they are."""
        k, _ = self._matrices()
        return torch.from_numpy(
            np.stack([_exponential(-k * one) @ q.numpy() for one in t.tolist()])
        )

    def _matrices(self) -> tuple[np.ndarray, np.ndarray]:
        d = self.system.covariance(torch.zeros(3, dtype=torch.float64))
        return np.array(self.system.reversion), d.numpy()


def reverse_stress(system: OUReverseStress) -> Mapping[str, Curve]:
    """Return the paths of the factors to a loss, what each loses, and what is expected after."""
    start = torch.tensor(system.start, dtype=torch.float64)
    normal = torch.tensor(system.weights, dtype=torch.float64)
    domain, gaussian = box_of(system.bounds), Gaussian(system)
    unit = torch.tensor(system.volatility, dtype=torch.float64).square() * normal
    losses = torch.tensor([part * system.loss for part in LOSSES], dtype=torch.float64)
    exact = [gaussian.path(loss) for loss in losses.tolist()]
    main, later = exact[LOSSES.index(1.0)], exact[0].t

    def solve(energy: Energy) -> list[Characteristics]:
        ends = [Across(normal, float(one), unit * one / (normal @ unit)) for one in losses]
        return [stress_path(energy, start, end, system.maturity, domain) for end in ends]

    paths = Shared(solve)

    def path(energy: Energy) -> Tensor:
        return paths(energy)[LOSSES.index(1.0)].x[:, :3]

    def expected_loss(energy: Energy) -> Tensor:
        q = path(energy)[-1]
        mean = characteristics(energy, torch.cat((q, 0 * q)), later).x[:, :3]
        return mean @ normal

    found = {
        f"{name}_path": Curve(
            meaning=f"{name} on the most plausible way to a loss of {system.loss:g}",
            axis="t (yr)",
            points=main.t,
            unit="",
            value=lambda energy, i=index: path(energy)[:, i],
            exact=main.x[:, index],
            source="mean of all paths with that loss, in closed form",
            error_unit="%",
            relative=True,
            anchor=Anchor(torch.cat((start, 0 * start)), 0.0),
        )
        for index, name in enumerate(system.spec.positions)
    }
    first = found[f"{system.spec.positions[0]}_path"]
    found["profit_and_loss"] = replace(
        first,
        meaning="of each asset at the end of the path: 1 equity, 2 VIX, 3 credit spread",
        axis="asset",
        points=torch.arange(1.0, 4.0, dtype=torch.float64),
        value=lambda energy: -normal * path(energy)[-1],
        exact=-normal * main.x[-1, :3],
    )
    found["forward_loss"] = replace(
        first,
        meaning="expected loss of the portfolio after the stress, by the motion without momentum",
        axis="time after the stress (yr)",
        points=later,
        value=expected_loss,
        exact=gaussian.after(main.x[-1, :3], later) @ normal,
    )
    found["relative_entropy"] = replace(
        first,
        meaning="relative entropy of the most plausible path, its action",
        axis="loss",
        points=losses,
        unit="nat",
        value=lambda energy: torch.stack([one.action[-1] for one in paths(energy)]),
        exact=torch.stack([one.action[-1] for one in exact]),
        source="l^2 / 2 w . C w",
    )
    chances = torch.tensor([gaussian.probability(loss) for loss in losses.tolist()]).double()
    found["plausibility"] = _plausibility(found["relative_entropy"], chances)
    return found


def _plausibility(entropy: Curve, probability: Tensor) -> Curve:
    """Return ``exp(-S)`` beside the probability, which it is not."""
    value: Callable[[Energy], Tensor] = entropy.value
    return replace(
        entropy,
        meaning="exp(-S) of the most plausible path, which is not the probability of the loss",
        unit="",
        value=lambda energy: (-value(energy)).exp(),
        exact=(-entropy.exact).exp(),
        others={"probability": probability},
    )


def _exponential(matrix: np.ndarray) -> np.ndarray:
    return torch.linalg.matrix_exp(torch.from_numpy(matrix)).numpy()
