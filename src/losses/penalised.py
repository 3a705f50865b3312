"""A loss with penalties beside it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from jaxtyping import Float
from torch import Tensor

from ..integrators.base import Integrator
from ..models.base import Dynamics
from .penalties.penalty import Penalty
from .rollout import Staged


@dataclass(frozen=True)
class Penalised:
    """Any loss, and the penalties that are added to it, each with its weight.

    They are asked at the first state of each window, as a model's own penalty is.
    """

    loss: Any
    """One of this room, as it would be alone."""
    penalties: Sequence[Penalty]

    @property
    def window(self) -> int:
        """Consecutive samples that the loss needs."""
        return self.loss.window

    def at(self, progress: float) -> Penalised:
        """Return the same beside the loss of this stage, where it has stages."""
        staged = isinstance(self.loss, Staged)
        return replace(self, loss=self.loss.at(progress)) if staged else self

    def check(self, model: Dynamics, integrator: Integrator) -> None:
        """Refuse what the loss or a penalty refuses, and models that cannot give way.

        Raises:
            ValueError: with the reason, and the models that fit.
        """
        self.loss.check(model, integrator)
        if not list(model.parameters()):
            raise ValueError(
                f"penalty= changes what weights become; model={model.kind} has none. Leave it "
                f"out, or use a model that is trained: model=hnn, model=lnn or model=baseline."
            )
        for penalty in self.penalties:
            penalty.check(model)

    def __call__(
        self,
        model: Dynamics,
        integrator: Integrator,
        t: Float[Tensor, "batch window"],
        x: Float[Tensor, "batch window state"],
        dx: Float[Tensor, "batch window state"] | None,
        u: Float[Tensor, "batch window inputs"] | None = None,
    ) -> Float[Tensor, ""]:
        """Return the loss and ``weight * penalty`` of each."""
        total = self.loss(model, integrator, t, x, dx, u)
        driven = None if u is None else u[:, 0]
        for penalty in self.penalties:
            if penalty.weight:
                total = total + penalty.weight * penalty(model, x[:, 0], driven)
        return total
