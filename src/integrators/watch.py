"""What torchdiffeq calls while it integrates: the field, the error norm, a look at each step."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from .base import IntegrationError, Path

SHORT, PATIENCE = 1e-6, 50
"""A step is too short below this part of the longest, if as many in a row are: before a wall
beyond which the field has no value, steps shrink to nothing without ever failing to advance."""

HOPELESS = 1e6
"""What an error counts at most, in units of the tolerance: it is forgotten in a few steps."""


class Watch:
    """A field that counts calls, keeps the outputs so far, and tells which samples are in trouble.

    torchdiffeq shares one step among the samples, averages their errors and stops with an
    assertion. Here the error is that of the worst sample, so that each is as accurate as alone, and
    a step that torchdiffeq would stop at is refused first, by an error that names the samples.
    """

    def __init__(
        self,
        f: Callable[[Tensor, Tensor], Tensor],
        x0: Tensor,
        t: Tensor,
        order: int,
        max_num_steps: int | None,
    ) -> None:
        self.f = f
        self.calls = 0
        self.t = t
        self.times: list[float] = t.tolist()
        self.states = [x0]
        self.order = order
        self.max_num_steps = max_num_steps
        """Steps to try in all; None if the steps are fixed, and need not be watched."""
        self.tried = self.short = 0
        self.longest = 0.0
        self.last = torch.zeros(x0.shape[:-1], dtype=x0.dtype, device=x0.device)
        """Errors of the last step in units of the tolerance, ``[*batch]``."""
        self.ratios = self.last
        """The largest of the last few steps, ``[*batch]``: half is forgotten at every step."""
        self.inputs = (x0, x0)
        """The last two states at which the field was asked for."""

    def __call__(self, t: Tensor, x: Tensor) -> Tensor:
        """Return ``dx/dt``."""
        self.calls += 1
        self.inputs = (self.inputs[1], x.detach())
        return self.f(t, x)

    @torch.no_grad()
    def norm(self, error: Tensor) -> Tensor:
        """Return the largest root mean square error of a sample; infinite rather than NaN.

        torchdiffeq gives up at NaN, and takes a shorter step where the error is infinite. The step
        is a choice, not a part of the motion: no gradients run through it.
        """
        ratios = error.detach().square().mean(-1).sqrt()
        self.last = ratios.nan_to_num(nan=torch.inf, posinf=torch.inf)
        return self.last.max()

    @torch.no_grad()
    def adjoint_norm(self, errors: Sequence[Tensor]) -> Tensor:
        """Return the largest error of the augmented state: time, states, adjoints, parameters."""
        _, states, adjoints, *parameters = errors
        sizes = [self.norm(adjoints), self.norm(states)]
        sizes += [p.square().mean().sqrt().nan_to_num(nan=torch.inf) for p in parameters]
        return torch.stack(sizes).max()

    def callback_step(self, t0: Tensor, x0: Tensor, dt: Tensor) -> None:
        """Look at a step of ``dt`` from ``x0`` that torchdiffeq is about to try."""
        now = float(t0)
        if len(self.states) < len(self.times) and now == self.times[len(self.states)]:
            self.states.append(x0)
        if self.max_num_steps is None:
            return
        finite = torch.isfinite(x0).all(-1)
        # The norm also serves to choose the first step: then only what is infinite tells anything.
        recent = self.last.clamp(max=HOPELESS) if self.tried else self.last.isinf() * HOPELESS
        self.ratios = torch.maximum(self.ratios / 2, recent)
        self.tried += 1
        length = float(dt)
        self.longest = max(self.longest, length)
        self.short = self.short + 1 if length < SHORT * self.longest else 0
        if not bool(finite.all()):
            raise self.error(~finite, f"their state is not finite at t = {now:.6g}")
        if now + length == now or self.short > PATIENCE:
            raise self.error(self.limiting(), f"their step fell to {length:.1g} at t = {now:.6g}")
        if self.tried > self.max_num_steps:
            raise self.error(
                self.limiting(),
                f"{self.max_num_steps} steps reached only t = {now:.6g}, because of them",
            )

    def callback_step_adjoint(self, t0: Tensor, x0: Sequence[Tensor], dt: Tensor) -> None:
        """Look at a step of the adjoint equations, which run back over the path.

        Raises:
            ValueError: if they cannot be integrated.
        """
        self.tried += 1
        if self.max_num_steps is None:
            return
        reason = ""
        if not all(bool(torch.isfinite(part).all()) for part in x0):
            reason = "they are not finite"
        elif float(t0) + float(dt) == float(t0):
            reason = f"the step fell to {float(dt):.1g}"
        elif self.tried > 10 * self.max_num_steps:
            reason = f"{10 * self.max_num_steps} steps did not suffice"
        if reason:
            raise ValueError(
                f"the adjoint equations must be integrable back to t[0]; at t = {float(t0):.6g} "
                f"{reason}. Use integrator.adjoint=false, or larger integrator.rtol and atol."
            )

    def limiting(self) -> Tensor:
        """Return the samples ``[*batch]`` that alone could step at most twice as far as the worst.

        The error of a step grows as its length to the power of the order plus one at most.
        """
        return self.ratios >= self.ratios.max() * 0.5 ** (self.order + 1)

    def unsettled(self, rtol: float, atol: float) -> Tensor:
        """Return the samples ``[*batch]`` whose last two states are furthest from agreeing."""
        before, after = self.inputs
        self.norm((after - before) / (atol + rtol * after.abs()))
        self.ratios = self.last
        return self.limiting()

    def error(self, failed: Tensor, reason: str, remedy: str = "") -> IntegrationError:
        """Return the error that names the failed samples and keeps the path so far."""
        path = Path(self.t[: len(self.states)], torch.stack(self.states), self.calls)
        remedy = remedy or (
            "Use larger integrator.rtol and atol, a larger integrator.max_num_steps "
            f"(now {self.max_num_steps}), or a shorter horizon."
        )
        return IntegrationError(failed=failed, path=path, reason=reason, remedy=remedy)
