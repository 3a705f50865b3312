"""Rollouts of known systems, against torchdiffeq, diffrax and torchode.

Equal energy error: both sides return the states at as many output times, at steps or a tolerance
for which the largest |dE| over motions and outputs agree within 10 %. Ours take one step for each
output; theirs is chosen: the fastest of a library's methods, at the setting that errs as much.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from benchmarks import jax_fields, solvers
from benchmarks.case import Case, DisagreementError
from benchmarks.solvers import Solver
from src.integrators.base import Integrator
from src.integrators.runge_kutta import RungeKutta8
from src.integrators.yoshida import Yoshida6
from src.lowering.performance import Level, performing
from src.mechanics.problem import Mechanical
from src.systems.base import System
from src.systems.double_pendulum import DoublePendulum
from src.systems.pendulum import Pendulum

KERNELS = Path(tempfile.gettempdir()) / "legendre-benchmarks"
CLOSE = 0.1
"""How far the energy errors of both sides may be apart."""
PATHS: dict[Level, str] = {"fast": "portable", "compiled": "with a compiler"}
BARS: dict[str, dict[Level, dict[int, float]]] = {
    "torchdiffeq": {
        "fast": {1: 12, 100: 8, 10_000: 1.4},
        "compiled": {1: 20, 100: 10, 10_000: 4},
    },
    "diffrax": {
        "fast": {1: 1, 100: 2, 10_000: 4},
        "compiled": {1: 1, 100: 2, 10_000: 4},
    },
}


@dataclass(frozen=True)
class Work:
    """Motions to an end."""

    motion: Mechanical
    energy: Callable[[Tensor], Tensor]
    """What is to be kept."""
    x0: Tensor
    end: float
    steps: int
    """Outputs, and our steps between them together."""

    def error(self, path: Tensor) -> float:
        """Return the largest |dE| of states ``[time, batch, state]``."""
        with torch.no_grad():
            energy = self.energy(path)
        return float((energy - energy[0]).abs().max())

    def ours(self, integrator: Integrator, level: Level) -> Tensor:
        """Return our motions, a step for each output."""
        t = torch.linspace(0, self.end, self.steps + 1, dtype=torch.float64)
        with torch.no_grad(), performing(level, KERNELS, kernels=level == "compiled"):
            return integrator.integrate(self.motion, self.x0, t).x

    def agree(self, solver: Solver, ours: Tensor, theirs: Any) -> None:
        """Refuse energy errors that differ by more than 10 %."""
        one, other = self.error(ours), self.error(solver.states(theirs))
        if not abs(one - other) <= CLOSE * max(one, other):
            raise DisagreementError(
                f"energy errors must agree to 10 %; ours is {one:.3g}, theirs {other:.3g}."
            )


@dataclass(frozen=True)
class Kind:
    """A system, and how it is followed."""

    name: str
    system: System
    jax_field: Callable[..., Any]
    ours: Integrator
    step: float

    def work(self, count: int, steps: int) -> Work:
        """Return motions from starts that make the largest errors first: of the highest energy."""
        x0 = self.system.sample_initial(count, torch.Generator().manual_seed(0))
        x0 = x0[self.system.hamiltonian(x0).argsort(descending=True)]
        return Work(self.system, self.system.hamiltonian, x0, self.step * steps, steps)


PENDULUM = Kind("pendulum", Pendulum(), jax_fields.pendulum, Yoshida6(), 0.05)
DOUBLE_PENDULUM = Kind(
    "double_pendulum", DoublePendulum(), jax_fields.double_pendulum, RungeKutta8(), 0.03
)


def of_torchdiffeq(kind: Kind, quick: bool) -> Iterator[list[Case]]:
    """Return rollouts of one of both; ``quick`` ones check results in seconds."""
    rate = kind.system.field().f
    for work in _works(kind, quick):
        methods = [solvers.torchdiffeq(m, rate, work.end, work.steps) for m in ("rk4", "dopri5")]
        yield from _compared(kind, work, methods, None if quick else BARS["torchdiffeq"])


def of_diffrax(quick: bool) -> Iterator[list[Case]]:
    """Return those of both against diffrax."""
    for kind in (PENDULUM, DOUBLE_PENDULUM):
        for work in _works(kind, quick):
            field = partial(kind.jax_field, kind.system)
            methods = solvers.diffrax(field, work.end, work.steps)
            yield from _compared(kind, work, methods, None if quick else BARS["diffrax"])


def of_torchode(quick: bool) -> Iterator[list[Case]]:
    """Return those against torchode, whose calls take ten seconds for 100 starts."""
    for kind in (PENDULUM, DOUBLE_PENDULUM):
        work = kind.work(2 if quick else 100, 20 if quick else 1000)
        methods = solvers.torchode(kind.system.field().f, work.end, work.steps)
        yield from _compared(kind, work, methods, None)


def _works(kind: Kind, quick: bool) -> Iterator[Work]:
    for count in (1, 10) if quick else (1, 100, 10_000):
        yield kind.work(count, 100 if quick else 1000)


def _compared(
    kind: Kind, work: Work, methods: list[Solver], bars: dict[Level, dict[int, float]] | None
) -> Iterator[list[Case]]:
    if not methods:  # not installed
        return
    count = len(work.x0)
    wanted = work.error(work.ours(kind.ours, "fast"))
    solver, setting = solvers.best(methods, work.x0, work.error, wanted)
    best_of = f", the fastest of {len(methods)} methods" if len(methods) > 1 else ""
    yield [
        Case(
            work=f"rollout of {kind.name}, {PATHS[level]}",
            against=f"{solver.name}{best_of}",
            size=f"{count} starts, {work.steps} steps",
            ours=partial(work.ours, kind.ours, level),
            theirs=partial(solver.run, work.x0, setting),
            agree=partial(work.agree, solver),
            bar=None if bars is None else bars[level][count],
            along={"batch": count, "steps": work.steps},
        )
        for level in PATHS
    ]
