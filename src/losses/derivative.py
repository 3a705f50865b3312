"""Matching derivatives."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from jaxtyping import Float
from torch import Tensor
from torch.nn import functional

from ..integrators.base import Integrator
from ..kernels.regression import Regression
from ..models.base import Dynamics

MEASURES = {"l1": functional.l1_loss, "huber": functional.huber_loss}
"""How errors are measured, other than squared: by their size, or squared up to 1 and by their size
beyond."""
NORMS = ("l2", *MEASURES)


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

    Raises:
        ValueError: if the norm is unknown.
    """

    window: ClassVar[int] = 1

    norm: str = "l2"
    """Of errors in units of the scales; l1 and huber give way to single samples that are off."""

    def __post_init__(self) -> None:
        if self.norm not in NORMS:
            raise ValueError(f"loss.norm must be one of {NORMS}; got {self.norm!r}.")

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
        """Return the mean of ``((f(x) - dx) / dx_scale)^2``, or of the other norm.

        Raises:
            ValueError: if there are no derivative targets.
        """
        scale, rates = model.dx_scale, given_rates(dx, "derivative")
        if self.norm == "l2":
            error = model.misfit(t, x, u, rates, scale)
        else:
            error = MEASURES[self.norm](model(t, x, u) / scale, rates / scale)
        return error + model.penalty(x)

    def regression(
        self,
        model: Dynamics,
        x: Float[Tensor, "batch window state"],
        dx: Float[Tensor, "batch window state"] | None,
    ) -> Regression | None:
        """Return this loss as the regression of a net, where it is one and nothing else."""
        if self.norm != "l2" or type(model).penalty is not Dynamics.penalty:
            return None
        return model.regression(x, given_rates(dx, "derivative"), model.dx_scale)
