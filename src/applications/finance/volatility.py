"""What people who forecast volatility ask of the energy of a variance."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from ...boundary.characteristics import Box, characteristics
from ...mechanics.hamiltonian import Energy, energy_gradient
from ...mechanics.state import split_state
from ...systems.finance.heston_variance import HestonVariance
from ...systems.finance.log_ou_variance import LogOUVariance
from ..curve import Curve

MONTH = 30 / 365
HORIZONS = (MONTH, 0.25, 0.5, 0.75, 1.0)
"""Of the forecasts, in yr."""
STRESSED = 4.0
"""How many times its mean a variance is under stress."""


@dataclass(frozen=True)
class Drift:
    """The drift of an energy as an energy of its own, ``p . H_p(q, 0) - q``.

    Its motion from p = 0 is the expectation of an affine process, as the one of H is; and its
    action is the integral of q. A learned H may move p from 0, and this does not.
    """

    energy: Energy

    def __call__(self, x: Tensor, t: Tensor | None = None) -> Tensor:
        """Return ``p . H_p(q, 0) - q``, for one quantity q."""
        q, p = split_state(x)
        still = torch.cat((q, torch.zeros_like(p)), dim=-1)
        return (p * split_state(energy_gradient(self.energy, still))[1]).sum(-1) - q[..., 0]


@dataclass(frozen=True)
class Killed:
    """An energy that is killed at the rate ``weight q`` beside its own."""

    energy: Energy
    weight: float

    def __call__(self, x: Tensor, t: Tensor | None = None) -> Tensor:
        """Return ``H - weight q``, for one quantity q."""
        return self.energy(x, t) - self.weight * x[..., 0]


def forecast(
    energy: Energy, today: float, times: Float[Tensor, " times"], domain: Box
) -> tuple[Float[Tensor, " times"], Float[Tensor, " times"]]:
    """Return the motion that costs nothing, along the drift H_p(q, 0), and its mean up to a time.

    For affine processes this is the expectation.
    """
    start = torch.tensor([[today, 0.0]], dtype=times.dtype)
    free = torch.tensor([0.0, torch.inf], dtype=times.dtype)  # the momentum is not that of H
    domain = Box(domain.low - free, domain.high + free)
    whole = torch.cat((torch.zeros_like(times[:1]), times))
    motion = characteristics(Drift(energy), start, whole, domain)
    return motion.x[1:, 0, 0], motion.action[1:, 0] / times


def vix_curves(system: HestonVariance) -> Mapping[str, Curve]:
    """Return the term structure of expected volatility, from today's variance and from stress."""
    times = torch.tensor(HORIZONS, dtype=torch.float64)
    box = Box.of(system.bounds)

    def curve(today: float, meaning: str) -> Curve:
        shrunk = -torch.expm1(-system.pull * times) / (system.pull * times)
        return Curve(
            meaning=meaning,
            axis="horizon (yr)",
            points=times,
            unit="points",
            value=lambda energy: 100 * forecast(energy, today, times, box)[1].sqrt(),
            exact=100 * (system.mean + (today - system.mean) * shrunk).sqrt(),
            others={"as today": torch.full_like(times, 100 * today**0.5)},
        )

    return {
        "vix": curve(system.today, "root of the expected mean variance, along the drift"),
        "vix_stressed": curve(
            STRESSED * system.mean, f"the same from {STRESSED:g} times the mean variance"
        ),
    }


def log_forecast(system: LogOUVariance) -> Mapping[str, Curve]:
    """Return the forecast of the volatility whose logarithm comes back to its mean."""
    times = torch.tensor(HORIZONS, dtype=torch.float64)
    box, today = Box.of(system.bounds), system.today
    expected = system.mean + (today - system.mean) * (-system.pull * times).exp()

    def points(y: Tensor) -> Tensor:
        return 100 * (y / 2).exp()

    return {
        "median_volatility": Curve(
            meaning="median of the volatility at the horizon, from the motion without momentum",
            axis="horizon (yr)",
            points=times,
            unit="points",
            value=lambda energy: points(forecast(energy, today, times, box)[0]),
            exact=points(expected),
            others={"as today": points(torch.full_like(times, today))},
        )
    }
