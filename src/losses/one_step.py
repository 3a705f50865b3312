"""Matching the next sample."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from jaxtyping import Float
from torch import Tensor

from ..integrators.base import Integrator
from ..models.base import Dynamics
from .window import check_offers, window_error


@dataclass(frozen=True)
class OneStepLoss:
    """Integrate from each sample to the next and compare: no derivative targets are needed.

    With a coarse integrator the learned energy is that of the integrator's modified equation, not
    of the true motion.

    Source:
        Chen et al., *Symplectic Recurrent Neural Networks*, ICLR 2020, arXiv:1909.13334, section 3.
    """

    window: ClassVar[int] = 2

    def check(self, model: Dynamics, integrator: Integrator) -> None:
        """Refuse pairs that make no sense.

        Raises:
            ValueError: if the model does not offer the problem that the integrator solves.
        """
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
        """Return the mean of ``((x_model - x) / x_scale)^2`` one sample ahead."""
        return window_error(model, integrator, t, x, model.x_scale, u) + model.penalty(x[:, 0])
