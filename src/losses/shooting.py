"""Matching windows of noisy states, each from the start that suits it best."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from ..integrators.base import Integrator
from ..models.base import Dynamics
from .window import check_offers, follow

DEGREE = 3
"""Of the polynomial through a window whose value and slope in the middle are the first guess."""
NUDGE = 1e-2
"""How far starts are moved to see what becomes of the motion, in units of the scales."""
DAMPING = 1e-6
"""Of the normal equations, beside their trace: a start that nothing tells stays where it is."""


@dataclass(frozen=True)
class ShootingLoss:
    r"""Follow the model along the noisy states of a window, from the state that suits them best.

    .. math:: \ell = \langle \min_{y} \sum_k |(x(t_k; y) - x_k) / s|^2 \rangle

    where y is the state in the middle of the window, from which the model is followed both ways, as
    there the motion is known best. So no measured state is taken for a true one, as starts of
    rollouts and arguments of rates are, and no rate is estimated. The state begins as the
    value of a polynomial, and is corrected by steps of Gauss and Newton through the model. At
    the minimum the loss does not change with y to first order, so its slope by the weights is that
    at a fixed y: the search itself is not differentiated.

    Source:
        Chen, Zhang, Arjovsky, Bottou, *Symplectic Recurrent Neural Networks*, ICLR 2020,
        arXiv:1909.13334, section 3.2, for the optimised start; G. H. Golub, V. Pereyra, *SIAM J.
        Numer. Anal.* 10 (1973) 413, theorem 2.1, for the slope where some variables are eliminated.

    Raises:
        ValueError: if the number of steps is odd or below four, or that of corrections negative.
    """

    steps: int = 20
    """Intervals of a window, half of them before its middle."""
    corrections: int = 1
    """Steps of Gauss and Newton before the window is compared."""

    def __post_init__(self) -> None:
        if self.steps < 4 or self.steps % 2:
            raise ValueError(f"loss.steps must be even and at least 4; got {self.steps} intervals.")
        if self.corrections < 0:
            raise ValueError(f"loss.corrections must be 0 or more; got {self.corrections}.")

    @property
    def window(self) -> int:
        """Consecutive samples that it needs."""
        return self.steps + 1

    def check(self, model: Dynamics, integrator: Integrator) -> None:
        """Refuse maps, whose way back is not followed, and motions that are driven.

        Raises:
            ValueError: with the reason, and the models or losses that fit.
        """
        model.field()
        if model.spec.inputs:
            raise ValueError(
                f"loss={self.name} is for motions that nothing drives; got the inputs "
                f"{', '.join(model.spec.inputs)}. Use loss=rollout, or loss=derivative, for any "
                f"model of driven motions, such as model=port_hnn."
            )
        check_offers(model, integrator)

    @property
    def name(self) -> str:
        """Under which it is chosen."""
        return "shooting"

    def seen(self, x: Float[Tensor, "*batch state"]) -> Float[Tensor, "*batch seen"]:
        """Return what of the states is compared: all."""
        return x

    def guess(
        self, t: Float[Tensor, "batch window"], seen: Float[Tensor, "batch window seen"]
    ) -> Float[Tensor, "batch state"]:
        """Return the state in the middle of each window, as the samples alone tell it."""
        return polynomial(t, seen)[0]

    def __call__(
        self,
        model: Dynamics,
        integrator: Integrator,
        t: Float[Tensor, "batch window"],
        x: Float[Tensor, "batch window state"],
        dx: Float[Tensor, "batch window state"] | None,
        u: Float[Tensor, "batch window inputs"] | None = None,
    ) -> Float[Tensor, ""]:
        """Return the mean of ``((x_model - x) / x_scale)^2`` over the window, of what is seen."""
        seen = self.seen(x)
        start = self.start(model, integrator, t, seen)
        error = (self.seen(through(model, integrator, t, start)) - seen) / self.seen(model.x_scale)
        return error.square().mean() + model.penalty(start)

    @torch.no_grad()
    def start(
        self,
        model: Dynamics,
        integrator: Integrator,
        t: Float[Tensor, "batch window"],
        seen: Float[Tensor, "batch window seen"],
    ) -> Float[Tensor, "batch state"]:
        """Return the state in the middle of each window that suits it best."""
        start = self.guess(t, seen)
        for _ in range(self.corrections):
            start = self.corrected(model, integrator, t, seen, start)
        return start

    @torch.no_grad()
    def corrected(
        self,
        model: Dynamics,
        integrator: Integrator,
        t: Float[Tensor, "batch window"],
        seen: Float[Tensor, "batch window seen"],
        start: Float[Tensor, "batch state"],
    ) -> Float[Tensor, "batch state"]:
        """Return the starts after a step of Gauss and Newton, of a scale in each component at most.

        A start whose motion is not finite stays.
        """
        size, scale = start.shape[-1], self.seen(model.x_scale)
        moved = torch.stack((start, *(start + nudge for nudge in NUDGE * model.x_scale.diag())))
        many = through(model, integrator, t.repeat(size + 1, 1), moved.flatten(0, 1))
        paths = (self.seen(many).unflatten(0, (size + 1, -1)) / scale).flatten(2)
        slope = ((paths[1:] - paths[0]) / NUDGE).permute(1, 2, 0)
        normal = slope.mT @ slope
        trace = normal.diagonal(dim1=-2, dim2=-1).sum(-1)[:, None, None]
        damped = normal + DAMPING * trace * torch.eye(size, dtype=trace.dtype, device=trace.device)
        missed = slope.mT @ ((seen / scale).flatten(1) - paths[0]).unsqueeze(-1)
        step = torch.linalg.solve_ex(damped, missed).result.squeeze(-1).clamp(-1, 1)
        return start + model.x_scale * step.nan_to_num(0.0)


def through(
    model: Dynamics,
    integrator: Integrator,
    t: Float[Tensor, "batch window"],
    start: Float[Tensor, "batch state"],
) -> Float[Tensor, "batch window state"]:
    """Return the model's states at the times of a window, from the one in its middle."""
    middle = t.shape[1] // 2
    # The way back is one whose time runs backward, so both are followed at once.
    both = torch.cat((t[:, middle:], t[:, : middle + 1].flip(1)))
    ahead, back = follow(model, integrator, both, torch.cat((start, start))).chunk(2)
    return torch.cat((back[:, 1:].flip(1), ahead), dim=1)


def polynomial(
    t: Float[Tensor, "batch window"], x: Float[Tensor, "batch window seen"]
) -> tuple[Float[Tensor, "batch seen"], Float[Tensor, "batch seen"]]:
    """Return value and slope, in the middle, of the polynomial that fits the window best."""
    middle = t.shape[1] // 2
    since = t - t[:, middle : middle + 1]
    unit = since.abs().amax(dim=1, keepdim=True)
    powers = ((since / unit).unsqueeze(-1) ** torch.arange(DEGREE + 1, device=t.device)).to(x.dtype)
    # Fitting what differs from the middle loses no digits to a large offset.
    centre = x[:, middle]
    fitted = torch.linalg.lstsq(powers, x - centre.unsqueeze(1)).solution
    return centre + fitted[:, 0], fitted[:, 1] / unit.to(x.dtype)
