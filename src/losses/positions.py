"""Matching positions alone: velocities are inferred, window by window."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from ..integrators.base import Integrator
from ..mechanics.state import split_state
from ..models.base import Dynamics
from .window import check_offers, follow

DEGREE = 3
"""Of the polynomial through a window whose value and slope in the middle are the first guess."""
NUDGE = 1e-2
"""How far starts are moved to see what becomes of the motion, in units of the scales."""
DAMPING = 1e-6
"""Of the normal equations, beside their trace: a start that nothing tells stays where it is."""


@dataclass(frozen=True)
class PositionsLoss:
    r"""Follow the model along the positions of a window, from the state that suits them best.

    .. math:: \ell = \langle \min_{x} \sum_k |q(t_k; x) - q_k|^2 / s^2 \rangle

    where x is the state in the middle of the window, from which the model is followed both ways,
    as there the motion is known best. It begins as value and slope of a polynomial, and
    is corrected by steps of Gauss and Newton through the model. At the minimum the loss does not
    change with x to first order, so its slope by the weights is that at a fixed x: the search
    itself is not differentiated. A window with one sample is not fitted by two numbers, so it must
    hold more samples than the start has components for each position.

    The velocities of the data are used through their scales only. The model must say that dq/dt is
    v: any other second component would fit the positions as well.

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
        """Refuse models whose second components are no velocities, and motions that are driven.

        Raises:
            ValueError: with the reason, and the models or losses that fit.
        """
        model.field()
        if model.spec.inputs:
            raise ValueError(
                f"loss=positions is for motions that nothing drives; got the inputs "
                f"{', '.join(model.spec.inputs)}. Use loss=rollout, which needs velocities too."
            )
        if not _moves_by_velocity(model):
            raise ValueError(
                f"loss=positions needs dq/dt = v, so that positions tell the whole state; "
                f"model={model.kind} gives dq/dt as it likes. Use model=delan, model=lnn or "
                f"model=second_order, or loss=rollout, which needs velocities or momenta too."
            )
        check_offers(model, integrator)

    def __call__(
        self,
        model: Dynamics,
        integrator: Integrator,
        t: Float[Tensor, "batch window"],
        x: Float[Tensor, "batch window state"],
        dx: Float[Tensor, "batch window state"] | None,
        u: Float[Tensor, "batch window inputs"] | None = None,
    ) -> Float[Tensor, ""]:
        """Return the mean of ``((q_model - q) / q_scale)^2`` over the window."""
        q, _ = split_state(x)
        scale, _ = split_state(model.x_scale)
        start = self.start(model, integrator, t, q)
        error = (through(model, integrator, t, start) - q) / scale
        return error.square().mean() + model.penalty(start)

    @torch.no_grad()
    def start(
        self,
        model: Dynamics,
        integrator: Integrator,
        t: Float[Tensor, "batch window"],
        q: Float[Tensor, "batch window dof"],
    ) -> Float[Tensor, "batch state"]:
        """Return the state in the middle of each window that suits its positions best."""
        start = polynomial_start(t, q)
        for _ in range(self.corrections):
            start = corrected(model, integrator, t, q, start)
        return start


def through(
    model: Dynamics,
    integrator: Integrator,
    t: Float[Tensor, "batch window"],
    start: Float[Tensor, "batch state"],
) -> Float[Tensor, "batch window dof"]:
    """Return the model's positions at the times of a window, from the state in its middle."""
    middle = t.shape[1] // 2
    # The way back is one whose time runs backward, so both are followed at once.
    both = torch.cat((t[:, middle:], t[:, : middle + 1].flip(1)))
    path = follow(model, integrator, both, torch.cat((start, start)))
    q, _ = split_state(path)
    ahead, back = q.chunk(2)
    return torch.cat((back[:, 1:].flip(1), ahead), dim=1)


def polynomial_start(
    t: Float[Tensor, "batch window"], q: Float[Tensor, "batch window dof"]
) -> Float[Tensor, "batch state"]:
    """Return value and slope, in the middle, of the polynomial that fits the window best."""
    middle = t.shape[1] // 2
    since = t - t[:, middle : middle + 1]
    unit = since.abs().amax(dim=1, keepdim=True)
    powers = ((since / unit).unsqueeze(-1) ** torch.arange(DEGREE + 1, device=t.device)).to(q.dtype)
    # Fitting what differs from the middle loses no digits to a large offset.
    centre = q[:, middle]
    fitted = torch.linalg.lstsq(powers, q - centre.unsqueeze(1)).solution
    return torch.cat((centre + fitted[:, 0], fitted[:, 1] / unit.to(q.dtype)), dim=-1)


def corrected(
    model: Dynamics,
    integrator: Integrator,
    t: Float[Tensor, "batch window"],
    q: Float[Tensor, "batch window dof"],
    start: Float[Tensor, "batch state"],
) -> Float[Tensor, "batch state"]:
    """Return the starts after a step of Gauss and Newton, of a scale in each component at most.

    A start whose motion is not finite stays.
    """
    size, (scale, _) = start.shape[-1], split_state(model.x_scale)
    nudges = NUDGE * torch.diag(model.x_scale)
    moved = torch.stack((start, *(start + nudge for nudge in nudges)))
    many = through(model, integrator, t.repeat(size + 1, 1), moved.flatten(0, 1))
    paths = (many.unflatten(0, (size + 1, -1)) / scale).flatten(2)
    slope = ((paths[1:] - paths[0]) / NUDGE).permute(1, 2, 0)
    normal = slope.mT @ slope
    normal = normal + DAMPING * normal.diagonal(dim1=-2, dim2=-1).sum(-1)[:, None, None] * (
        torch.eye(size, dtype=normal.dtype, device=normal.device)
    )
    missed = slope.mT @ ((q / scale).flatten(1) - paths[0]).unsqueeze(-1)
    step = torch.linalg.solve_ex(normal, missed).result.squeeze(-1).clamp(-1, 1)
    return start + model.x_scale * step.nan_to_num(0.0)


def _moves_by_velocity(model: Dynamics) -> bool:
    if not model.spec.paired or model.coordinates != "velocity":
        return False
    x = model.x_mean + model.x_scale * torch.linspace(0.1, 0.3, model.spec.size).to(model.x_mean)
    with torch.no_grad():
        rate, _ = split_state(model(torch.zeros(()), x.unsqueeze(0)))
    return torch.equal(rate, split_state(x.unsqueeze(0))[1])
