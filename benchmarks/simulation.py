"""Simulation of a data set of two bodies, against one call of scipy for each motion."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import torch
from torch import Tensor

from benchmarks.case import Case, DisagreementError
from benchmarks.rollouts import KERNELS, PATHS
from experiments.simulation_speed.benchmark import COUNT, END, SAMPLES, TOLERANCE, one_by_one
from src.integrators.dop853 import DOP853
from src.integrators.reference import reference_motion
from src.lowering.performance import Level, performing
from src.systems.two_body import TwoBody


def cases(quick: bool) -> Iterator[list[Case]]:
    """Return them; ``quick`` ones check results in seconds."""
    system, count = TwoBody(), 20 if quick else COUNT
    x0 = system.sample_initial(count, torch.Generator().manual_seed(0))
    t = torch.linspace(0, END, SAMPLES, dtype=torch.float64)
    truth = reference_motion(system.field().f, x0, t)[-1]
    yield [
        Case(
            work=f"two-body data set, {PATHS[level]}",
            against="one scipy DOP853 call per trajectory, rtol = atol = 1e-9",
            size=f"{count} trajectories",
            ours=partial(_ours, system, x0, t, level),
            theirs=lambda: one_by_one(system, x0, t)[0],
            agree=partial(_same_error, truth),
            bar=None if quick else 25.0,
            along={"trajectories": count},
        )
        for level in PATHS
    ]


def _ours(system: TwoBody, x0: Tensor, t: Tensor, level: Level) -> Tensor:
    with torch.no_grad(), performing(level, KERNELS, kernels=level == "compiled"):
        return DOP853(rtol=TOLERANCE, atol=TOLERANCE).integrate(system, x0, t).x


def _same_error(truth: Tensor, ours: Tensor, theirs: Tensor) -> None:
    """Refuse errors at the end that differ by more than a hundredth, in the median or at most."""
    worst = [(path[-1] - truth).abs().amax(dim=-1) for path in (ours, theirs)]
    for name in ("median", "max"):
        one, other = (float(getattr(torch, name)(error)) for error in worst)
        if not abs(one - other) <= 0.01 * other:
            raise DisagreementError(
                f"the {name} of the errors at the end must agree to 1 %; ours is {one:.4g}, theirs "
                f"{other:.4g}."
            )
