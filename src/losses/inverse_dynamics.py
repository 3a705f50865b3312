"""Comparing the forces that a motion needs with those that were applied."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from jaxtyping import Float
from torch import Tensor

from ..integrators.base import Integrator
from ..mechanics.state import split_state
from ..models.base import Dynamics
from .derivative import given_rates
from .euler_lagrange import guarded_residual


@dataclass(frozen=True)
class InverseDynamicsLoss:
    """Ask that the forces which the Lagrangian of the model needs be those of the inputs.

    Without inputs none were applied, and it is loss=euler_lagrange; see :func:`guarded_residual`
    for why L = 0 does not minimise it then.

    Source:
        Lutter, Ritter, Peters, *Deep Lagrangian Networks*, ICLR 2019, arXiv:1907.04490.
    """

    window: ClassVar[int] = 1

    def check(self, model: Dynamics, integrator: Integrator) -> None:
        """Refuse models without a Lagrangian, or that do not tell the forces of their inputs.

        Raises:
            ValueError: if the model has none, or does not tell them.
        """
        model.lagrangian()
        if model.spec.inputs:
            model.applied(model.x_mean, model.u_scale)

    def __call__(
        self,
        model: Dynamics,
        integrator: Integrator,
        t: Float[Tensor, "batch window"],
        x: Float[Tensor, "batch window state"],
        dx: Float[Tensor, "batch window state"] | None,
        u: Float[Tensor, "batch window inputs"] | None = None,
    ) -> Float[Tensor, ""]:
        """Return the guarded residual at the samples, with accelerations from ``dx``.

        Raises:
            ValueError: if there are no derivative targets, or as said by ``check``.
        """
        _, acceleration = split_state(given_rates(dx, "inverse_dynamics"))
        _, scale = split_state(model.dx_scale)
        applied = None if u is None else model.applied(x, u)
        residual = guarded_residual(model.lagrangian(), x, acceleration, scale, applied)
        return residual + model.penalty(x)
