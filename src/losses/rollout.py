"""Matching several samples ahead."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Protocol, runtime_checkable

from jaxtyping import Float
from torch import Tensor

from ..integrators.base import Integrator
from ..models.base import Dynamics
from .window import check_offers, window_error


@runtime_checkable
class Staged(Protocol):
    """A loss that changes while a model is trained; what is validated is the whole loss."""

    def at(self, progress: float) -> Callable[..., Tensor]:
        """Return the loss to train with when this part of the training is done, from 0 to 1."""
        ...


@dataclass(frozen=True)
class RolloutLoss:
    """Follow the model over several samples and compare each: noise averages out along the way.

    Errors of chaotic motions grow with the time ahead until they drown what could be learned:
    ``discount`` lets later samples count less, ``growth`` lets training start with one step ahead.

    Source:
        Zhong, Dey, Chakraborty, *Symplectic ODE-Net*, ICLR 2020, arXiv:1909.12077, section 3.1.

    Raises:
        ValueError: if there is no step ahead to compare, or the discount or the growth is not a
            fraction.
    """

    steps: int = 8
    """How many samples ahead are compared."""
    discount: float = 1.0
    """How much each sample ahead counts beside the one before it."""
    growth: float = 0.0
    """The part of the training in which the samples ahead grow from one to all of them."""

    def __post_init__(self) -> None:
        if self.steps < 1:
            raise ValueError(f"loss.steps must be at least 1 sample ahead; got {self.steps}.")
        if not 0 < self.discount <= 1:
            raise ValueError(f"loss.discount must lie in (0, 1]; got {self.discount}.")
        if not 0 <= self.growth <= 1:
            raise ValueError(f"loss.growth must lie between 0 and 1; got {self.growth}.")

    @property
    def window(self) -> int:
        """Consecutive samples that it needs: the start, and those ahead."""
        return self.steps + 1

    def at(self, progress: float) -> RolloutLoss:
        """Return the same loss over fewer samples ahead, while they grow.

        A function of the progress alone: a resumed training goes on as it would have.
        """
        if progress >= self.growth:
            return self
        return replace(self, steps=1 + int(self.steps * progress / self.growth))

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
        """Return the mean of ``((x_model - x) / x_scale)^2`` over the samples ahead.

        Of longer windows, the first samples are taken.
        """
        t, x = t[:, : self.window], x[:, : self.window]
        u = None if u is None else u[:, : self.window]
        return self.error(model, integrator, t, x, u) + model.penalty(x[:, 0])

    def error(
        self, model: Dynamics, integrator: Integrator, t: Tensor, x: Tensor, u: Tensor | None
    ) -> Float[Tensor, ""]:
        """Return the error alone, without the penalty of the model."""
        return window_error(model, integrator, t, x, model.x_scale, u, self.discount)
