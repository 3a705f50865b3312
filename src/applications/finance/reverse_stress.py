"""The most plausible way of Gaussian factors to a loss of a portfolio."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import torch
from jaxtyping import Float
from scipy.special import ndtr
from torch import Tensor

from ...boundary.characteristics import Box, Characteristics, characteristics
from ...boundary.ends import Across
from ...mechanics.hamiltonian import Energy
from ...systems.finance.ou_reverse_stress import OUReverseStress
from ..curve import Anchor, Curve, Shared
from .stress import SAMPLES, plausibility, stress_path

LOSSES = (0.5, 1.0, 1.5)
"""Losses of the portfolio, in units of that of the system."""


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
    domain, gaussian = Box.of(system.bounds), Gaussian(system)
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
    found["plausibility"] = plausibility(found["relative_entropy"], chances)
    return found


def _exponential(matrix: np.ndarray) -> np.ndarray:
    return torch.linalg.matrix_exp(torch.from_numpy(matrix)).numpy()
