"""Training steps: ours through Trainer.fit as a user runs it, others in bare loops."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import redirect_stdout
from functools import partial
from io import StringIO
from pathlib import Path
from typing import Any

import pytorch_lightning as pl
import torch
from torch import Tensor

from benchmarks.case import Case, Limit, close
from benchmarks.paths import NETS, kernel
from benchmarks.peers import SIZE, bare_loop, hnn_loss, jax_step, lnn_loss, net
from src.data.simulated import SimulatedData
from src.integrators.ode_solver import ODESolver
from src.kernels.kernel import Kernel
from src.losses.derivative import DerivativeLoss
from src.models.hnn import HNN
from src.models.mlp import ScalarMLP
from src.systems.mass_spring import MassSpring
from src.training.datamodule import TrajectoryData
from src.training.fit import Training
from src.training.kinds import HamiltonianModule
from src.training.schedules import cosine

WIDTH = 200
AGREE = 1e-4
"""Largest relative difference of the losses: float32, rounded differently."""
STEPS = {32: 2000, 256: 800, 750: 300, 4096: 60}
HNN_BARS = {32: 3.0, 256: 2.5, 750: 2.2}
LNN_BARS = {
    False: {"autograd": 1.25, "JAX hessian + pinv": 2.0},
    True: {"autograd": 2.0, "JAX hessian + pinv": 3.5},
}
"""By whether the kernel is used."""


def hnn(quick: bool) -> Iterator[Case]:
    """Return steps of HNNs; ``quick`` ones check results in seconds."""
    for batch in (32,) if quick else STEPS:
        yield from hnn_cases(batch, 10 if quick else STEPS[batch])


def lnn(quick: bool) -> Iterator[list[Case]]:
    """Return steps of LNNs."""
    for dof in (2,) if quick else (2, 6):
        yield from lnn_cases(dof, 256)


def overheads(quick: bool) -> Iterator[Limit]:
    """Return what our own framework adds to a step."""
    yield Limit(
        work="overhead per HNN training step: Trainer.fit less a bare loop with the same kernel",
        size="batch 32",
        unit="us",
        amount=partial(overhead, 32, 10 if quick else STEPS[32]),
        bar=50.0,
    )


def hnn_cases(batch: int, steps: int) -> Iterator[Case]:
    """Compare steps of an HNN 2-200-200-1."""
    torch.manual_seed(0)
    model, peer = HNN(MassSpring().model_spec, width=WIDTH), net(2, WIDTH)
    _share(model.hamiltonian.net, peer)
    x, dx = torch.randn(2, batch, 2)

    def ours() -> tuple[float, float]:
        t = torch.zeros(batch, 1)
        loss = DerivativeLoss()(model, ODESolver("rk4"), t, x[:, None], dx[:, None])
        return float(loss.detach()), fit(batch, steps)

    others: dict[str, tuple[Callable[[], Any] | None, float | None]] = {
        "autograd double backward, bare loop": (
            bare_loop(hnn_loss, peer, x, dx),
            HNN_BARS.get(batch),
        ),
        "JAX jit + optax": (jax_step("hnn", list(peer.parameters()), x, dx), 1.0),
    }
    yield Case(
        work="the matrix products of that step alone: the limit",
        against="autograd double backward, bare loop",
        size=f"batch {batch}",
        ours=_products(batch),
        theirs=bare_loop(hnn_loss, net(2, WIDTH), x, dx),  # steps of its own
        agree=lambda one, other: None,
        along={"batch": batch},
    )
    for against, (theirs, bar) in others.items():
        if theirs is not None:
            yield Case(
                work="HNN training step, Trainer.fit",
                against=against,
                size=f"batch {batch}",
                ours=ours,
                theirs=theirs,
                agree=_same_loss,
                bar=bar,
                part=lambda result: result[1],
                along={"batch": batch},
            )


def _products(batch: int) -> Callable[[], None]:
    """Return the six products of width by width by batch: of h, of r, and of what returns."""
    units, weights = torch.randn(batch, WIDTH), torch.randn(WIDTH, WIDTH)

    def multiply() -> None:
        for _ in range(4):
            _ = units @ weights
        for _ in range(2):
            _ = units.T @ units

    return multiply


def fit(batch: int, steps: int) -> float:
    """Return the seconds of one optimizer step within a training of so many, all work included."""
    system = MassSpring()
    model = HNN(system.model_spec, width=WIDTH)
    source = SimulatedData(batch_size=batch, trajectories=200)
    cache = Path(tempfile.gettempdir()) / "legendre-benchmarks"
    data = TrajectoryData(source, system, model.spec, 1, 0, cache)
    epochs = max(1, round(steps * batch / data.samples))
    adam = partial(torch.optim.Adam, lr=1e-3, fused=True)
    identity = {"format": 1, "config": {}, "choices": {}, "versions": {}}
    module = HamiltonianModule(model, DerivativeLoss(), ODESolver("rk4"), adam, cosine, identity)
    trainer = partial(
        pl.Trainer,
        max_epochs=epochs,
        accelerator="cpu",
        gradient_clip_val=10.0,
        check_val_every_n_epoch=10,
    )
    with tempfile.TemporaryDirectory() as folder, redirect_stdout(StringIO()):
        training = Training(module, data, trainer, [], Path(folder))
        record = training.run(lambda row, step: None).record
    return record["cpu_seconds"] / record["steps"]


def overhead(batch: int, steps: int) -> float:
    """Return by how many microseconds a step of Trainer.fit is longer than one of a bare loop."""
    within = fit(batch, steps)
    step = bare_step(batch, WIDTH)
    step()
    start = time.process_time()
    for _ in range(steps):
        step()
    return 1e6 * (within - (time.process_time() - start) / steps)


def bare_step(batch: int, width: int) -> Callable[[], Any]:
    """Return a step of the same net with our kernel, and nothing else."""
    torch.manual_seed(0)
    model = HNN(MassSpring().model_spec, width=width)
    adam = torch.optim.Adam(model.parameters(), lr=1e-6, fused=True)
    x, dx = torch.randn(2, batch, 2)

    def step() -> None:
        regression = model.regression(x, dx, model.dx_scale)
        if regression.applies():
            next(regression.differentiate([batch]))
        else:
            adam.zero_grad()
            regression.misfit().backward()
        adam.step()

    return step


def lnn_cases(dof: int, batch: int) -> Iterator[list[Case]]:
    """Compare steps of an LNN that fits accelerations, ours in a bare loop as well."""
    torch.manual_seed(0)
    ours, peer = _PlainLagrangian(2 * dof, WIDTH), net(2 * dof, WIDTH)
    _share(ours.net, peer)
    x, dx = torch.randn(2, batch, 2 * dof)
    step = bare_loop(lambda model, x, dx: (model(x) - dx).square().mean(), ours, x, dx)
    others = {
        "autograd, a row of the Hessian at a time": bare_loop(lnn_loss, peer, x, dx),
        "JAX hessian + pinv": jax_step("lnn", list(peer.parameters()), x, dx),
    }
    for against, theirs in others.items():
        if theirs is not None:
            yield [
                Case(
                    work=f"LNN training step, {NETS[used]}",
                    against=against,
                    size=f"{dof} dof, batch {batch}",
                    ours=kernel(used, step),
                    theirs=theirs,
                    agree=lambda one, other: close("losses", one, other, 1e-3),
                    bar=LNN_BARS[used][against.partition(",")[0]],
                    along={"dof": dof},
                )
                for used in (NETS if Kernel.routines is not None else (False,))
            ]


class _PlainLagrangian(torch.nn.Module):
    """``|v|^2 / 2`` and a small net, as in the peers' loss, by our closed form."""

    def __init__(self, inputs: int, width: int) -> None:
        super().__init__()
        self.net = ScalarMLP(inputs, width, 2, "tanh")

    def forward(self, x: Tensor) -> Tensor:
        dof = x.shape[-1] // 2
        v = x[..., dof:]
        tangent = torch.cat((v, torch.zeros_like(v)), -1)
        curve = self.net.curvature(x, tangent, slice(dof, 2 * dof))
        right = SIZE * (curve.gradient[..., :dof] - curve.along)
        masses = SIZE * curve.hessian + torch.eye(dof)
        return torch.cat((v, torch.linalg.solve_ex(masses, right).result), -1)


def _share(ours: ScalarMLP, peer: torch.nn.Sequential) -> None:
    with torch.no_grad():
        for one, other in zip(peer.parameters(), ours.parameters(), strict=True):
            one.copy_(other)


def _same_loss(ours: tuple[float, float], theirs: float) -> None:
    close("losses", ours[0], theirs, AGREE)
