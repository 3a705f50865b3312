"""Dormand and Prince's pair of order 8(5,3), with steps of its own for each sample."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from ..mechanics.problem import Mechanical
from .base import Counted, IntegrationError, Path, check_times
from .dop853_formula import follow_formula
from .dormand_prince import Coefficients, Method, within
from .tolerances import WithTolerances
from .watch import PATIENCE, SHORT

WAITING = 2**14
"""Steps that wait until their output times are interpolated, all in one call of the field."""


@dataclass(frozen=True)
class DOP853(WithTolerances):
    """Every sample takes the steps that it needs: hard ones neither slow nor spoil the others.

    Samples are advanced together, each at a time of its own, until all have come to the end; those
    that have are set aside. The field must therefore take a time per sample, and any part of the
    batch. Where a shared step must be short as long as any sample is in a hard place, here the
    calls are those of the hardest sample alone. Output times within a step are interpolated.

    Source:
        Hairer, Norsett, Wanner, *Solving Ordinary Differential Equations I*, 2nd ed., section
        II.10 (method and error, eq. (10.17)), II.6 (dense output of order 7), II.4 (first step and
        control).
    """

    @property
    def order(self) -> int:
        """Eight."""
        return 8

    @property
    def symplectic(self) -> bool:
        """No."""
        return False

    def integrate(
        self, motion: Mechanical, x0: Float[Tensor, "*batch state"], t: Float[Tensor, " time"]
    ) -> Path:
        """Follow ``motion.field()``; see :meth:`Integrator.integrate`."""
        check_times(t)
        field = Counted(motion.field().f)
        start = x0.reshape(-1, x0.shape[-1])
        limit = self.step_limit(t)
        method = Method(field, Coefficients.like(start), *self.tolerances(start.dtype))
        front = _Front(method, start, t.to(start))
        with torch.no_grad():
            front.choose_first_step()
        path = follow_formula(motion, method, front.beginning, t, limit)
        if path is not None:
            return Path(t, path.reshape(len(t), *x0.shape), field.calls)
        while len(front.rows):
            front.advance()
            stuck = front.stuck(limit)
            if bool(stuck.any()):
                raise self._error(front, stuck, x0, t, field.calls)
        return Path(t, front.path(len(t)).reshape(len(t), *x0.shape), field.calls)

    def _error(
        self, front: _Front, stuck: Bool[Tensor, " rows"], x0: Tensor, t: Tensor, calls: int
    ) -> IntegrationError:
        failed = torch.zeros(len(front.start), dtype=torch.bool, device=x0.device)
        failed[front.rows[stuck]] = True
        # Others may be further back than those that end.
        reached = int(front.next.min())
        now = float(front.t[stuck].min() if t[1] > t[0] else front.t[stuck].max())
        path = front.path(reached).reshape(reached, *x0.shape)
        return IntegrationError(
            failed=failed.reshape(x0.shape[:-1]),
            path=Path(t[:reached], path, calls),
            reason=f"no step of theirs is short enough, or too many were taken, at t = {now:.6g}",
            remedy=f"Use larger integrator.rtol and atol, a larger integrator.max_num_steps (now "
            f"{self.max_num_steps}), or a shorter horizon.",
        )


class _Front:
    """The samples that are still on their way, each at its own time, and what they left behind."""

    def __init__(
        self, method: Method, start: Float[Tensor, "samples state"], t: Float[Tensor, " time"]
    ) -> None:
        self.method, self.start, self.times = method, start, t
        self.sign = 1.0 if t[1] > t[0] else -1.0
        self.rows = torch.arange(len(start), device=start.device)
        self.t = t[0].expand(len(start)).clone()
        self.x = start
        self.slope = method.field(self.t, start)
        self.h = torch.full_like(self.t, torch.nan)
        self.longest = torch.zeros_like(self.t)
        self.next = torch.ones_like(self.rows)
        """Which output time each sample is on its way to."""
        self.again = torch.zeros_like(self.rows, dtype=torch.bool)
        """Whether the last step was refused: then the next one does not grow."""
        self.tried, self.short = torch.zeros_like(self.rows), torch.zeros_like(self.rows)
        self.waiting: list[tuple[Tensor, ...]] = []
        """Steps that passed output times: what :meth:`interpolate` needs of each."""
        self.passed: list[tuple[Tensor, Tensor, Tensor]] = []
        """Output index, sample, and state there, as samples came by."""

    def choose_first_step(self) -> None:
        """Choose the step by which an explicit Euler step would be wrong by a hundredth."""
        scale = self.method.atol + self.method.rtol * self.x.abs()
        d0, d1 = _size(self.x / scale), _size(self.slope / scale)
        h0 = torch.where((d0 < 1e-5) | (d1 < 1e-5), 1e-6, 0.01 * d0 / d1)
        h0 = torch.minimum(h0, (self.times[-1] - self.times[0]).abs())
        ahead = self.x + self.sign * h0.unsqueeze(-1) * self.slope
        change = self.method.field(self.t + self.sign * h0, ahead) - self.slope
        largest = torch.maximum(d1, _size(change / scale) / h0)
        h1 = torch.where(largest <= 1e-15, (h0 * 1e-3).clamp(min=1e-6), (0.01 / largest) ** 0.125)
        self.h = torch.minimum(100 * h0, h1)

    @property
    def beginning(self) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Times, states, slopes and lengths of the next step."""
        return self.t, self.x, self.slope, self.h

    def advance(self) -> None:
        """Try one step with every sample; those that pass output times leave a state at each."""
        goal = self.times[-1]
        tried = self.method.attempt(goal, self.sign, *self.beginning, self.again)
        with torch.no_grad():
            self.h, accepted = tried.h, tried.accepted
            self.again = ~accepted
            self.longest = torch.maximum(self.longest, tried.length)
            self.short = torch.where(self.h < SHORT * self.longest, self.short + 1, 0)
            self.tried = self.tried + 1
        self._leave(accepted, tried.end, tried.x, tried.slopes, tried.step)
        taken = accepted.unsqueeze(-1)
        self.x = torch.where(taken, tried.x, self.x)
        self.slope = torch.where(taken, tried.slopes[12], self.slope)
        self.t = torch.where(accepted, tried.end, self.t)
        going = self.next < len(self.times)
        if not bool(going.all()):
            for name in (
                *("rows", "t", "x", "slope", "next"),
                *("h", "again", "longest", "tried", "short"),
            ):
                setattr(self, name, getattr(self, name)[going])

    def _leave(
        self,
        accepted: Bool[Tensor, " rows"],
        end: Tensor,
        x: Tensor,
        slopes: list[Tensor],
        h: Tensor,
    ) -> None:
        """Keep the accepted steps that pass output times, to be interpolated later."""
        passed = torch.searchsorted(self.sign * self.times, self.sign * end, right=True)
        passed = torch.where(accepted, torch.maximum(passed, self.next), self.next)
        here = (passed > self.next).nonzero().squeeze(-1)
        if len(here):
            step = (self.next, passed, self.rows, self.t, h, self.x, x)
            kept = torch.stack(slopes)[:, here].movedim(0, 1)
            self.waiting.append((*(part[here] for part in step), kept))
            if sum(len(part[0]) for part in self.waiting) > WAITING:
                self.interpolate()
        self.next = passed

    def interpolate(self) -> None:
        """Put down the states at all output times passed since: many steps at three calls."""
        if not self.waiting:
            return
        first, last, rows, t, h, start, x, kept = (
            torch.cat(parts) for parts in zip(*self.waiting, strict=True)
        )
        self.waiting = []
        polynomial = self.method.polynomial(t, start, x, h, list(kept.unbind(1)))
        for ahead in range(int((last - first).max())):
            here = first + ahead < last
            index = first[here] + ahead
            at = ((self.times[index] - t[here]) / h[here].squeeze(-1)).unsqueeze(-1)
            risen = within([part[here] for part in polynomial], at)
            self.passed.append((index, rows[here], start[here] + risen))

    def stuck(self, limit: int) -> Bool[Tensor, " rows"]:
        """Return the samples that cannot be continued, or only at too many steps."""
        still = self.t + self.sign * self.h == self.t
        finite = torch.isfinite(self.x).all(-1) & torch.isfinite(self.slope).all(-1)
        return still | ~finite | (self.short > PATIENCE) | (self.tried > limit)

    def path(self, length: int) -> Float[Tensor, "length samples state"]:
        """Return the states at the first output times, which all samples must have passed."""
        shape = (length, *self.start.shape)
        path = torch.cat((self.start.unsqueeze(0), self.start.new_zeros(length - 1, *shape[1:])))
        self.interpolate()
        if not self.passed:
            return path
        index, rows, states = (torch.cat(parts) for parts in zip(*self.passed, strict=True))
        early = index < length
        return path.index_put((index[early], rows[early]), states[early])


def _size(x: Tensor) -> Tensor:
    return x.square().mean(-1).sqrt()
