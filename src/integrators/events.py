"""Motions that are smooth but for impacts, by any integrator."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from ..mechanics.impacts import Impact, Impacts
from ..mechanics.problem import Mechanical
from .base import IntegrationError, Integrator, Path, check_times
from .paced import Paced, pack, unpack
from .roots import falling_zero

MOST = 50
"""Impacts between two output times beyond which they count as ever faster."""
MARGIN = 1e-9
"""How far below the surface a sample still counts as on it, in the unit of the surface: just after
an impact, and at a start on the surface."""
TOLERANCE = 1e-12
"""Of the times of impacts, in output intervals."""


@dataclass(frozen=True)
class WithImpacts(Integrator):
    """Any integrator, interrupted by impacts.

    Each sample is on a clock of its own. All advance together, by one output interval each, until
    each has met its next impact or its end; then all those impacts are located together, by the
    integrator itself from the last state before them, and the samples go on from there. Samples do
    not see each other's impacts: one without any comes out the same with others and without (where
    the integrator shares no steps among samples). Methods with a memory start anew at every output.

    A sample that lies above the surface before an interval and below it after it has met it;
    between two outputs the smooth motion may cross the surface once. A falling body, say, does not
    come back through the ground; how often it bounces before the next output does not matter, since
    each bounce starts the search anew. Where a sample starts on the surface, and no falling zero
    counts there, it has to rise from it first: such is the state after a step of a walker, whose
    legs have changed places.

    Derivatives run through the times of impacts too.

    Source:
        M. A. Aizerman, F. R. Gantmacher, *Q. J. Mech. Appl. Math.* 11 (1958) 225: the derivative of
        a motion across a discontinuity.
    """

    integrator: Integrator
    impact: Impact

    @property
    def order(self) -> int:
        """That of the integrator."""
        return self.integrator.order

    @property
    def symplectic(self) -> bool:
        """No: an impact need not be."""
        return False

    def integrate(
        self, motion: Mechanical, x0: Float[Tensor, "*batch state"], t: Float[Tensor, " time"]
    ) -> Path:
        """Follow ``motion`` and its impacts; see :meth:`Integrator.integrate`.

        Times must increase. ``Path.impacts`` tells what happened when, and which outputs are after
        it: at the very time of an impact rounding decides. The impact is of states in the motion's
        coordinates.

        Raises:
            IntegrationError: also if a sample meets more than ``MOST`` impacts between two outputs
                and its motion has no rest to end in.
            ValueError: if the times decrease.
        """
        check_times(t)
        if t[1] < t[0]:
            raise ValueError(
                f"impacts happen forward in time only, so t must increase; got t from "
                f"{float(t[0]):g} to {float(t[-1]):g}."
            )
        front = _Front(self, motion, x0, t)
        while True:
            going = (front.ahead < len(t)) & ~front.parked
            if bool(going.any()):
                front.advance(going.nonzero().squeeze(-1))
            elif bool(front.parked.any()):
                front.strike(front.parked.nonzero().squeeze(-1))
            else:
                return front.path(len(t))


class _Front:
    """Samples on their way, each at its own time, and what they left behind."""

    def __init__(self, method: WithImpacts, motion: Mechanical, x0: Tensor, t: Tensor) -> None:
        self.integrator, self.impact = method.integrator, method.impact
        self.motion, self.paced = motion, Paced(motion)
        self.shape, self.times, self.t = x0.shape, t, t.to(x0)
        self.unit = float(t.diff().max())
        """No sample ever has to go further at once: a pace is at most one."""
        self.x = x0.reshape(-1, x0.shape[-1])
        count = len(self.x)
        self.now = self.t[0].expand(count)
        self.ahead = torch.ones(count, dtype=torch.long, device=x0.device)
        """Which output each sample is on its way to."""
        self.parked = torch.zeros(count, dtype=torch.bool, device=x0.device)
        """Whether it has met the surface on that way; ``beyond`` is where it would come out."""
        self.beyond = self.x
        self.recent = torch.zeros_like(self.ahead)
        """Impacts since the last output."""
        self.start = self.x
        self.passed: list[tuple[Tensor, Tensor, Tensor]] = []
        """Output index, sample, and state there, as samples came by."""
        self.found: list[tuple[Tensor, ...]] = []
        self.evaluations = 0

    def advance(self, rows: Int[Tensor, " rows"]) -> None:
        """Take samples to their next output, or park those that meet the surface before it."""
        y = self._flow(rows, self._left(rows))
        x = self.x[rows]
        above = self.impact.surface(x) > torch.where(self.impact.counts(x), -MARGIN, MARGIN)
        met = above & (self.impact.surface(y) <= 0)
        self._arrive(rows[~met], y[~met])
        self.parked[rows[met]] = True
        self.beyond = self.beyond.index_put((rows[met],), y[met])

    def strike(self, rows: Int[Tensor, " rows"]) -> None:
        """Find the impacts of parked samples; where there is none, they pass the surface."""
        left = self._left(rows)
        with torch.no_grad():
            coarse = max(TOLERANCE, 4 * torch.finfo(left.dtype).eps)
            duration = falling_zero(
                lambda ahead: self.impact.surface(self._flow(rows, ahead)),
                left,
                self.impact.surface(self.beyond[rows]),
                coarse * left,
            )
        x = self._flow(rows, duration)
        self.evaluations += 1
        slope = self.motion.field().f(self.now[rows] + duration, x)
        along = torch.func.jvp(self.impact.surface, (x,), (slope.detach(),))
        height, rate = along[0], along[1]
        falls = self.impact.counts(x) & (rate < 0)
        self.parked[rows] = False
        self._arrive(rows[~falls], self.beyond[rows[~falls]])
        # Zero, but with the derivative of the time at which the surface is met.
        delay = torch.where(falls, (height.detach() - height) / rate.detach(), 0.0)
        x, duration = (x + slope * delay.unsqueeze(-1))[falls], (duration + delay)[falls]
        self._hit(rows[falls], self.now[rows[falls]] + duration, x)

    def path(self, length: int) -> Path:
        """Return what has been up to an output that all samples have reached."""
        states = self.start.unsqueeze(0).expand(length, *self.start.shape)
        if self.passed:
            outputs, rows = (torch.cat([part[i] for part in self.passed]) for i in (0, 1))
            early = outputs < length
            passed = torch.cat([part[2] for part in self.passed])
            states = states.index_put((outputs[early], rows[early]), passed[early])
        empty = self.ahead[:0], self.ahead[:0], self.now[:0], self.x[:0], self.x[:0]
        parts = [torch.cat(column) for column in zip(empty, *self.found, strict=True)]
        early = parts[1] < length
        impacts = Impacts(*(part[early] for part in parts))
        states = states.reshape(length, *self.shape)
        return Path(self.times[:length], states, self.evaluations, impacts)

    def _left(self, rows: Tensor) -> Tensor:
        return self.t[self.ahead[rows]] - self.now[rows]

    def _flow(self, rows: Tensor, duration: Tensor) -> Tensor:
        """Return where the smooth motion takes samples in a time of their own."""
        start = pack(self.x[rows], self.now[rows], duration / self.unit)
        try:
            path = self.integrator.integrate(self.paced, start, self.t.new_tensor([0, self.unit]))
        except IntegrationError as error:
            self.evaluations += error.path.field_evaluations
            raise self._error(rows[error.failed], error.reason, error.remedy) from error
        self.evaluations += path.field_evaluations
        return unpack(path.x[-1])

    def _arrive(self, rows: Tensor, y: Tensor) -> None:
        outputs = self.ahead[rows]
        self.passed.append((outputs, rows, y))
        self.x = self.x.index_put((rows,), y)
        self.now = self.now.index_put((rows,), self.t[outputs])
        self.ahead[rows] += 1
        self.recent[rows] = 0

    def _hit(self, rows: Tensor, t: Tensor, before: Tensor) -> None:
        after = self.impact.reset(before)
        self.recent[rows] += 1
        endless = self.recent[rows] > MOST
        if bool(endless.any()):
            self._rest(rows[endless], t[endless], before[endless])
        rows, t, before, after = (part[~endless] for part in (rows, t, before, after))
        self.x = self.x.index_put((rows,), after)
        self.now = self.now.index_put((rows,), t)
        self.found.append((rows, self.ahead[rows], t, before, after))

    def _rest(self, rows: Tensor, t: Tensor, x: Tensor) -> None:
        """Let samples rest to the end: what holds them up there is one long impact."""
        if self.impact.rest is None:
            raise self._error(
                rows,
                f"they met more than {MOST} impacts between two output times, at t = "
                f"{float(t.min()):.6g}",
                "Use a shorter horizon or a smaller data.step.",
            )
        rest = self.impact.rest(x)
        going = self.ahead[rows] < len(self.t)
        while bool(going.any()):
            rows, t, x, rest = rows[going], t[going], x[going], rest[going]
            self.found.append((rows, self.ahead[rows], t, x, rest))
            self._arrive(rows, rest)
            t, x = self.now[rows], rest
            going = self.ahead[rows] < len(self.t)

    def _error(self, rows: Tensor, reason: str, remedy: str) -> IntegrationError:
        failed: Bool[Tensor, " samples"] = torch.zeros_like(self.parked)
        failed[rows] = True
        path = self.path(int(self.ahead.min()))
        return IntegrationError(failed.reshape(self.shape[:-1]), path, reason, remedy)
