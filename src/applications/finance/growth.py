"""What a nation that saves asks of its Lagrangian: the best way to bliss."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import torch
from jaxtyping import Float
from scipy.integrate import solve_ivp
from torch import Tensor

from ...boundary.ends import NoMotionError, Towards
from ...boundary.two_point import momenta, two_point
from ...mechanics.hamiltonian import Energy, energy_gradient
from ...mechanics.state import split_state
from ...systems.finance.ramsey_growth import RamseyGrowth
from ..curve import Curve, Shared
from .roots import root

SAMPLES = 21
LATE = 4.0
"""How long the way is looked at, in relaxation times."""
BEYOND = 6.0
"""How much longer it is followed: so near bliss that it is a line there."""


def consumption(system: RamseyGrowth, k: float) -> float:
    r"""Return the best consumption by Keynes' rule, per year.

    In units of bliss, ``(f - c) u'(c)`` is what is missing to bliss where
    :math:`x^\gamma - \gamma x + (\gamma - 1) f / c^* = 0`.
    """
    curve, income = system.curvature, float(system.income(torch.tensor(k, dtype=torch.float64)))

    def excess(x: float) -> float:
        return x**curve - curve * x + (curve - 1) * income / system.bliss

    if k == 1:
        return system.bliss
    ends = (0.0, 1.0) if k < 1 else (1.0, curve ** (1 / (curve - 1)))
    return system.bliss * root(excess, *ends)


def best_way(system: RamseyGrowth, t: Float[Tensor, " time"]) -> Float[Tensor, " time"]:
    """Return the capital that Keynes' rule leads to: of first order in time, and one-sided."""

    def saving(_: float, k: np.ndarray) -> list[float]:
        capital = float(k[0])
        income = float(system.income(torch.tensor(capital, dtype=torch.float64)))
        return [income - consumption(system, capital)]

    span = (0.0, float(t[-1]))
    found = solve_ivp(saving, span, [system.today], t_eval=t.numpy(), rtol=1e-10, atol=1e-12)
    return torch.from_numpy(found.y[0])


def way_to_bliss(
    energy: Energy, system: RamseyGrowth, t: Float[Tensor, " time"]
) -> Float[Tensor, "time state"]:
    """Return the motion from today's capital that comes to rest after all time.

    Raises:
        NoMotionError: if there is none.
    """
    today, aim = (torch.tensor([k], dtype=torch.float64) for k in (system.today, 1.0))
    none = torch.zeros_like(aim)
    (still,) = momenta(energy, aim[None], 0 * aim[None], none)
    rest = Towards.of(energy, torch.cat((aim, still)))
    longer = torch.linspace(float(t[-1]), float(t[-1]) + BEYOND * system.time_scale, SAMPLES)
    every = torch.cat((t, longer[1:].to(t)))
    fading = (-system.nearing * every).exp().unsqueeze(-1)
    k = aim + fading * (today - aim)
    p = momenta(energy, k, -system.nearing * (k - aim), none)
    found = two_point(energy, today, rest, every, torch.cat((k, p), dim=-1))
    return found.x[: len(t)]


def growth(system: RamseyGrowth) -> Mapping[str, Curve]:
    """Return capital and saving on the way to bliss."""
    t = torch.linspace(0, LATE * system.time_scale, SAMPLES, dtype=torch.float64)

    def motion(energy: Energy) -> Tensor:
        try:
            return way_to_bliss(energy, system, t)
        except NoMotionError:
            return torch.full((SAMPLES, 2), torch.nan, dtype=torch.float64)

    def saving(energy: Energy) -> Tensor:
        return split_state(energy_gradient(energy, way(energy)))[1][:, 0]

    way, capital = Shared(motion), best_way(system, t)
    consumed = [consumption(system, k) for k in capital.tolist()]
    held = Curve(
        meaning="capital on the best way to bliss, in that of the golden rule",
        axis="time (yr)",
        points=t,
        unit="",
        value=lambda energy: way(energy)[:, 0],
        exact=capital,
        source="Keynes' rule",
        error_unit="%",
        relative=True,
        up_to="gauge",
    )
    saved = replace(
        held,
        meaning="saving on the best way to bliss, a year",
        unit="1/yr",
        value=saving,
        exact=system.income(capital) - capital.new_tensor(consumed),
    )
    return {"capital": held, "saving": saved}
