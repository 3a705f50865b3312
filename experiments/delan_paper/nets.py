"""The net and the loss of Lutter et al.: one trunk for masses and potential, and plain torques."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import torch
from jaxtyping import Float
from torch import Tensor, nn

from src.integrators.base import Integrator
from src.losses.derivative import given_rates
from src.mechanics.lagrangian import VelocityBlocks, force_beyond, velocity_blocks
from src.mechanics.state import StateSpec, split_state
from src.models.base import Dynamics
from src.models.delan import DeLaN
from src.models.mlp import MLP
from src.models.natural_energy import mass_figures
from src.models.triangle import lower_places

from ..unscaled import Unscaled


class PaperLagrangian(nn.Module):
    r"""``L = v^T H(q) v / 2 - V(q)`` with :math:`H = C C^T + \epsilon`, from one net.

    Angles are plain numbers. The diagonal of C is a ramp, as in their code; the paper has softplus.
    """

    places: Tensor
    diagonal: Tensor

    def __init__(self, dof: int, width: int, depth: int, least: float) -> None:
        super().__init__()
        self.least = least
        self.register_buffer("places", lower_places(dof), persistent=False)
        self.register_buffer("diagonal", torch.eye(dof), persistent=False)
        self.net = MLP(dof, len(self.places) + 1, width, depth, "softplus")
        for layer in [*self.net.hidden, self.net.output]:
            assert isinstance(layer, nn.Linear)
            nn.init.xavier_normal_(layer.weight, 2**0.5)
            nn.init.constant_(layer.bias, 1e-4)
        nn.init.xavier_normal_(self.net.output.weight[-1:], 0.125)

    def blocks(self, x: Float[Tensor, "*batch state"]) -> tuple[Tensor, VelocityBlocks]:
        """Return L and its derivatives in closed form."""
        q, v = split_state(x)
        out, units = self.net.with_slopes(q)
        raw, potential = self.placed(out), out[..., -1]
        slopes = 1 - self.diagonal * (raw <= 0)
        triangle, w = raw * slopes, (v.unsqueeze(-2) @ (raw * slopes)).squeeze(-2)
        by_triangle = slopes * v.unsqueeze(-1) * w.unsqueeze(-2)
        by_entries = by_triangle.flatten(-2) @ self.places.mT
        minus = -torch.ones_like(by_entries[..., :1])
        l_q = self.net.pull(torch.cat((by_entries, minus), dim=-1), units)
        moving = slopes * self.placed(self.net.push(v, units))
        along = moving @ w.unsqueeze(-1) + triangle @ (moving.mT @ v.unsqueeze(-1))
        l_v = (triangle @ w.unsqueeze(-1)).squeeze(-1) + self.least * v
        value = (w.square() + self.least * v.square()).sum(-1) / 2 - potential
        masses = triangle @ triangle.mT + self.least * self.diagonal
        return value, VelocityBlocks(l_q, l_v, masses, along.squeeze(-1))

    def placed(self, out: Float[Tensor, "*batch outputs"]) -> Float[Tensor, "*batch dof dof"]:
        """Return the triangle of the outputs but the last."""
        return (out[..., :-1] @ self.places).unflatten(-1, self.diagonal.shape)

    def forward(
        self, x: Float[Tensor, "*batch state"], t: Tensor | None = None
    ) -> Float[Tensor, "*batch"]:
        """Return L."""
        return self.blocks(x)[0]

    def gradient(
        self, x: Float[Tensor, "*batch state"], t: Tensor | None = None
    ) -> Float[Tensor, "*batch state"]:
        """Return its gradient."""
        blocks = self.blocks(x)[1]
        return torch.cat((blocks.l_q, blocks.l_v), dim=-1)

    def velocity_blocks(
        self, x: Float[Tensor, "*batch state"], t: Tensor | None = None
    ) -> VelocityBlocks:
        """Return the derivatives that equations of motion need."""
        return self.blocks(x)[1]


class PaperDeLaN(Unscaled, DeLaN):
    """Their DeLaN, without scales."""

    def __init__(self, spec: StateSpec, width: int = 64, depth: int = 2) -> None:
        super().__init__(spec, width, depth, "softplus")
        self.net = PaperLagrangian(spec.dof, width, depth, 0.01)

    def lagrangian(self) -> PaperLagrangian:  # pyright: ignore[reportIncompatibleMethodOverride]
        """Return the learned L(q, v)."""
        return self.net

    def diagnostics(self, x: Float[Tensor, "*batch state"]) -> dict[str, Tensor]:
        """Return condition number and smallest eigenvalue of the masses."""
        return mass_figures(self.net.velocity_blocks(x).l_vv)


@dataclass(frozen=True)
class TorqueLoss:
    """The squared error of the torques, summed over the joints.

    Their code adds that of the power, but as a number without a gradient: the loop adds the sum
    ``l_mem_mean_dEdt`` of what came before in the place of ``l_mean_dEdt``.
    """

    window: ClassVar[int] = 1

    def check(self, model: Dynamics, integrator: Integrator) -> None:
        """Refuse models without a Lagrangian.

        Raises:
            ValueError: if the model has none.
        """
        model.lagrangian()

    def __call__(
        self,
        model: Dynamics,
        integrator: Integrator,
        t: Float[Tensor, "batch window"],
        x: Float[Tensor, "batch window state"],
        dx: Float[Tensor, "batch window state"] | None,
        u: Float[Tensor, "batch window inputs"] | None = None,
    ) -> Float[Tensor, ""]:
        """Return its mean over samples.

        Raises:
            ValueError: if there are no derivative targets.
        """
        _, acceleration = split_state(given_rates(dx, "torque"))
        assert u is not None
        blocks = velocity_blocks(model.lagrangian(), x.flatten(0, 1))
        torque = force_beyond(blocks, acceleration.flatten(0, 1))
        return (torque - model.applied(x, u).flatten(0, 1)).square().sum(-1).mean()
