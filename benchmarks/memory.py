"""The most memory that works take, each in a process of its own."""

from __future__ import annotations

import resource
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import Any, NamedTuple

import torch
from torch import Tensor
from torchdiffeq import odeint

from benchmarks.case import Case, Limit, close
from src.data.simulated import SimulatedData
from src.integrators.leapfrog import Leapfrog
from src.models.separable_hnn import SeparableHNN
from src.systems.mass_spring import MassSpring
from src.systems.pendulum import Pendulum

BATCH, WIDTH, STEP = 16, 64, 0.01
MILLION, SAMPLES = 1_000_000, 10


class Took(NamedTuple):
    """What a process found, and what it took."""

    result: Any
    bytes: float
    """The most that it held beyond what it held before."""
    seconds: float
    all_bytes: float
    """The most that it held, libraries and all."""


def cases(quick: bool) -> Iterator[Case | Limit]:
    """Return them; ``quick`` ones check results in seconds."""
    steps = 50 if quick else 1000
    yield Case(
        work="memory of a rollout loss and its gradients, leapfrog, walked back",
        against="backprop through torchdiffeq rk4",
        size=f"batch {BATCH}, {steps} steps",
        ours=partial(taken, walked_back, steps, warm=2),
        theirs=partial(taken, through_rk4, steps, warm=2),
        agree=_same_gradients,
        bar=None if quick else 20.0,
        part=lambda took: took.bytes,
        their_part=lambda took: took.bytes,
        along={"steps": steps},
    )
    count = 1000 if quick else MILLION
    for unit, most in (("GB", 24.0), ("processor s", None)):
        yield Limit(
            work="data set of short motions of a mass on a spring, made and split",
            size=f"{count:,} trajectories of {SAMPLES} steps",
            unit=unit,
            amount=partial(_of_data, count, unit),
            bar=most,
        )


def taken(work: Callable[[int], Any], size: int, warm: int) -> Took:
    """Return what a process of its own takes, once it has done the work at a small size."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        return pool.submit(_watched, work, size, warm).result()


def _watched(work: Callable[[int], Any], size: int, warm: int) -> Took:
    torch.set_num_threads(1)
    work(warm)
    before, start = _peak(), time.process_time()
    result = work(size)
    return Took(result, _peak() - before, time.process_time() - start, _peak())


def _peak() -> float:
    """Return the most bytes that this process has held so far.

    On Linux getrusage also tells of the process that started this one.
    """
    status = Path("/proc/self/status")
    if status.is_file():
        lines = dict(line.split(":", 1) for line in status.read_text().splitlines())
        return 1024 * float(lines["VmHWM"].split()[0])
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (
        1 if sys.platform == "darwin" else 1024
    )


def walked_back(steps: int) -> tuple[float, float]:
    """Return loss and size of the gradient, by the symplectic method and its adjoint."""
    model, x0, t = _rollout(steps)
    return _with_gradient(model, Leapfrog(adjoint=True).integrate(model, x0, t).x)


def through_rk4(steps: int) -> tuple[float, float]:
    """Return the same by backpropagation through the steps, with the field of the paper's code."""
    model, x0, t = _rollout(steps)

    def rate(_: Tensor, x: Tensor) -> Tensor:
        with torch.enable_grad():
            (gradient,) = torch.autograd.grad(model.energy(x).sum(), x, create_graph=True)
        by_q, by_p = gradient.chunk(2, -1)
        return torch.cat((by_p, -by_q), -1)

    return _with_gradient(model, odeint(rate, x0.requires_grad_(), t, method="rk4"))


def _rollout(steps: int) -> tuple[SeparableHNN, Tensor, Tensor]:
    torch.manual_seed(0)
    system = Pendulum()
    model = SeparableHNN(system.model_spec, width=WIDTH).double()
    x0 = system.sample_initial(BATCH, torch.Generator().manual_seed(0))
    model.fit_scaling(x0, system.field().f(x0.new_zeros(()), x0))
    return model, x0, torch.arange(steps + 1, dtype=torch.float64) * STEP


def _with_gradient(model: SeparableHNN, path: Tensor) -> tuple[float, float]:
    loss = path.square().mean()
    loss.backward()
    parts = [p.grad for p in model.parameters() if p.grad is not None]
    return float(loss.detach()), float(torch.nn.utils.get_total_norm(parts))


def _same_gradients(ours: Took, theirs: Took) -> None:
    """Refuse losses or gradients that differ by more than the methods' errors."""
    for name, one, other in zip(("losses", "gradients"), ours.result, theirs.result, strict=True):
        close(name, one, other, 1e-2)


def _of_data(count: int, unit: str) -> float:
    took = taken(_simulated, count, warm=10)
    return took.all_bytes / 1e9 if unit == "GB" else took.seconds


def _simulated(count: int) -> int:
    system = MassSpring()
    step = system.time_scale / 30
    data = SimulatedData(trajectories=count, step=step, horizon=SAMPLES * step)
    with tempfile.TemporaryDirectory() as cache:
        return len(data.load(system, Path(cache)).train.x)
