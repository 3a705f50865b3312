"""A batch of motions of which one is far faster than the others, against torchdiffeq."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

import torch
from torch import Tensor
from torchdiffeq import odeint

from benchmarks.case import Case, DisagreementError
from benchmarks.rollouts import KERNELS, PATHS
from src.integrators.dop853 import DOP853
from src.integrators.paced import Paced, pack, unpack
from src.lowering.performance import Level, performing
from src.mechanics.problem import Formula
from src.systems.mass_spring import MassSpring

TOLERANCE = 1e-7


def cases(quick: bool) -> Iterator[list[Case]]:
    """99 easy oscillators and one that is thirty times faster, at one tolerance."""
    easy = 9 if quick else 99
    fast = torch.ones(easy + 1, dtype=torch.float64)
    fast[-1] = 30.0
    system, end = MassSpring(), 10.0 if quick else 30.0
    x0 = system.sample_initial(easy + 1, torch.Generator().manual_seed(0))
    work = Mixed(system, x0, fast, torch.linspace(0, end, 101, dtype=torch.float64))
    yield [
        Case(
            work=f"mixed batch, {PATHS[level]}",
            against="torchdiffeq dopri5, same tolerance",
            size=f"{easy} easy + 1 thirty times faster",
            ours=partial(work.ours, level),
            theirs=work.theirs,
            agree=work.agree,
            bar=None if quick else 8.0,
            along={"batch": easy + 1},
        )
        for level in PATHS
    ]


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
