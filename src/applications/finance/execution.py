"""What traders ask of the cost of working off an order: the schedule, and what it costs.

Motions alone fix a Lagrangian up to its unit and a constant at best: one schedule is executed, and
what it cost tells them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

import numpy as np
import torch
from jaxtyping import Float
from scipy.integrate import cumulative_simpson, quad
from torch import Tensor

from ...boundary.characteristics import Box, Characteristics
from ...boundary.ends import At, NoMotionError
from ...boundary.two_point import momenta, two_point
from ...mechanics.hamiltonian import Energy, energy_gradient
from ...mechanics.legendre import HamiltonianOf, to_canonical
from ...mechanics.state import split_state
from ...systems.finance.execution import ExecutionSystem
from ..curve import Curve, Shared
from .roots import root

SAMPLES, EACH = 401, 20
"""States of a schedule whose true cost is added up, and which of them are shown."""
EXECUTED = 0.5
"""The horizon of the schedule that is executed to fix the unit of cost, in that of the system."""
HORIZONS = (0.4, 0.6, 0.8, 1.0, 1.2)
"""Those of the schedules whose cost is predicted."""


class Schedule:
    """The motion of an energy from a whole order to none within ``horizon`` days.

    Raises:
        NoMotionError: if there is none, or it leaves the box of training.
    """

    def __init__(self, system: ExecutionSystem, energy: Energy, horizon: float) -> None:
        t = torch.linspace(0, horizon, SAMPLES, dtype=torch.float64)
        one, domain = torch.ones(1, dtype=t.dtype), _domain(system, energy)
        guess = _relaxing(energy, t, system.time_scale, domain)
        self.motion: Characteristics = two_point(energy, one, At(0 * one), t, guess, domain)
        self._unseen = isinstance(energy, HamiltonianOf)
        self.left = self.motion.x[:, 0]
        self.velocity = split_state(energy_gradient(energy, self.motion.x))[1][:, 0]
        self._day = system.lagrangian(torch.stack((self.left, self.velocity), dim=-1))

    @property
    def supposed(self) -> Float[Tensor, " time"]:
        """What it has cost up to each time by its energy, in the unit of that and to a constant."""
        return self.motion.action

    @property
    def ledger(self) -> Float[Tensor, "time parts"]:
        """That, the days gone and, unless momenta were seen, the orders sold.

        What costs of the same motions are made from.
        """
        parts = (self.supposed, self.motion.t, 1 - self.left)
        return torch.stack(parts if self._unseen else parts[:2], dim=-1)

    @property
    def true(self) -> Float[Tensor, " time"]:
        """What it has cost by the true L of the system."""
        costs = cumulative_simpson(self._day.numpy(), x=self.motion.t.numpy(), initial=0)
        return torch.from_numpy(costs)


def _domain(system: ExecutionSystem, energy: Energy) -> Box:
    """Return the box of training, in the unit of the energy's own momenta."""
    corners = torch.tensor(system.bounds, dtype=torch.float64).T
    if isinstance(energy, HamiltonianOf):
        corners = to_canonical(energy.lagrangian, system.to_velocity(corners))
    return Box(corners.amin(0), corners.amax(0))


def _relaxing(energy: Energy, t: Tensor, scale: float, domain: Box) -> Tensor:
    """Return a guess that goes where training schedules do: the holding falls like a sinh."""
    left, whole = (t[-1] - t) / scale, t[-1] / scale
    q = (left.sinh() / whole.sinh()).unsqueeze(-1)
    v = -(left.cosh() / (scale * whole.sinh())).unsqueeze(-1)
    return torch.cat((q, momenta(energy, q, v, domain.middle[1:])), dim=-1)


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
    """Return the costs of the best schedules by the energy itself, as one of them tells its unit.

    That one is executed. What it has cost up to each time tells, by least squares, the unit of L
    and what motions leave open beside it: a cost per day and one per share sold, which change no
    schedule.
    """
    executed = found[EXECUTED]
    if executed is None:
        return torch.full((len(HORIZONS),), torch.nan, dtype=torch.float64)
    told = torch.linalg.lstsq(executed.ledger, executed.true.unsqueeze(-1)).solution[:, 0]
    return _of_each(found, lambda schedule: float(schedule.ledger[-1] @ told))


def true_costs(found: Schedules) -> Float[Tensor, " horizons"]:
    """Return what the schedules that are best by an energy cost in truth: never too little."""
    return _of_each(found, lambda schedule: float(schedule.true[-1]))


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
        self.energy = unit * float(np.exp(root(late, low, high)))

    def left(self, t: Float[Tensor, " time"]) -> Float[Tensor, " time"]:
        """Return the holdings, in orders."""
        inside = t[(t > 0) & (t < self.horizon)].tolist()
        found = [root(lambda x, t=t: self._time(x, self.energy) - t, 0, 1) for t in inside]
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
        meaning="cost of the best schedule by the energy, in the unit of one that was executed",
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
