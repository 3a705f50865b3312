"""The leapfrog method, and compositions of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import ClassVar

import torch
from jaxtyping import Float
from torch import Tensor

from ..mechanics.problem import Mechanical, Split
from ..mechanics.state import split_state
from .base import Counted, Path, check_times
from .fixed_step import FixedStep, substeps
from .reversible import reversible
from .stepping import Number, Stepping, follow, follow_formula, moved


@dataclass(frozen=True)
class Leapfrog(FixedStep):
    r"""Kick, drift, kick (Stoermer-Verlet), for ``H = T(p) + V(q)``; symmetric, symplectic.

    .. math:: p' = p + \tfrac h2 F(q), \quad \bar q = q + h\, v(p'), \quad
              \bar p = p' + \tfrac h2 F(\bar q)

    The force at the end of a step opens the next one: one evaluation per step, plus one.

    Source:
        Hairer, Lubich, Wanner, *Geometric Numerical Integration*, 2nd ed., section I.1.4,
        equation (1.17), and section VI.3, theorem 3.4.
    """

    weights: ClassVar[Sequence[float]] = (1.0,)
    """Fractions of the step that are taken by leapfrog one after the other; they add up to one."""

    adjoint: bool = False
    """Whether gradients come from walking back: memory for the outputs alone, more time."""

    @property
    def order(self) -> int:
        """Two."""
        return 2

    @property
    def symplectic(self) -> bool:
        """Always."""
        return True

    def integrate(
        self, motion: Mechanical, x0: Float[Tensor, "*batch state"], t: Float[Tensor, " time"]
    ) -> Path:
        """Follow ``motion.split()``; see :meth:`Integrator.integrate`."""
        check_times(t)
        if self.adjoint and torch.is_grad_enabled():
            split, intervals = motion.split(), substeps(t, self.step)
            force = Counted(split.force)
            counted = replace(split, force=force)
            path = reversible(motion, counted, intervals, self.weights, x0)
            return Path(t, path, force.calls)
        made = follow_formula(
            motion, type(self), lambda: self._stepping(motion.split()), x0, t, self.step
        )
        return made or follow(self._stepping(motion.split()), x0, t, self.step)

    def _stepping(self, split: Split) -> Stepping:
        # The kick that closes one leapfrog and the one that opens the next are one kick.
        ends = (0.0, *self.weights, 0.0)
        kicks = tuple((a + b) / 2 for a, b in pairwise(ends))
        taken = _Kicks(split.velocity, Counted(split.force), tuple(self.weights), kicks)
        return Stepping(taken.enter, taken.step, parts=2, f=taken.force)


@dataclass(frozen=True)
class _Kicks:
    """Kicks and drifts of one step, in turn."""

    velocity: Callable[[Tensor], Tensor]
    force: Counted
    drifts: tuple[float, ...]
    kicks: tuple[float, ...]

    def enter(self, x: Tensor) -> tuple[Tensor, ...]:
        q, p = split_state(x)
        return q, p, self.force(q)

    def step(
        self, t: Number, h: Number, q: Tensor, p: Tensor, acting: Tensor
    ) -> tuple[Tensor, ...]:
        p = moved(p, acting, self.kicks[0] * h)
        for drift, kick in zip(self.drifts, self.kicks[1:], strict=True):
            q = moved(q, self.velocity(p), drift * h)
            acting = self.force(q)
            p = moved(p, acting, kick * h)
        return q, p, acting
