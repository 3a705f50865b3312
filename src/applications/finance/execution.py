"""What traders ask of the cost of working off an order: the schedule, and what it costs.

Motions alone fix a Lagrangian up to its unit, so that all here needs an energy up to scale only: one
schedule is executed, and what it cost is that unit.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

import numpy as np
import torch
from jaxtyping import Float
from scipy.integrate import quad, simpson
from scipy.optimize import brentq
from torch import Tensor

from ...boundary.characteristics import Characteristics
from ...boundary.ends import At, NoMotionError
from ...boundary.two_point import two_point
from ...mechanics.hamiltonian import Energy, energy_gradient
from ...mechanics.state import split_state
from ...systems.finance.execution import ExecutionSystem
from ..curve import Curve, Shared

SAMPLES, EACH = 401, 20
"""States of a schedule whose true cost is added up, and which of them are shown."""
EXECUTED = 0.5
"""The horizon of the schedule that is executed to fix the unit of cost, in that of the system."""
HORIZONS = (0.4, 0.6, 0.8, 1.0, 1.2)
"""Those of the schedules whose cost is predicted."""


class Schedule:
    """The motion of an energy from a whole order to none within ``horizon`` days.

    Raises:
        NoMotionError: if there is none, or it trades faster than the energy was trained to.
    """

    def __init__(self, system: ExecutionSystem, energy: Energy, horizon: float) -> None:
        one = torch.ones(1, dtype=torch.float64)
        t = torch.linspace(0, horizon, SAMPLES, dtype=torch.float64)
        self.motion: Characteristics = two_point(energy, one, At(0 * one), t)
        self.left = self.motion.x[:, 0]
        self.velocity = split_state(energy_gradient(energy, self.motion.x))[1][:, 0]
        fastest = system.to_velocity(torch.tensor([0.0, system.bounds[1][0]]).double())[1]
        if bool((self.velocity.abs() > fastest.abs()).any()):
            raise NoMotionError(
                f"the schedule for {horizon:.4g} d must not trade faster than training schedules, "
                f"{float(-fastest):.4g} orders per day; it trades "
                f"{float(self.velocity.abs().max()):.4g}. Allow more time, or set system.finish."
            )
        self._idle = float(energy(torch.zeros(1, 2, dtype=torch.float64)))
        self._day = system.lagrangian(torch.stack((self.left, self.velocity), dim=-1))

    @property
    def supposed_cost(self) -> float:
        """What it costs by the energy that it was made from, in the unit of that.

        Nothing held and nothing traded costs nothing, whatever constant the energy has.
        """
        return float(self.motion.action[-1]) + self._idle * float(self.motion.t[-1])

    @property
    def true_cost(self) -> float:
        """What it costs by the true L of the system."""
        return float(simpson(self._day.numpy(), x=self.motion.t.numpy()))


Schedules = dict[float, Schedule | None]
"""By their horizon, in that of the system; None where the energy has none."""


def schedules(system: ExecutionSystem, energy: Energy) -> Schedules:
    """Return the best schedules for all the horizons that are asked for."""
    return {h: _schedule(system, energy, h * system.horizon) for h in (EXECUTED, *HORIZONS)}


def _schedule(system: ExecutionSystem, energy: Energy, horizon: float) -> Schedule | None:
    try:
        return Schedule(system, energy, horizon)
    except NoMotionError:
        return None


def supposed_costs(found: Schedules) -> Float[Tensor, " horizons"]:
    """Return the costs of the best schedules by the energy itself, its unit fixed by one of them.

    That one is executed, and what it truly costs is known then.
    """
    executed = found[EXECUTED]
    unit = executed.true_cost / executed.supposed_cost if executed else torch.nan
    return unit * _of_each(found, lambda schedule: schedule.supposed_cost)


def true_costs(found: Schedules) -> Float[Tensor, " horizons"]:
    """Return what the schedules that are best by an energy cost in truth: never less than the best."""
    return _of_each(found, lambda schedule: schedule.true_cost)


def _of_each(found: Schedules, number: Callable[[Schedule], float]) -> Tensor:
    values = [torch.nan if (one := found[h]) is None else number(one) for h in HORIZONS]
    return torch.tensor(values, dtype=torch.float64)


class BestSchedule:
    r"""The true one, by quadrature: :math:`v = ((E + \ell x^2) / \eta b)^{1 / (1 + b)}`.

    E follows from the time that the sale takes.
    """

    def __init__(self, system: ExecutionSystem, horizon: float) -> None:
        self.system, self.horizon = system, horizon
        unit = system.cost * system.exponent * horizon ** -(1 + system.exponent)

        def late(log: float) -> float:
            return self._time(0.0, unit * np.exp(log)) - horizon

        low, high = -1.0, 1.0  # less energy takes more time: as much as one likes
        while late(low) < 0:
            low *= 2
        self.energy = unit * float(np.exp(brentq(late, low, high, xtol=1e-14)))

    def left(self, t: Float[Tensor, " time"]) -> Float[Tensor, " time"]:
        """Return the holdings, in orders."""
        inside = t[(t > 0) & (t < self.horizon)].tolist()
        found = [brentq(lambda x, t=t: self._time(x, self.energy) - t, 0, 1, xtol=1e-14)
                 for t in inside]
        left = (t <= 0).to(t.dtype)
        left[(t > 0) & (t < self.horizon)] = torch.tensor(found, dtype=t.dtype)
        return left

    @property
    def cost(self) -> float:
        """The integral of L."""
        a, b, risk = self.system.cost, self.system.exponent, self.system.risk

        def of_a_share(x: float) -> float:
            v = self._speed(x, self.energy)
            return (a * v ** (1 + b) + risk * x**2) / v

        return quad(of_a_share, 0, 1, epsabs=0, epsrel=1e-12, limit=200)[0]

    def _speed(self, x: float, energy: float) -> float:
        system = self.system
        power = (energy + system.risk * x**2) / (system.cost * system.exponent)
        return power ** (1 / (1 + system.exponent))

    def _time(self, x: float, energy: float) -> float:
        """Return when x is left."""
        took = quad(lambda y: 1 / self._speed(y, energy), x, 1, epsabs=0, epsrel=1e-12, limit=200)
        return took[0]


def constant_rate_cost(system: ExecutionSystem, horizon: float) -> float:
    """Return what a sale at a constant rate costs."""
    return system.cost * horizon**-system.exponent + system.risk * horizon / 3


def execution(system: ExecutionSystem) -> Mapping[str, Curve]:
    """Return the schedule, and what schedules cost by an energy and in truth, by their horizon."""
    t = torch.linspace(0, system.horizon, SAMPLES, dtype=torch.float64)[::EACH]
    horizons = torch.tensor(HORIZONS, dtype=torch.float64) * system.horizon
    best = [BestSchedule(system, horizon).cost for horizon in horizons.tolist()]
    flat = [constant_rate_cost(system, horizon) for horizon in horizons.tolist()]

    shared = Shared(lambda energy: schedules(system, energy))

    def left(energy: Energy) -> Tensor:
        found = shared(energy)[1.0]
        return 100 * found.left[::EACH] if found else torch.full_like(t, torch.nan)

    cost = Curve(
        meaning="cost of the best schedule by the energy itself; its unit is what one schedule cost",
        axis="time to sell in (d)",
        points=horizons,
        unit=system.money,
        value=lambda energy: supposed_costs(shared(energy)),
        exact=torch.tensor(best, dtype=torch.float64),
        source="quadrature",
        error_unit="%",
        relative=True,
        up_to="scale",
        others={"constant rate": torch.tensor(flat, dtype=torch.float64)},
    )
    return {
        "schedule": Curve(
            meaning="what is left of the order, on the schedule of least cost",
            axis="time (d)",
            points=t,
            unit="% of the order",
            value=left,
            exact=100 * BestSchedule(system, system.horizon).left(t),
            source="quadrature",
            up_to="gauge",
            others={"constant rate": 100 * (1 - t / system.horizon)},
        ),
        "cost": cost,
        "true_cost": replace(
            cost,
            meaning="what the schedule that is best by the energy costs in truth",
            value=lambda energy: true_costs(shared(energy)),
            up_to="gauge",
        ),
    }
