"""Starts that fit what was seen after them: the initial-state optimisation of Chen et al."""

from __future__ import annotations

from dataclasses import dataclass, replace

import torch
from jaxtyping import Float
from torch import Tensor

from src.integrators.base import Integrator
from src.losses.rollout import RolloutLoss
from src.losses.window import follow
from src.mechanics.problem import Mechanical
from src.models.base import Dynamics

PROBE = 1e-2
"""How far ahead the motions are probed along a direction, in scales: they are nearly linear."""


def fitted_starts(
    motion: Mechanical,
    integrator: Integrator,
    t: Float[Tensor, "batch window"],
    x: Float[Tensor, "batch window state"],
    scale: Float[Tensor, " state"],
    iterations: int,
) -> Float[Tensor, "batch state"]:
    """Return starts whose motions are nearest to all samples of each window, in least squares.

    Conjugate gradients from the first samples on, for each window by itself. A probe along each
    direction tells how the motion changes, and so how far to go: exact where motions depend
    linearly on starts, as those of a chain do. The paper's code uses L-BFGS for all of them at
    once, with as many iterations.
    """

    def missed(start: Tensor) -> Tensor:
        return (follow(motion, integrator, t, start) - x) / scale

    start, way, old = x[:, 0], torch.zeros_like(x[:, 0]), None
    for _ in range(iterations):
        with torch.enable_grad():  # in a validation, too
            start = start.detach().requires_grad_()
            error = missed(start)
            (slope,) = torch.autograd.grad(error.square().sum() / 2, start)
        with torch.no_grad():
            slope = slope * scale
            if old is not None:
                turned = (slope * (slope - old)).sum(-1, keepdim=True)
                way = way * (turned / _squares(old)).clamp(min=0.0)
            way, old = way - slope, slope
            unit = PROBE * way / _squares(way).sqrt()
            change = missed(start + unit * scale) - error
            along = (error * change).sum((1, 2)) / _squares(change.flatten(1)).squeeze(-1)
            start = start - along.unsqueeze(-1) * unit * scale
    return start.detach()


def _squares(y: Float[Tensor, "batch size"]) -> Float[Tensor, "batch 1"]:
    """Return the sums of squares, above zero."""
    return y.square().sum(-1, keepdim=True).clamp(min=torch.finfo(y.dtype).tiny)


@dataclass(frozen=True)
class FittedStartLoss(RolloutLoss):
    """Follow the model from the start that fits the window, and compare all samples.

    At that start the error does not change with it, so that the derivative by the weights needs
    nothing of how the start was found.

    Source:
        Chen, Zhang, Arjovsky, Bottou, *Symplectic Recurrent Neural Networks*, ICLR 2020,
        arXiv:1909.13334, section 3.3.
    """

    iterations: int = 5
    """Of the fit of each start; the paper's code takes 1 to 10, once an epoch."""
    after: float = 0.1
    """The part of the training before it, in which motions start from the first samples."""

    def at(self, progress: float) -> FittedStartLoss:
        """Return the loss over fewer samples while they grow, and without fits at first."""
        grown = replace(self, steps=super().at(progress).steps)
        return grown if progress >= self.after else replace(grown, iterations=0)

    def error(
        self, model: Dynamics, integrator: Integrator, t: Tensor, x: Tensor, u: Tensor | None
    ) -> Float[Tensor, ""]:
        """Return the mean squared error of all samples, in units of the scales."""
        start = fitted_starts(model, integrator, t, x, model.x_scale, self.iterations)
        path = follow(model, integrator, t, start)
        return ((path - x) / model.x_scale).square().mean()
