"""What investors ask of trading costs: the way to the portfolio they want, and what it costs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from ...boundary.characteristics import Box, Characteristics
from ...boundary.ends import Free, NoMotionError, Towards
from ...boundary.two_point import two_point
from ...mechanics.hamiltonian import Energy
from ...systems.finance.garleanu_pedersen import GarleanuPedersen
from ..curve import Anchor, Curve, Shared

SAMPLES = 21
HORIZONS = (0.25, 0.5, 0.75, 1.0, 1.25)
"""Horizons whose costs are asked for, in that of the system."""
ENDLESS = 4.0
"""How long a motion without an end is looked at, in relaxation times of its slowest direction."""


def portfolio_path(
    energy: Energy,
    start: Float[Tensor, " assets"],
    t: Float[Tensor, " time"],
    domain: Box | None = None,
) -> Characteristics:
    """Return the motion to a free end, where trading is worth nothing more: p = 0."""
    return two_point(energy, start, Free(torch.zeros_like(start)), t, domain=domain)


def endless_path(
    energy: Energy,
    start: Float[Tensor, " assets"],
    aim: Float[Tensor, " assets"],
    t: Float[Tensor, " time"],
    domain: Box | None = None,
) -> Characteristics:
    """Return the motion that comes to rest near ``aim`` after all time, up to the last t."""
    rest = Towards.of(energy, torch.cat((aim, torch.zeros_like(aim))))
    ending = portfolio_path(energy, start, t, domain).x  # the same but near its end
    return two_point(energy, start, rest, t, ending, domain)


class BestPath:
    r"""The true one from no holdings.

    Each direction of :attr:`GarleanuPedersen.modes` for itself:
    :math:`y(t) = y_0 \cosh w(T - t) / \cosh wT`, at the cost
    :math:`\tfrac12 w \tanh(wT)\, y_0^2`.
    """

    def __init__(self, system: GarleanuPedersen) -> None:
        self.aim = np.array(system.aim)
        directions, self.rates = system.modes
        self.start = -self.aim @ directions
        self.back = np.linalg.inv(directions)

    def holdings(self, t: np.ndarray, horizon: float) -> np.ndarray:
        """Return ``[time, assets]``; the horizon may be infinite."""
        if np.isinf(horizon):
            fading = np.exp(-self.rates * t[:, None])
        else:
            fading = np.cosh(self.rates * (horizon - t[:, None])) / np.cosh(self.rates * horizon)
        return self.aim + (fading * self.start) @ self.back

    def cost(self, horizon: float) -> float:
        """Return the integral of L."""
        return float((self.rates * np.tanh(self.rates * horizon) * self.start**2).sum() / 2)


def portfolio(system: GarleanuPedersen) -> Mapping[str, Curve]:
    """Return each asset's holdings up to the horizon and without one, and what horizons cost."""
    best, aim = BestPath(system), torch.tensor(system.aim, dtype=torch.float64)
    domain, none = Box.of(system.bounds), torch.zeros_like(aim)
    t = torch.linspace(0, system.horizon, SAMPLES, dtype=torch.float64)
    late = torch.linspace(0, ENDLESS / float(system.modes[1][0]), SAMPLES, dtype=torch.float64)
    horizons = torch.tensor(HORIZONS, dtype=torch.float64) * system.horizon

    def motion(find: Callable[[], Characteristics]) -> Characteristics:
        try:
            return find()
        except NoMotionError:
            nowhere = torch.full((SAMPLES, 2 * len(aim)), torch.nan, dtype=torch.float64)
            return Characteristics(t, nowhere, nowhere[:, 0])

    ending = Shared(lambda energy: motion(lambda: portfolio_path(energy, none, t, domain)))
    endless = Shared(lambda energy: motion(lambda: endless_path(energy, none, aim, late, domain)))

    def cost(energy: Energy, horizon: float) -> Tensor:
        until = torch.linspace(0, horizon, 2, dtype=torch.float64)
        return motion(lambda: portfolio_path(energy, none, until, domain)).action[-1]

    def costs(energy: Energy) -> Tensor:
        return torch.stack([cost(energy, horizon) for horizon in horizons.tolist()])

    of_largest = 100 / float(aim.abs().max())
    found = {
        "cost": Curve(
            meaning="cost of trading and of being away from the aim, until the horizon",
            axis="horizon (yr)",
            points=horizons,
            unit="",
            value=costs,
            exact=torch.tensor([best.cost(h) for h in horizons.tolist()], dtype=torch.float64),
            error_unit="%",
            relative=True,
            anchor=Anchor(torch.cat((aim, none)), 0.0),
        )
    }
    without_end = {}
    for i in range(len(aim)):
        ends = torch.from_numpy(best.holdings(t.numpy(), system.horizon))[:, i]
        found[f"holding_{i + 1}"] = holding = Curve(
            meaning=f"asset {i + 1} on the way to the aim, with a free end",
            axis="time (yr)",
            points=t,
            unit="of the wealth",
            value=lambda energy, i=i: ending(energy).x[:, i],
            exact=ends,
            error_unit="% of the largest aim",
            error_factor=of_largest,
            others={"aim": aim[i].expand(len(t))},
        )
        without_end[f"endless_{i + 1}"] = replace(
            holding,
            meaning=f"asset {i + 1} on the way to the aim, without an end",
            points=late,
            value=lambda energy, i=i: endless(energy).x[:, i],
            exact=torch.from_numpy(best.holdings(late.numpy(), np.inf))[:, i],
        )
    return found | without_end
