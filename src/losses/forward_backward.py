"""Matching several samples ahead and, from the last one, several samples back."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from ..integrators.base import Integrator
from ..models.base import Dynamics
from .rollout import RolloutLoss
from .window import Rescaled, window_error


class Backward(Rescaled):
    """A model whose time runs backward: ``dx/ds = -f(x)``."""

    def __init__(self, model: Dynamics, count: int) -> None:
        super().__init__(model, -torch.ones_like(model.x_scale[:1]).expand(count, 1))
        self.model = model

    def driven_field(self, t: Tensor, x: Tensor, u: Tensor) -> Tensor:
        """Return ``-f(x, u)``."""
        return -self.model.driven_field(t, x, u)


@dataclass(frozen=True)
class ForwardBackwardLoss(RolloutLoss):
    """Follow the model from the first sample of a window on, and from its last one back.

    The flow of a field is invertible, and its inverse must fit the data as well: what shrinks
    errors forward lets them grow backward, so that damping is no way to make a loss smaller.

    Source:
        Botev, Jaegle, Wirnsberger, Hennes, Higgins, *Which priors matter? Benchmarking models for
        learning latent dynamics*, 2021, arXiv:2111.05458.

    Raises:
        ValueError: as :class:`RolloutLoss` does.
    """

    def check(self, model: Dynamics, integrator: Integrator) -> None:
        """Refuse pairs that make no sense, and maps: their way back is not followed.

        Raises:
            ValueError: if the model has no field, or does not offer the problem that the integrator
                solves.
        """
        model.field()
        super().check(model, integrator)

    def error(
        self, model: Dynamics, integrator: Integrator, t: Tensor, x: Tensor, u: Tensor | None
    ) -> Float[Tensor, ""]:
        """Return the mean of both errors."""
        ahead = super().error(model, integrator, t, x, u)
        motion, since = Backward(model, len(x)), t[:, -1:] - t.flip(1)
        # What is held from a sample to the next is held on the way back to it.
        held = None if u is None else u.flip(1).roll(-1, 1)
        scale, weight = model.x_scale, self.discount
        back = window_error(motion, integrator, since, x.flip(1), scale, held, weight)
        return (ahead + back) / 2
