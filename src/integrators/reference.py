"""The reference solution, for systems whose motion nobody knows in closed form."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import torch
from jaxtyping import Float
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
"""Parts of an output interval beyond which a motion counts as singular."""


def reference_motion(
    field: Callable[[Tensor, Tensor], Tensor],
    x0: Float[Tensor, "count state"],
    t: Float[Tensor, " time"],
) -> Float[Tensor, "time count state"]:
    """Follow ``dx/dt = field(t, x)`` to nearly the precision of float64.

    Gauss collocation, solved by fixed-point iteration. All stages of all motions are one call of
    the field, whose cost lies in the number of its operations and hardly in that of its samples:
    this needs a fraction of the calls of an explicit method, and the method is symplectic. Output
    intervals are parted until the field over a step is a polynomial to :data:`TAIL`; where that
    fails, as in a collision, the remaining states are NaN. Times may run backwards.

    Source:
        Hairer, Lubich, Wanner, *Geometric Numerical Integration*, 2nd ed., section II.1.3.
    """
    scheme, parts = _Collocation(x0.abs().amax(dim=0)), 1
    states = [x0]
    for start, end in zip(t[:-1].tolist(), t[1:].tolist(), strict=True):
        x, parts = scheme.cross(field, start, end, states[-1], parts)
        if x is None:
            lost = x0.new_full((len(t) - len(states), *x0.shape), math.nan)
            return torch.cat((torch.stack(states), lost))
        states.append(x)
    return torch.stack(states)


class _Collocation:
    """The coefficients, and the slopes of the last step, from which the next one starts."""

    def __init__(self, size: Tensor) -> None:
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
        self.nodes = ((nodes + 1) / 2).tolist()
        self.weights = tensor(weights / 2)
        self.to_nodes = tensor(integrals @ analysis / 2)
        self.to_next = tensor(ahead @ analysis)
        # Two, since a motion that is symmetric about the middle of a step has every other one.
        self.highest = tensor(analysis[-2:])
        self.size = size
        """Largest states so far, per component: the unit of errors."""
        self.slopes: Tensor | None = None
        self.h = 0.0

    def cross(
        self,
        field: Callable[[Tensor, Tensor], Tensor],
        start: float,
        end: float,
        x: Tensor,
        parts: int,
    ) -> tuple[Tensor | None, int]:
        """Return the states at ``end``, None if they cannot be had, and the parts to try next."""
        while parts <= MOST_PARTS:
            h, y, longest = (end - start) / parts, x, 0.0
            for i in range(parts):
                y, tail = self._step(field, start + i * h, y, h)
                longest = max(longest, tail)
                if tail > TAIL:
                    break
            # The highest mode of a smooth field falls as this power of the step.
            wanted = parts * (longest / TAIL) ** (1 / STAGES)
            if longest <= TAIL:
                return y, max(1, math.ceil(1.1 * wanted))
            parts = max(parts + 1, math.ceil(1.1 * min(wanted, 4.0 * parts)))
        return None, parts

    def _step(
        self, field: Callable[[Tensor, Tensor], Tensor], t: float, x: Tensor, h: float
    ) -> tuple[Tensor, float]:
        """Return the states at ``t + h``, and the part of the highest modes; inf if it fails."""
        times = x.new_tensor([t + node * h for node in self.nodes]).reshape(-1, 1)
        slopes, before = self._guess(field, t, x, h), math.inf
        self.size = torch.maximum(self.size, x.abs().amax(dim=0))
        for _ in range(PATIENCE):
            new = field(times, x + h * (self.to_nodes * slopes).sum(1))
            unit = (self.size + (h * new).abs().amax(dim=(0, 1))).clamp(min=1e-300)
            change = float(((h * (new - slopes)).abs() / unit).max())
            slopes = new
            if change < ROUNDING or (change < 100 * ROUNDING and change >= before):
                break
            if not math.isfinite(change):
                return x, math.inf
            before = change
        else:
            return x, math.inf
        self.slopes, self.h = slopes, h
        tail = (h * (self.highest * slopes).sum(1)).abs() / unit
        return x + h * (self.weights * slopes).sum(0), float(tail.max())

    def _guess(
        self, field: Callable[[Tensor, Tensor], Tensor], t: float, x: Tensor, h: float
    ) -> Tensor:
        """Return the polynomial of the last step, continued; or a constant."""
        if self.slopes is not None and math.isclose(self.h, h, rel_tol=1e-6):
            return (self.to_next * self.slopes).sum(1)
        return field(x.new_tensor(t), x).expand(STAGES, *x.shape)
