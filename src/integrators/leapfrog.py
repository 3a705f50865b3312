"""The leapfrog method, and compositions of it."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import ClassVar

import torch
from jaxtyping import Float
from torch import Tensor

from ..mechanics.problem import Mechanical
from ..mechanics.state import split_state
from .base import Counted, Path, check_times
from .fixed_step import FixedStep, substeps


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
        split = motion.split()
        force = Counted(split.force)
        q, p = split_state(x0)
        acting = force(q)
        states = [x0]
        # The kick that closes one leapfrog and the one that opens the next are one kick.
        ends = (0.0, *self.weights, 0.0)
        kicks = [(a + b) / 2 for a, b in pairwise(ends)]
        for _, h, count in substeps(t, self.step):
            for _ in range(count):
                p = torch.add(p, acting, alpha=kicks[0] * h)
                for drift, kick in zip(self.weights, kicks[1:], strict=True):
                    q = torch.add(q, split.velocity(p), alpha=drift * h)
                    acting = force(q)
                    p = torch.add(p, acting, alpha=kick * h)
            states.append(torch.cat((q, p), dim=-1))
        return Path(t, torch.stack(states), force.calls)
