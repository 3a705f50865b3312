"""Adaptive steps of known formulas without torch: many attempts in a row, then a look."""

from __future__ import annotations

from dataclasses import dataclass, field

import torch
from jaxtyping import Float
from torch import Tensor

from ..lowering.march import Interval
from ..lowering.marcher import Marcher
from ..lowering.performance import chosen
from ..mechanics.problem import Formula, Mechanical
from .base import Counted
from .dormand_prince import DEGREE, Method, within
from .stepping import Stepping, marcher_of, plain

ATTEMPTS = 32
"""Steps that are tried before those samples are set aside that have arrived."""
ENTRIES = 2**22
"""Numbers that the attempts of one call may leave behind: samples go on in parts of so many."""
STAGES = 12


def follow_formula(
    motion: Mechanical,
    method: Method,
    beginning: tuple[Tensor, Tensor, Tensor, Tensor],
    t: Tensor,
    limit: int,
) -> Float[Tensor, "time samples state"] | None:
    """Follow samples from their times, states, slopes and first steps; None where that is no use.

    A sample that does not arrive gives None as well: torch then tells what became of it.
    """
    x = beginning[1]
    if chosen().level == "reference" or not isinstance(motion, Formula) or not plain(x):
        return None
    assert isinstance(method.field, Counted)
    step, dense = _steps(motion, method, x)
    if step is None or dense is None:
        return None
    path = torch.empty(len(t), *x.shape, dtype=x.dtype)
    size = max(ENTRIES // (ATTEMPTS * (2 * x.shape[-1] + 4)), 1)
    most = 0
    for low in range(0, len(x), size):
        rows = slice(low, low + size)
        front = _Formula(step, dense, t, path[:, rows], limit)
        if not front.run(tuple(part[rows] for part in beginning)):
            return None
        most = max(most, front.attempts)
    method.field.calls += STAGES * most
    return path


def _steps(motion: Formula, method: Method, x: Tensor) -> tuple[Marcher | None, Marcher | None]:
    count = x.shape[-1]
    zero = x.new_zeros(len(x), 1)
    field = method.field
    assert isinstance(field, Counted)

    def attempt(
        goal: Tensor,
        sign: Tensor,
        t: Tensor,
        x: Tensor,
        slope: Tensor,
        h: Tensor,
        again: Tensor,
        taken: Tensor,
    ) -> tuple[Tensor, ...]:
        rows, slopes = x.reshape(-1, count), slope.reshape(-1, count)
        times, lengths, refused = t.reshape(-1), h.reshape(-1), again.reshape(-1) > 0.5
        tried = method.attempt(goal, sign, times, rows, slopes, lengths, refused)
        good = tried.accepted.unsqueeze(-1)
        columns = (
            torch.where(tried.accepted, tried.end, times),
            torch.where(good, tried.x, rows),
            torch.where(good, tried.slopes[STAGES], slopes),
            tried.h,
            torch.where(tried.accepted, 0.0, 1.0).to(x.dtype),
            torch.where(tried.accepted, tried.step.squeeze(-1), 0.0),
        )
        shapes = (t, x, slope, h, again, taken)
        return tuple(a.reshape(b.shape) for a, b in zip(columns, shapes, strict=True))

    def inside(
        _: Tensor, __: Tensor, t: Tensor, x: Tensor, h: Tensor, *parts: Tensor
    ) -> tuple[Tensor, ...]:
        rows, times, steps = x.reshape(-1, count), t.reshape(-1), h.reshape(-1, 1)
        y, slopes = method.stages(times, rows, field(times, rows), steps)
        slopes.append(field(times + steps.squeeze(-1), y))
        polynomial = method.polynomial(times, rows, y, steps, slopes)
        return t, x, h, *(part.reshape(x.shape) for part in polynomial)

    calls, name = field.calls, (method.rtol, method.atol, count)
    found: list[Marcher | None] = []
    carries = ((zero, x, x, zero, zero, zero), (zero, x, zero + 1e-3, *[x] * DEGREE))
    for kind, function, carry in zip(("try", "in"), (attempt, inside), carries, strict=True):
        stepping = Stepping(lambda x: (x,), function, parts=len(carry), f=field)
        found.append(marcher_of(motion, (kind, *name), stepping, carry)[0])
    field.calls = calls
    return found[0], found[1]


@dataclass
class _Formula:
    """Samples on their way to the last of some times."""

    step: Marcher
    dense: Marcher
    t: Tensor
    path: Float[Tensor, "time samples state"]
    limit: int
    attempts: int = field(default=0, init=False)

    def run(self, beginning: tuple[Tensor, ...]) -> bool:
        """Fill the path; whether all samples came to its end."""
        t, x, slope, h = beginning
        count = x.shape[-1]
        goal, sign = float(self.t[-1]), 1.0 if self.t[1] > self.t[0] else -1.0
        rows = torch.arange(len(x))
        self.path[0] = x
        zero = torch.zeros(len(x), 1, dtype=x.dtype)
        carry = torch.cat((t.unsqueeze(-1), x, slope, h.unsqueeze(-1), zero, zero), dim=-1)
        while len(rows):
            if self.attempts >= self.limit:
                return False
            intervals = [Interval(goal, sign, 1)] * ATTEMPTS
            ran = self.step.run(carry.numpy(), intervals, before=self.attempts)
            if ran is None:
                return False
            chosen().ways.add(ran[1])
            self.attempts += ATTEMPTS
            states = torch.cat((carry.unsqueeze(0), torch.from_numpy(ran[0])))
            self._pass(states[:-1, :, 0], states[:-1, :, 1 : 1 + count], states[1:], rows)
            carry = states[-1]
            # A step of nothing that is no arrival: the sample is stuck, or no number any more.
            going = carry[:, 0] != goal
            still = carry[:, 0] + sign * carry[:, 2 * count + 1] == carry[:, 0]
            if bool((still & going).any()) or not bool(carry[:, : 2 * count + 1].isfinite().all()):
                return False
            carry, rows = carry[going], rows[going]
        return True

    def _pass(self, t: Tensor, x: Tensor, after: Tensor, rows: Tensor) -> None:
        """Put down the states at the output times that accepted steps have passed."""
        sign = 1.0 if self.t[1] > self.t[0] else -1.0
        taken, end = after[..., -1], after[..., 0]
        first, last = (
            torch.searchsorted(sign * self.t, (sign * time).contiguous(), right=True)
            for time in (t, end)
        )
        attempt, sample = ((last > first) & (taken != 0)).nonzero(as_tuple=True)
        if not len(attempt):
            return
        t, x, h = t[attempt, sample], x[attempt, sample], taken[attempt, sample]
        first, last, rows = first[attempt, sample], last[attempt, sample], rows[sample]
        start = torch.cat((t.unsqueeze(-1), x, h.unsqueeze(-1)), dim=-1)
        start = torch.cat((start, x.repeat(1, DEGREE)), dim=-1).numpy()
        ran = self.dense.run(start, [Interval(0.0, 1.0, 1)], before=self.attempts)
        if ran is None:
            ran = self.dense.arrays.run(start, [Interval(0.0, 1.0, 1)]), "numpy"
        polynomial = list(
            torch.from_numpy(ran[0][0])[:, -DEGREE * x.shape[-1] :].split(x.shape[-1], 1)
        )
        for ahead in range(int((last - first).max())):
            here = first + ahead < last
            index = first[here] + ahead
            at = ((self.t[index] - t[here]) / h[here]).unsqueeze(-1)
            self.path[index, rows[here]] = x[here] + within([p[here] for p in polynomial], at)
