"""The reference solution, for systems whose motion nobody knows in closed form."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor

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
MOST_PARTS = 2**12
"""Parts of an output interval beyond which a motion counts as singular; a power of two."""


def reference_motion(
    field: Callable[[Tensor, Tensor], Tensor],
    x0: Float[Tensor, "count state"],
    t: Float[Tensor, " time"],
) -> Float[Tensor, "time count state"]:
    """Follow ``dx/dt = field(t, x)`` to nearly the precision of float64.

    Gauss collocation, solved by fixed-point iteration. All stages of all motions are one call of
    the field, whose cost lies in the number of its operations and hardly in that of its samples:
    this needs a fraction of the calls of an explicit method, and the method is symplectic. Output
    intervals are halved, for each motion as often as it needs, until the field over a step is a
    polynomial to :data:`TAIL`; where that fails, as in a collision, the remaining states of the
    motion are NaN, and the others go on. Times may run backwards; the field must take any part of
    the motions.

    Source:
        Hairer, Lubich, Wanner, *Geometric Numerical Integration*, 2nd ed., section II.1.3.
    """
    scheme = _Collocation(x0)
    path = x0.new_full((len(t), *x0.shape), math.nan)
    path[0] = x0
    alive = torch.arange(len(x0), device=x0.device)
    for k, (start, end) in enumerate(zip(t[:-1].tolist(), t[1:].tolist(), strict=True)):
        arrived = scheme.cross(field, start, end, path[k, alive], alive)
        alive = alive[arrived.isfinite().all(-1)]
        path[k + 1, alive] = arrived[arrived.isfinite().all(-1)]
    return path


class _Collocation:
    """The coefficients, and what the last step of each motion tells of its next one."""

    def __init__(self, x0: Tensor) -> None:
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
        ahead = np.polynomial.legendre.legvander(nodes + 2, STAGES - 1)

        def tensor(array: np.ndarray) -> Tensor:
            return torch.from_numpy(array).unsqueeze(-1).unsqueeze(-1)

        # Nodes run over [-1, 1]; a step of length h is [0, h], hence the halves.
        self.nodes = torch.from_numpy((nodes + 1) / 2).unsqueeze(-1)
        self.weights = tensor(weights / 2)
        self.to_nodes = tensor(integrals @ analysis / 2)
        self.to_next = tensor(ahead @ analysis)
        # Two, since a motion that is symmetric about the middle of a step has every other one.
        self.highest = tensor(analysis[-2:])
        self.size = x0.abs().amax(dim=0)
        """Largest states so far, per component: the unit of errors."""
        self.slopes = x0.new_zeros(STAGES, *x0.shape)
        self.h = x0.new_full((len(x0),), math.nan)
        self.parts = torch.ones(len(x0), dtype=torch.long, device=x0.device)
        """In how many parts each motion crosses an output interval."""

    def cross(
        self,
        field: Callable[[Tensor, Tensor], Tensor],
        start: float,
        end: float,
        x: Float[Tensor, "rows state"],
        rows: Int[Tensor, " rows"],
    ) -> Float[Tensor, "rows state"]:
        """Return the states at ``end`` of the motions ``rows``; NaN where they cannot be had."""
        arrived = torch.full_like(x, math.nan)
        todo = torch.arange(len(rows), device=x.device)
        while len(todo):
            parts = self.parts[rows[todo]]
            h = (end - start) / parts.to(x.dtype)
            y, tail = self._march(field, start, h, parts, x[todo], rows[todo])
            good = tail <= TAIL
            arrived[todo[good]] = y[good]
            # The highest mode of a smooth field falls as this power of the step.
            wanted = (1.1 * parts * (tail / TAIL) ** (1 / STAGES)).clamp(max=4.0 * parts)
            wanted = torch.maximum(wanted, torch.where(good, 1.0, 2.0 * parts))
            next_parts = 2 ** wanted.log2().ceil().long()
            # A step like the last one is worth more, by its start, than one twice as long.
            self.parts[rows[todo]] = torch.where(2 * next_parts == parts, parts, next_parts)
            todo = todo[~good & (parts < MOST_PARTS)]
        return arrived

    def _march(
        self,
        field: Callable[[Tensor, Tensor], Tensor],
        start: float,
        h: Float[Tensor, " rows"],
        parts: Int[Tensor, " rows"],
        x: Float[Tensor, "rows state"],
        rows: Int[Tensor, " rows"],
    ) -> tuple[Float[Tensor, "rows state"], Float[Tensor, " rows"]]:
        """Return the states after ``parts`` steps of ``h``, and the worst part of high modes."""
        longest = torch.zeros_like(h)
        for i in range(int(parts.max())):
            on = ((parts > i) & (longest <= TAIL)).nonzero().squeeze(-1)
            if not len(on):
                break
            y, tail = self._step(field, start + i * h[on], x[on], h[on], rows[on])
            x = x.index_put((on,), y)
            longest[on] = torch.maximum(longest[on], tail)
        return x, longest

    def _step(
        self,
        field: Callable[[Tensor, Tensor], Tensor],
        t: Float[Tensor, " rows"],
        x: Float[Tensor, "rows state"],
        h: Float[Tensor, " rows"],
        rows: Int[Tensor, " rows"],
    ) -> tuple[Float[Tensor, "rows state"], Float[Tensor, " rows"]]:
        """Return the states at ``t + h``, and the part of the highest modes; inf where it fails."""
        times, step = t + self.nodes * h, h.unsqueeze(-1)
        self.size = torch.maximum(self.size, x.abs().amax(dim=0))
        slopes, before = self._guess(field, t, x, h, rows), torch.full_like(h, math.inf)
        done = torch.zeros_like(h, dtype=torch.bool)
        failed, unit = done, self.size.expand_as(x)
        for _ in range(PATIENCE):
            new = field(times, x + step * (self.to_nodes * slopes).sum(1))
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
        self.slopes[:, rows], self.h[rows] = slopes, h
        tail = ((step * (self.highest * slopes).sum(1)).abs() / unit).amax(-1).amax(0)
        reached = x + step * (self.weights * slopes).sum(0)
        return reached, torch.where(done & ~failed, tail, math.inf)

    def _guess(
        self,
        field: Callable[[Tensor, Tensor], Tensor],
        t: Float[Tensor, " rows"],
        x: Float[Tensor, "rows state"],
        h: Float[Tensor, " rows"],
        rows: Int[Tensor, " rows"],
    ) -> Float[Tensor, "stages rows state"]:
        """Return the polynomials of the last steps, continued; constants where there are none."""
        known = ((self.h[rows] - h).abs() <= 1e-6 * h.abs()).unsqueeze(-1)
        ahead = (self.to_next * self.slopes[:, rows]).sum(1)
        if bool(known.all()):
            return ahead
        return torch.where(known, ahead, field(t, x))
