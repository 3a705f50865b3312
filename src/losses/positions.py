"""Matching positions alone: velocities are inferred, window by window."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from ..integrators.base import Integrator
from ..mechanics.state import split_state
from ..models.base import Dynamics
from .shooting import ShootingLoss, polynomial


@dataclass(frozen=True)
class PositionsLoss(ShootingLoss):
    """Follow the model along the positions of a window, from the state that suits them best.

    As :class:`ShootingLoss`, with positions compared and nothing else: velocities need not be
    observed, and where there are any they are used through their scales only. The model must say
    that dq/dt is v: any other second component would fit the positions as well.

    Source:
        That of :class:`ShootingLoss`.

    Raises:
        ValueError: as :class:`ShootingLoss` does.
    """

    @property
    def name(self) -> str:
        """Under which it is chosen."""
        return "positions"

    def seen(self, x: Float[Tensor, "*batch state"]) -> Float[Tensor, "*batch dof"]:
        """Return the positions."""
        return split_state(x)[0]

    def guess(
        self, t: Float[Tensor, "batch window"], seen: Float[Tensor, "batch window dof"]
    ) -> Float[Tensor, "batch state"]:
        """Return value and slope of the polynomial."""
        return torch.cat(polynomial(t, seen), dim=-1)

    def check(self, model: Dynamics, integrator: Integrator) -> None:
        """Refuse what the base refuses, and models whose second components are no velocities.

        Raises:
            ValueError: with the reason, and the models or losses that fit.
        """
        super().check(model, integrator)
        if not _moves_by_velocity(model):
            raise ValueError(
                f"loss=positions needs dq/dt = v, so that positions tell the whole state; "
                f"model={model.kind} gives dq/dt as it likes. Use model=delan, model=lnn or "
                f"model=second_order, or loss=shooting, which needs velocities or momenta too."
            )


def _moves_by_velocity(model: Dynamics) -> bool:
    if not model.spec.paired or model.coordinates != "velocity":
        return False
    x = model.x_mean + model.x_scale * torch.linspace(0.1, 0.3, model.spec.size).to(model.x_mean)
    with torch.no_grad():
        rate, _ = split_state(model(torch.zeros(()), x.unsqueeze(0)))
    return torch.equal(rate, split_state(x.unsqueeze(0))[1])
