"""Matching rates halfway between samples."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from jaxtyping import Float
from torch import Tensor

from ..integrators.base import Integrator
from ..models.base import Dynamics


@dataclass(frozen=True)
class MidpointLoss:
    """Ask that neighbouring samples obey the implicit midpoint rule, without solving it.

    The residual ``(x1 - x0) / h - f((x0 + x1) / 2)`` of the true field is of order h^2: needed are
    states only, and one call of the field. Of a field in (q, p) the rule is symplectic; of one in
    (q, v) it is the same rule of order 2 without that. It holds for every field.

    Source:
        Hairer, Lubich, Wanner, *Geometric Numerical Integration*, 2nd ed., section II.1.
    """

    window: ClassVar[int] = 2

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
        """Return the mean square of the residual in units of ``dx_scale``; inputs are held."""
        middle, rate = x.mean(1), x.diff(dim=1).squeeze(1) / t.diff(dim=1)
        error = rate - model(t.mean(1), middle, None if u is None else u[:, 0])
        return (error / model.dx_scale).square().mean() + model.penalty(middle)
