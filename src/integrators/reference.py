"""The reference solution, for systems whose motion nobody knows in closed form."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import NamedTuple

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor

from ..mechanics.problem import Mechanical
from .base import Counted, IntegrationError, Integrator, Path

STAGES = 12
"""Nodes per step: the method has order 24."""
TAIL = 1e-7
"""Largest part that the highest modes of the field may have in a step, over the size of the states.

The error is then about its square, since the method is exact for twice as many modes.
"""
ROUNDING = 1e-14
"""Change, over the size of the states, at which an iteration has converged."""
PATIENCE = 30
"""Iterations before a step is halved."""
MARGIN, SLOWER, FASTER = 1.1, 0.25, 2.0
"""How much shorter than the error allows a step is, and its smallest and largest growth."""
MOST_PARTS = 2**12
"""Steps to the next output time beyond which a motion counts as singular."""


def reference_motion(
    field: Callable[[Tensor, Tensor], Tensor],
    x0: Float[Tensor, "count state"],
    t: Float[Tensor, " time"],
    alike: bool = False,
    largest: Float[Tensor, " state"] | None = None,
) -> Float[Tensor, "time count state"]:
    """Follow ``dx/dt = field(t, x)`` to nearly the precision of float64.

    Gauss collocation, solved by fixed-point iteration. All stages of all motions are one call of
    the field, whose cost lies in the number of its operations and hardly in that of its samples:
    this needs a fraction of the calls of an explicit method. Each motion goes its own way, by steps
    that end on the output times and are short enough for its field to be a polynomial to
    :data:`TAIL` within each. Where none is, as in a collision, the remaining states of the motion
    are NaN, and the others go on. Times may run backwards; the field must take any part of the
    motions, and a time for each. Errors are measured by the largest states, of each component by
    its own; of all alike by the largest of all, where components have one unit and some stay small.
    ``largest`` are those of earlier parts of the motions: what has come to rest is not followed to
    more digits than it had.

    Source:
        Hairer, Lubich, Wanner, *Geometric Numerical Integration*, 2nd ed., section II.1.3.
    """
    scheme = _Collocation(x0, alike, largest)
    path = torch.cat((x0.unsqueeze(0), x0.new_full((len(t) - 1, *x0.shape), math.nan)))
    now, x, wanted = t[0].expand(len(x0)).clone(), x0, t[1].sub(t[0]).expand(len(x0)).clone()
    rows = torch.arange(len(x0), device=x0.device)
    ahead = torch.ones_like(rows)
    while len(rows):
        left = t[ahead] - now
        steps = (left / wanted - 1e-9).ceil().clamp(min=1)
        h = left / steps
        y, tail = scheme.step(field, now, x, h, rows)
        good, arrives = tail <= TAIL, steps == 1
        x = torch.where(good.unsqueeze(-1), y, x)
        now = torch.where(good, torch.where(arrives, t[ahead], now + h), now)
        arrived = good & arrives
        path[ahead[arrived], rows[arrived]] = y[arrived]
        ahead = ahead + arrived.long()
        # The highest mode of a smooth field falls as this power of the step.
        factor = (TAIL / tail.clamp(min=1e-300)) ** (1 / STAGES) / MARGIN
        wanted = h * torch.where(good, factor.clamp(SLOWER, FASTER), factor.clamp(SLOWER, 0.5))
        lost = ~good & (steps > MOST_PARTS)
        on = (ahead < len(t)) & ~lost
        rows, ahead, now, x, wanted = rows[on], ahead[on], now[on], x[on], wanted[on]
    return path


class _Coefficients(NamedTuple):
    """The method, computed once."""

    nodes: Tensor
    weights: Tensor
    to_nodes: Tensor
    """From slopes to what they add up to at the nodes."""
    analysis: Tensor
    """From slopes to the coefficients of their Legendre polynomials."""
    highest: Tensor
    """The same for the highest two."""


@cache
def _coefficients() -> _Coefficients:
    nodes, weights = np.polynomial.legendre.leggauss(STAGES)
    modes = np.polynomial.legendre.legvander(nodes, STAGES - 1)
    # Slopes to coefficients of Legendre polynomials, by their orthogonality over the nodes.
    analysis = (modes * weights[:, None]).T * (np.arange(STAGES) + 0.5)[:, None]
    integrals = np.stack(
        [
            np.polynomial.legendre.legval(nodes, np.polynomial.legendre.legint(row, lbnd=-1))
            for row in np.eye(STAGES)
        ],
        axis=1,
    )

    # Plain tensors, whatever mode the first call is made in.
    with torch.inference_mode(mode=False):
        # Nodes run over [-1, 1]; a step of length h is [0, h], hence the halves. The highest are
        # two, since a motion that is symmetric about the middle of a step has every other one.
        return _Coefficients(
            nodes=torch.from_numpy((nodes + 1) / 2).unsqueeze(-1),
            weights=torch.from_numpy(weights / 2),
            to_nodes=torch.from_numpy(integrals @ analysis / 2),
            analysis=torch.from_numpy(analysis),
            highest=torch.from_numpy(analysis[-2:]),
        )


@dataclass(frozen=True)
class Reference(Integrator):
    """The same as an integrator, for what wraps integrators."""

    @property
    def order(self) -> int:
        """Twice the number of stages."""
        return 2 * STAGES

    @property
    def symplectic(self) -> bool:
        """No: the steps follow the motion."""
        return False

    def integrate(
        self, motion: Mechanical, x0: Float[Tensor, "*batch state"], t: Float[Tensor, " time"]
    ) -> Path:
        """Follow ``motion.field()``; see :meth:`Integrator.integrate`."""
        field = Counted(motion.field().f)
        x = reference_motion(field, x0.reshape(-1, x0.shape[-1]), t)
        finite = x.isfinite().all(-1)
        x = x.reshape(len(t), *x0.shape)
        if bool(finite.all()):
            return Path(t, x, field.calls)
        reached = max(1, int(finite.all(-1).sum()))
        raise IntegrationError(
            failed=~finite.all(0).reshape(x0.shape[:-1]),
            path=Path(t[:reached], x[:reached], field.calls),
            reason="their field is no polynomial in any step, however short",
            remedy="Use a shorter horizon, or starts of lower energy.",
        )


class _Collocation:
    """What the last step of each motion tells of its next one."""

    def __init__(self, x0: Tensor, alike: bool, largest: Tensor | None) -> None:
        self.method = _coefficients()
        self.alike = alike
        self.size = self._largest(x0 if largest is None else largest.unsqueeze(0))
        """Largest states so far, per component: the unit of errors."""
        self.slopes = x0.new_zeros(STAGES, *x0.shape)
        self.start, self.h = x0.new_zeros(len(x0)), x0.new_full((len(x0),), math.nan)
        """The last step of each motion; NaN where it came to nothing."""

    def _largest(self, x: Float[Tensor, "rows state"]) -> Float[Tensor, " state"]:
        largest = x.abs().amax(dim=0)
        return largest.amax().expand_as(largest) if self.alike else largest

    def step(
        self,
        field: Callable[[Tensor, Tensor], Tensor],
        t: Float[Tensor, " rows"],
        x: Float[Tensor, "rows state"],
        h: Float[Tensor, " rows"],
        rows: Int[Tensor, " rows"],
    ) -> tuple[Float[Tensor, "rows state"], Float[Tensor, " rows"]]:
        """Return the states at ``t + h``, and the part of the highest modes; inf where it fails."""
        times, step = t + self.method.nodes * h, h.unsqueeze(-1)
        self.size = torch.maximum(self.size, self._largest(x))
        slopes, before = self._guess(field, t, x, h, rows), torch.full_like(h, math.inf)
        done = torch.zeros_like(h, dtype=torch.bool)
        failed, unit = done, self.size.expand_as(x)
        for _ in range(PATIENCE):
            new = field(times, x + step * torch.tensordot(self.method.to_nodes, slopes, dims=1))
            # A motion that leaves the range of numbers rests: a field may refuse a whole batch.
            failed = failed | ~new.isfinite().all(-1).all(0)
            new = torch.where(failed.unsqueeze(-1), 0.0, new)
            unit = (self.size + (step * new).abs().amax(dim=0)).clamp(min=1e-300)
            change = ((step * (new - slopes)).abs().amax(dim=0) / unit).amax(-1)
            slopes = new
            stalled = (change < 100 * ROUNDING) & (change >= before)
            done = done | (change < ROUNDING) | stalled | failed
            if bool(done.all()):
                break
            before = change
        solved = done & ~failed
        self.slopes[:, rows], self.start[rows] = slopes, t
        self.h[rows] = torch.where(solved, h, math.nan)
        highest = torch.tensordot(self.method.highest, slopes, dims=1)
        tail = ((step * highest).abs() / unit).amax(-1).amax(0)
        reached = x + step * torch.tensordot(self.method.weights, slopes, dims=1)
        return reached, torch.where(solved, tail, math.inf)

    def _guess(
        self,
        field: Callable[[Tensor, Tensor], Tensor],
        t: Float[Tensor, " rows"],
        x: Float[Tensor, "rows state"],
        h: Float[Tensor, " rows"],
        rows: Int[Tensor, " rows"],
    ) -> Float[Tensor, "stages rows state"]:
        """Return the polynomials of the last steps at the nodes of the next; or constants.

        They are continued by one step of their own at most, or cut: a step that was too long tells
        all about a shorter one from the same start.
        """
        # In the coordinate in which the last step is [-1, 1].
        at = 2 * (t - self.start[rows] + self.method.nodes * h) / self.h[rows] - 1
        known = ((at > -1 - 1e-9) & (at < 3 + 1e-9)).all(0)
        modes = [torch.ones_like(at), at]
        for k in range(2, STAGES):
            modes.append(((2 * k - 1) * at * modes[-1] - (k - 1) * modes[-2]) / k)
        coefficients = torch.tensordot(self.method.analysis, self.slopes[:, rows], dims=1)
        ahead = torch.einsum("kir,krs->irs", torch.stack(modes), coefficients)
        if bool(known.all()):
            return ahead
        return torch.where(known.unsqueeze(-1), ahead, field(t, x))
