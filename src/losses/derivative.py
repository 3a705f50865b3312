"""Matching derivatives."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from jaxtyping import Float
from torch import Tensor

from ..integrators.base import Integrator
from ..models.base import Dynamics


def given_rates(dx: Tensor | None, loss: str) -> Tensor:
    """Return the derivative targets.

    Raises:
        ValueError: if there are none.
    """
    if dx is None:
        raise ValueError(
            f"loss={loss} needs derivative targets dx; got none. Set data.derivatives, or use "
            f"loss=one_step or loss=rollout, which need states only."
        )
    return dx


@dataclass(frozen=True)
class DerivativeLoss:
    """Compare the field with given rates: the cheapest loss, and every model has a field.

    Source:
        Greydanus, Dzamba, Yosinski, *Hamiltonian Neural Networks*, NeurIPS 2019,
        arXiv:1906.01563, equation 3.
    """

    window: ClassVar[int] = 1

    def check(self, model: Dynamics, integrator: Integrator) -> None:
        """Refuse maps; no integrator is used.

        Raises:
            ValueError: if the model has no field.
        """
        model.field()

    def __call__(
        self,
        model: Dynamics,
        integrator: Integrator,
        t: Float[Tensor, "batch window"],
        x: Float[Tensor, "batch window state"],
        dx: Float[Tensor, "batch window state"] | None,
        u: Float[Tensor, "batch window inputs"] | None = None,
    ) -> Float[Tensor, ""]:
        """Return the mean of ``((f(x) - dx) / dx_scale)^2``.

        Raises:
            ValueError: if there are no derivative targets.
        """
        error = model(t, x, u) - given_rates(dx, "derivative")
        return (error / model.dx_scale).square().mean() + model.penalty(x)
