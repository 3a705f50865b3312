"""Rollouts of a trained HNN, against torchdiffeq with a field by autograd.

Equal error of the learned energy, as for known systems: see rollouts.py.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

import torch
from torch import Tensor

from benchmarks import solvers
from benchmarks.case import Case, DisagreementError
from benchmarks.paths import NETS, kernel
from benchmarks.rollouts import Work
from src.integrators.runge_kutta import RungeKutta8
from src.models.hnn import HNN
from src.systems.pendulum import Pendulum

WIDTH = 200
COARSEST, ACCURACY = 0.2, 1e-8
"""Our step is halved until energies are kept so well. A learned one bends more sharply than the
true one: at steps of 0.1 it may be lost by 1e-4, where neither method has its order yet."""
STEPS = {1: 200, 100: 80, 10_000: 10}
"""Outputs by starts: 10,000 take long, and with fewer no number of their steps errs as much."""
BARS = {1: 6.0, 100: 3.0, 10_000: 3.5}


def cases(quick: bool) -> Iterator[list[Case]]:
    """Return them; ``quick`` ones check results in seconds."""
    system = Pendulum()
    width, counts = (16, {1: 20, 10: 20}) if quick else (WIDTH, STEPS)
    model = trained(system, width, 20 if quick else 300)
    method = RungeKutta8()
    for count, steps in counts.items():
        x0 = system.sample_initial(count, torch.Generator().manual_seed(1))
        step, errors = _step(model, x0, steps, method)
        x0 = x0[errors.argsort(descending=True)]  # the largest come first
        work = Work(model, model.energy, x0, step * steps, steps)
        rk4 = solvers.torchdiffeq("rk4", by_autograd(model.energy), work.end, 4 * steps)
        wanted = work.error(work.ours(method, "fast"))
        solver, setting = solvers.best([rk4], x0, work.error, wanted)
        yield [
            Case(
                work=f"rollout of a trained HNN, {NETS[used]}",
                against="torchdiffeq rk4, field by autograd",
                size=f"{count} starts, {steps} steps",
                ours=kernel(used, partial(work.ours, method, "fast")),
                theirs=partial(solver.run, x0, setting),
                agree=partial(work.agree, solver),
                bar=None if quick else BARS[count],
                along={"batch": count, "steps": steps},
            )
            for used in NETS
        ]


def trained(system: Pendulum, width: int, steps: int) -> HNN:
    """Return an HNN that has seen a pendulum, in float64."""
    torch.manual_seed(0)
    model = HNN(system.model_spec, width=width).double()
    x = system.sample_initial(1000, torch.Generator().manual_seed(0))
    t, dx = x.new_zeros(()), system.field().f(x.new_zeros(()), x)
    model.fit_scaling(x, dx)
    adam = torch.optim.Adam(model.parameters(), lr=1e-3)
    for _ in range(steps):
        some = torch.randint(len(x), (128,))
        loss = model.misfit(t, x[some], None, dx[some], model.dx_scale)
        adam.zero_grad()
        loss.backward()
        adam.step()
    return model.requires_grad_(False)


def by_autograd(energy: Callable[[Tensor], Tensor]) -> Callable[[Tensor, Tensor], Tensor]:
    """Return Hamilton's field of an energy as peers write it."""

    def rate(t: Tensor, x: Tensor) -> Tensor:
        with torch.enable_grad():
            x = x.detach().requires_grad_(True)
            (gradient,) = torch.autograd.grad(energy(x).sum(), x)
        by_q, by_p = gradient.chunk(2, -1)
        return torch.cat((by_p, -by_q), -1)

    return rate


def _step(model: HNN, x0: Tensor, steps: int, method: RungeKutta8) -> tuple[float, Tensor]:
    """Return the largest step that keeps all energies well, and the error of each."""
    step = COARSEST
    while True:
        path = Work(model, model.energy, x0, step * steps, steps).ours(method, "fast")
        with torch.no_grad():
            energy = model.energy(path)
        errors = (energy - energy[0]).abs().amax(0)
        if float(errors.max()) <= ACCURACY:
            return step, errors
        step /= 2
        if step < COARSEST / 1024:
            raise DisagreementError(f"no step keeps energies to {ACCURACY:g}.")
