"""Matching several samples ahead."""

from __future__ import annotations

from dataclasses import dataclass

from jaxtyping import Float
from torch import Tensor

from ..integrators.base import Integrator
from ..models.base import Dynamics
from .window import check_offers, window_error


@dataclass(frozen=True)
class RolloutLoss:
    """Follow the model over several samples and compare each: noise averages out along the way.

    Source:
        Zhong, Dey, Chakraborty, *Symplectic ODE-Net*, ICLR 2020, arXiv:1909.12077, section 3.1.

    Raises:
        ValueError: if there is no step ahead to compare.
    """

    steps: int = 8
    """How many samples ahead are compared."""

    def __post_init__(self) -> None:
        if self.steps < 1:
            raise ValueError(f"loss.steps must be at least 1 sample ahead; got {self.steps}.")

    @property
    def window(self) -> int:
        """Consecutive samples that it needs: the start, and those ahead."""
        return self.steps + 1

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
        """Return the mean of ``((x_model - x) / x_scale)^2`` over the samples ahead."""
        return window_error(model, integrator, t, x, u) + model.penalty(x[:, 0])
