"""How others follow motions: each solver has one setting, the number of steps or a tolerance."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torchdiffeq import odeint

from benchmarks.case import DisagreementError

Rate = Callable[[Tensor, Tensor], Tensor]
FEW = 1000
"""Starts for which a setting is searched: those that make the largest errors come first."""
TRIES, NEAR, SLOWER = 12, 0.04, 2
"""How often a setting is changed, how close the error has to come, and how many times longer than
the fastest of a library another one may take before it is given up."""
TOLERANCE = 1e-8
"""The first one that is tried."""


@dataclass(frozen=True)
class Solver:
    """One method of another library, for motions that return so many outputs until an end."""

    name: str
    run: Callable[[Tensor, float], Any]
    """From starts and a setting to its own result."""
    start: float
    """The first setting that is tried: many steps, or a small tolerance."""
    states: Callable[[Any], Tensor]
    """From the result to states ``[time, batch, state]``."""

    @property
    def steps(self) -> bool:
        """Whether the setting is a number of steps; else it is a tolerance."""
        return self.start > 1


def torchdiffeq(method: str, rate: Rate, end: float, outputs: int) -> Solver:
    """Return a solver of torchdiffeq; with fixed steps, each of them is an output."""

    def run(x0: Tensor, setting: float) -> Tensor:
        fixed = method == "rk4"
        t = _times(end, round(setting) if fixed else outputs)
        adaptive = {} if fixed else {"rtol": setting, "atol": setting}
        with torch.no_grad():
            return odeint(rate, x0, t, method=method, **adaptive)

    start = float(outputs) if method == "rk4" else TOLERANCE
    return Solver(f"torchdiffeq {method}", run, start, lambda path: path)


def torchode(rate: Rate, end: float, outputs: int) -> list[Solver]:
    """Return dopri5 of torchode, each motion with steps of its own; none without torchode."""
    try:
        import torchode as to
    except ImportError:
        return []
    term = to.ODETerm(rate)

    def run(x0: Tensor, tolerance: float) -> Tensor:
        t = _times(end, outputs).expand(len(x0), -1)
        method = to.Dopri5(term=term)
        control = to.IntegralController(atol=tolerance, rtol=tolerance, term=term)
        with torch.no_grad():
            problem = to.InitialValueProblem(y0=x0, t_eval=t)
            return to.AutoDiffAdjoint(method, control).solve(problem, term=term).ys

    return [Solver("torchode dopri5", run, TOLERANCE, lambda path: path.movedim(1, 0))]


def diffrax(field: Callable[[Any], Any], end: float, outputs: int) -> list[Solver]:
    """Return solvers of diffrax, jitted, each motion with steps of its own; none without it.

    ``field`` is written in jax.numpy, for one state.
    """
    try:
        import diffrax as dx
        import jax
        import jax.numpy as jnp
    except ImportError:
        return []

    def solver(method: Any, fixed: bool) -> Solver:
        def one(x0: Any, setting: Any) -> Any:
            control = (
                dx.ConstantStepSize()
                if fixed
                else dx.PIDController(rtol=setting, atol=setting, dtmin=None)
            )
            return dx.diffeqsolve(
                dx.ODETerm(lambda t, y, _: field(y)),
                method,
                0.0,
                end,
                end / setting if fixed else None,
                x0,
                saveat=dx.SaveAt(ts=jnp.linspace(0.0, end, outputs + 1)),
                stepsize_controller=control,
                max_steps=None,
            ).ys

        every = jax.jit(jax.vmap(one, in_axes=(0, None)))

        def run(x0: Tensor, setting: float) -> Any:
            with jax.enable_x64(True):
                return every(jnp.asarray(x0.numpy()), jnp.float64(setting)).block_until_ready()

        name = f"diffrax {type(method).__name__}, {'fixed' if fixed else 'adaptive'} steps"
        start = float(outputs) if fixed else TOLERANCE
        return Solver(name, run, start, lambda path: torch.from_dlpack(path).movedim(1, 0))

    return [solver(dx.Dopri5(), False), solver(dx.Dopri8(), False), solver(dx.Dopri8(), True)]


def best(
    solvers: Sequence[Solver], x0: Tensor, error: Callable[[Tensor], float], wanted: float
) -> tuple[Solver, float]:
    """Return who is fastest at this error, and its setting; who cannot be set to it is left out.

    If none can, the first one as it starts: its case will be refused.
    """
    few, fastest, chosen = x0[:FEW], math.inf, (solvers[0], solvers[0].start)
    for solver in solvers:
        try:
            setting, took = equal_setting(solver, few, error, wanted, SLOWER * fastest)
        except DisagreementError:
            continue
        if took < fastest:
            fastest, chosen = took, (solver, setting)
    return chosen


def equal_setting(
    solver: Solver,
    x0: Tensor,
    error: Callable[[Tensor], float],
    wanted: float,
    patience: float = math.inf,
) -> tuple[float, float]:
    """Return the setting at which a solver errs as much as wanted, and its seconds with it.

    By secants in logarithms.

    Raises:
        DisagreementError: if there is none, or it takes longer than ``patience``, in s.
    """
    setting, power = solver.start, -4.0 if solver.steps else 1.0
    low, high = (setting / 8, setting * 64) if solver.steps else (1e-14, 1e-2)
    before: tuple[float, float] | None = None
    for _ in range(TRIES):
        start = time.process_time()
        result = solver.run(x0, setting)
        took = time.process_time() - start
        made = error(solver.states(result))
        if abs(made - wanted) < NEAR * wanted:
            return setting, took
        if not 0 < made < math.inf:
            break
        if before is not None:
            if took > patience:
                raise DisagreementError(f"{solver.name} takes too long.")
            found = math.log(made / before[1]) / math.log(setting / before[0])
            power = found if found * power > 0 else power  # rounding can turn it round
        before = setting, made
        setting *= min(max((wanted / made) ** (1 / power), 1 / 32), 32)
        if not low <= setting <= high:
            break
    raise DisagreementError(f"no setting of {solver.name} has an energy error {wanted:g}.")


def _times(end: float, count: int) -> Tensor:
    return torch.linspace(0, end, count + 1, dtype=torch.float64)
