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

from benchmarks import solvers
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
OF_TORCHODE = (100,)
"""Starts: a call takes ten seconds for them, and minutes for 10,000."""


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


def pendulum(quick: bool) -> Iterator[list[Case]]:
    """Return rollouts of pendulums, by the portable path and by compiled code."""
    return cases("pendulum", Pendulum(), jax_pendulum, Yoshida6(), 0.05, quick)


def double_pendulum(quick: bool) -> Iterator[list[Case]]:
    """Return those of double pendulums."""
    return cases(
        "double_pendulum", DoublePendulum(), jax_double_pendulum, RungeKutta8(), 0.03, quick
    )


def cases(
    name: str,
    system: System,
    jax_field: Callable[..., Any],
    integrator: Integrator,
    step: float,
    quick: bool,
) -> Iterator[list[Case]]:
    """Return rollouts of one system; ``quick`` ones check results in seconds."""
    steps = 100 if quick else 1000
    for count in (1, 10) if quick else (1, 100, 10_000):
        x0 = _hardest_first(system, count)
        work = Work(system, system.hamiltonian, x0, step * steps, steps)
        yield from _compared(name, work, integrator, peers(system, work, jax_field), quick)


def peers(
    system: System, work: Work, jax_field: Callable[..., Any]
) -> Iterator[tuple[str, list[Solver]]]:
    """Return each library's solvers of a work."""
    rate, where = system.field().f, (work.end, work.steps)
    yield "torchdiffeq", [solvers.torchdiffeq(m, rate, *where) for m in ("rk4", "dopri5")]
    yield "diffrax", solvers.diffrax(partial(jax_field, system), *where)
    if len(work.x0) in OF_TORCHODE:
        yield "torchode", solvers.torchode(rate, *where)


def _compared(
    name: str,
    work: Work,
    integrator: Integrator,
    libraries: Iterator[tuple[str, list[Solver]]],
    quick: bool,
) -> Iterator[list[Case]]:
    count = len(work.x0)
    wanted = work.error(work.ours(integrator, "fast"))
    for library, methods in libraries:
        if not methods:  # not installed
            continue
        solver, setting = solvers.best(methods, work.x0, work.error, wanted)
        yield [
            Case(
                work=f"rollout of {name}, {PATHS[level]}",
                against=solver.name,
                size=f"{count} starts, {work.steps} steps",
                ours=partial(work.ours, integrator, level),
                theirs=partial(solver.run, work.x0, setting),
                agree=partial(work.agree, solver),
                bar=None if quick or library not in BARS else BARS[library][level][count],
                along={"batch": count, "steps": work.steps},
            )
            for level in PATHS
        ]


def _hardest_first(system: System, count: int) -> Tensor:
    """Return starts, those of the highest energy first: they make the largest errors."""
    x0 = system.sample_initial(count, torch.Generator().manual_seed(0))
    return x0[system.hamiltonian(x0).argsort(descending=True)]


def jax_pendulum(system: Pendulum, x: Any) -> Any:
    """Return the field of a pendulum as one writes it in JAX."""
    import jax.numpy as jnp

    return jnp.stack((x[1] / system.masses[0], -system.weight * jnp.sin(x[0])))


def jax_double_pendulum(system: DoublePendulum, x: Any) -> Any:
    """Return the field of a double pendulum as one writes it in JAX."""
    import jax.numpy as jnp

    (total, least), (a, b), (heavy, light) = system.loads, system.rods, system.weights
    upper, middle, lower = total * a**2, least * a * b, least * b**2
    coupling = middle * jnp.cos(x[0] - x[1])
    determinant = upper * lower - coupling**2
    v_1 = (lower * x[2] - coupling * x[3]) / determinant
    v_2 = (upper * x[3] - coupling * x[2]) / determinant
    pull = middle * v_1 * v_2 * jnp.sin(x[0] - x[1])
    return jnp.stack((v_1, v_2, -pull - heavy * jnp.sin(x[0]), pull - light * jnp.sin(x[1])))
