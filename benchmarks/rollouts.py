"""Rollouts of known systems and the memory of rollout losses, against torchdiffeq.

Equal energy error: both sides return the states at the same output times, at steps or a tolerance
for which the largest |dE| over motions and outputs agree within 10 %. Ours take one step for each
of 1,000 outputs or so; theirs has as many outputs, and the step or tolerance is chosen for it.
"""

from __future__ import annotations

import math
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import torch
from torch import Tensor
from torchdiffeq import odeint

from benchmarks.case import Case, DisagreementError
from src.integrators.base import Integrator
from src.integrators.dop853 import DOP853
from src.integrators.paced import Paced, pack, unpack
from src.integrators.runge_kutta import RungeKutta8
from src.integrators.yoshida import Yoshida6
from src.lowering.performance import Level, performing
from src.mechanics.problem import Formula
from src.systems.base import System
from src.systems.double_pendulum import DoublePendulum
from src.systems.mass_spring import MassSpring
from src.systems.pendulum import Pendulum

KERNELS = Path(tempfile.gettempdir()) / "legendre-benchmarks"
TOLERANCE = 1e-7
CLOSE = 0.1
"""How far the energy errors of both sides may be apart."""
PATHS: dict[Level, str] = {"fast": "portable", "compiled": "with a compiler"}
BARS: dict[Level, dict[int, float]] = {
    "fast": {1: 12, 100: 8, 10_000: 1.4},
    "compiled": {1: 20, 100: 10, 10_000: 4},
}


@dataclass(frozen=True)
class Work:
    """Motions of a system to an end."""

    system: System
    x0: Tensor
    end: float
    steps: int
    """Outputs, and our steps between them together."""

    def times(self, count: int) -> Tensor:
        """Return so many equal intervals to the end."""
        return torch.linspace(0, self.end, count + 1, dtype=torch.float64)

    def energy_error(self, path: Tensor) -> float:
        """Return the largest |dE|."""
        energy = self.system.hamiltonian(path)
        return float((energy - energy[0]).abs().max())

    def theirs(self, method: str, setting: float) -> Tensor:
        """Return torchdiffeq's motions, at a number of steps or a tolerance."""
        f = self.system.field().f
        with torch.no_grad():
            if method == "rk4":
                return odeint(f, self.x0, self.times(round(setting)), method=method)
            t = self.times(self.steps)
            return odeint(f, self.x0, t, method=method, rtol=setting, atol=setting)

    def ours(self, integrator: Integrator, level: Level) -> Tensor:
        """Return our motions, a step for each output."""
        with torch.no_grad(), performing(level, KERNELS, kernels=level == "compiled"):
            return integrator.integrate(self.system, self.x0, self.times(self.steps)).x

    def agree(self, ours: Tensor, theirs: Tensor) -> None:
        """Refuse energy errors that differ by more than 10 %."""
        one, other = self.energy_error(ours), self.energy_error(theirs)
        if not abs(one - other) <= CLOSE * max(one, other):
            raise DisagreementError(
                f"energy errors must agree to 10 %; ours is {one:.3g}, theirs {other:.3g}."
            )


def equal_setting(work: Work, method: str, wanted: float) -> float:
    """Return the steps, or the tolerance, at which torchdiffeq errs as much as wanted."""
    few = replace(work, x0=work.x0[:1000])  # of those that make the largest error, see below
    low, high = (work.steps / 4, work.steps * 64) if method == "rk4" else (1e-12, 1e-2)
    for _ in range(24):
        middle = math.sqrt(low * high)
        error = few.energy_error(few.theirs(method, middle))
        if abs(error - wanted) < 0.03 * wanted:
            return middle
        too_good = error < wanted
        # More steps err less, a larger tolerance more.
        if too_good == (method == "rk4"):
            high = middle
        else:
            low = middle
    raise DisagreementError(f"no setting of torchdiffeq's {method} has an energy error {wanted:g}.")


def rollouts(quick: bool) -> Iterator[Case]:
    """Pendulum and double pendulum, by the portable path and by compiled code."""
    steps = 100 if quick else 1000
    kinds = (
        ("pendulum", Pendulum(), Yoshida6(), 0.05),
        ("double_pendulum", DoublePendulum(), RungeKutta8(), 0.05 if quick else 0.03),
    )
    for name, system, integrator, step in kinds:
        for count in (1, 10) if quick else (1, 100, 10_000):
            x0 = _hardest_first(system, count)
            work = Work(system, x0, step * steps, steps)
            wanted = work.energy_error(work.ours(integrator, "fast"))
            method, setting = _better(work, wanted)
            for level in ("fast", "compiled"):
                yield Case(
                    work=f"rollout of {name}, {PATHS[level]}",
                    against=f"torchdiffeq {method}, the better of rk4 and dopri5",
                    size=f"{count} starts, {steps} steps",
                    ours=partial(work.ours, integrator, level),
                    theirs=partial(work.theirs, method, setting),
                    agree=work.agree,
                    bar=None if quick else BARS[level][count],
                    along={"batch": count, "steps": steps},
                )


def _better(work: Work, wanted: float) -> tuple[str, float]:
    """Return torchdiffeq's faster method at this energy error, and its setting.

    A method that cannot be set to err so much is left out.

    Raises:
        DisagreementError: if none can.
    """
    seconds: dict[tuple[str, float], float] = {}
    for method in ("rk4", "dopri5"):
        try:
            setting = equal_setting(work, method, wanted)
        except DisagreementError:
            continue
        start = time.perf_counter()
        work.theirs(method, setting)
        seconds[method, setting] = time.perf_counter() - start
    if not seconds:
        raise DisagreementError(f"no method of torchdiffeq has an energy error {wanted:g}.")
    return min(seconds, key=lambda kind: seconds[kind])


def _hardest_first(system: System, count: int) -> Tensor:
    """Return starts, those of the highest energy first: they make the largest errors."""
    x0 = system.sample_initial(count, torch.Generator().manual_seed(0))
    return x0[system.hamiltonian(x0).argsort(descending=True)]


def mixed(quick: bool) -> Iterator[Case]:
    """99 easy oscillators and one that is thirty times faster, at one tolerance."""
    easy = 9 if quick else 99
    fast = torch.ones(easy + 1, dtype=torch.float64)
    fast[-1] = 30.0
    system, end = MassSpring(), 10.0 if quick else 100.0
    x0 = system.sample_initial(easy + 1, torch.Generator().manual_seed(0))
    work = Mixed(system, x0, fast, torch.linspace(0, end, 101, dtype=torch.float64))
    for level in ("fast", "compiled"):
        yield Case(
            work=f"mixed batch, {PATHS[level]}",
            against="torchdiffeq dopri5, same tolerance",
            size=f"{easy} easy + 1 thirty times faster",
            ours=partial(work.ours, level),
            theirs=work.theirs,
            agree=work.agree,
            bar=None if quick else 8.0,
            along={"batch": easy + 1},
        )


class Clocks(Paced, Formula):
    """A known formula whose samples have paces of their own is one still."""


@dataclass(frozen=True)
class Mixed:
    """Oscillators of different speed, at one tolerance."""

    system: MassSpring
    x0: Tensor
    pace: Tensor
    t: Tensor

    def ours(self, level: Level, only: slice = slice(None)) -> Tensor:
        """Return the motions by steps of their own: a pace is part of the state."""
        pace = self.pace[only]
        start = pack(self.x0[only], torch.zeros_like(pace), pace)
        solver = DOP853(rtol=TOLERANCE, atol=TOLERANCE)
        with torch.no_grad(), performing(level, KERNELS, kernels=level == "compiled"):
            return unpack(solver.integrate(Clocks(self.system), start, self.t).x)

    def theirs(self) -> Tensor:
        """Return the motions by steps that all share."""
        f, pace = self.system.field().f, self.pace.unsqueeze(-1)

        def rate(t: Tensor, x: Tensor) -> Tensor:
            return pace * f(t, x)

        with torch.no_grad():
            return odeint(rate, self.x0, self.t, method="dopri5", rtol=TOLERANCE, atol=TOLERANCE)

    def agree(self, ours: Tensor, theirs: Tensor) -> None:
        """Refuse results of which the hard one is worse than alone, or than theirs."""
        exact = self.system.exact_flow(self.x0[-1], self.t * self.pace[-1])
        alone = self.ours("fast", slice(-1, None))[:, 0]
        errors = [float((x - exact).abs().max()) for x in (ours[:, -1], alone, theirs[:, -1])]
        if not errors[0] <= 1.01 * min(errors[1:]):
            raise DisagreementError(
                f"the hard motion must be as exact as alone, and as theirs; its error is "
                f"{errors[0]:.3g}, alone {errors[1]:.3g}, theirs {errors[2]:.3g}."
            )


def cases(quick: bool) -> Iterator[Case]:
    """Return all of them; ``quick`` ones check results in seconds."""
    yield from rollouts(quick)
    yield from mixed(quick)
