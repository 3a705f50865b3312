"""Lagrangians of velocities and positions apart, whose cost of moving is nearly a power."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from jaxtyping import Float
from torch import Tensor, nn

from ..mechanics.lagrangian import VelocityBlocks
from ..mechanics.state import split_state
from .energy_net import UNTRAINED, EnergyNet
from .mlp import ScalarMLP

SLOW = 1e-3
"""Speed, in scales of the velocities, below which a power is rounded off."""


class PowerNet(nn.Module):
    r"""``L(q, v) = energy_scale * sum_i exp(n_i(u_i)) - V(q)``, one net n_i for each velocity.

    With :math:`u = \ln |v|` in scaled velocities, powers of any exponent are straight lines, and
    the exponent is the slope of n. Untrained it is 2, as of kinetic energies. Moving either way
    costs the same, and resting nothing.
    """

    energy_scale: Tensor
    v_scale: Tensor

    def __init__(self, angular: Sequence[bool], width: int, depth: int, activation: str) -> None:
        super().__init__()
        self.powers = nn.ModuleList(ScalarMLP(1, width, depth, activation) for _ in angular)
        self.potential = EnergyNet(angular, width, depth, activation)
        self.register_buffer("energy_scale", torch.ones(()))
        self.register_buffer("v_scale", torch.ones(len(angular)))
        with torch.no_grad():
            for net in self.powers:
                net.output.weight.mul_(UNTRAINED)  # pyright: ignore[reportCallIssue, reportAttributeAccessIssue]

    @torch.no_grad()
    def fit(
        self,
        mean: Float[Tensor, " state"],
        scale: Float[Tensor, " state"],
        energy_scale: Float[Tensor, ""],
    ) -> None:
        """Set the scales of positions, velocities and L. Speeds count from rest."""
        (q_mean, v_mean), (q_scale, v_scale) = split_state(mean), split_state(scale)
        self.potential.fit(q_mean, q_scale, energy_scale)
        self.v_scale.copy_((v_mean.square() + v_scale.square()).sqrt())
        self.energy_scale.copy_(energy_scale)

    def forward(
        self, x: Float[Tensor, "*batch state"], t: Tensor | None = None
    ) -> Float[Tensor, "*batch"]:
        """Return L at ``x = (q, v)``."""
        q, v = split_state(x)
        u = (_square(v / self.v_scale)).log() / 2
        powers = [2 * u[..., i] + net(u[..., i : i + 1]) for i, net in enumerate(self.powers)]
        moving = torch.stack(powers, dim=-1).exp().sum(-1) / 2
        return self.energy_scale * moving - self.potential(q)

    def gradient(
        self, x: Float[Tensor, "*batch state"], t: Tensor | None = None
    ) -> Float[Tensor, "*batch state"]:
        """Return ``(dL/dq, dL/dv)`` in closed form."""
        q, v = split_state(x)
        slope, _ = self._slopes(v / self.v_scale)
        l_v = self.energy_scale * slope / self.v_scale
        return torch.cat((-self.potential.gradient(q), l_v), dim=-1)

    def velocity_blocks(
        self, x: Float[Tensor, "*batch state"], t: Tensor | None = None
    ) -> VelocityBlocks:
        """Return L_q, L_v and the diagonal L_vv in closed form; L_vq is zero."""
        q, v = split_state(x)
        slope, bend = self._slopes(v / self.v_scale)
        l_v = self.energy_scale * slope / self.v_scale
        l_vv = torch.diag_embed(self.energy_scale * bend / self.v_scale.square())
        return VelocityBlocks(-self.potential.gradient(q), l_v, l_vv, torch.zeros_like(v))

    def scaled_mass_matrix(
        self, x: Float[Tensor, "*batch state"]
    ) -> Float[Tensor, "*batch dof dof"]:
        """Return L_vv in scaled velocities and energies: the identity for an untrained net."""
        return torch.diag_embed(self._slopes(split_state(x)[1] / self.v_scale)[1])

    def _slopes(self, s: Tensor) -> tuple[Tensor, Tensor]:
        """Return the first and second derivatives of the cost of moving by scaled velocities."""
        square = _square(s)
        u = square.log() / 2
        values, firsts, seconds = [], [], []
        for i, net in enumerate(self.powers):
            y = u[..., i : i + 1]
            curve = net.curvature(y, torch.zeros_like(y), slice(0, 1))  # pyright: ignore[reportCallIssue]
            values.append(2 * y + net(y).unsqueeze(-1))
            firsts.append(2 + curve.gradient)
            seconds.append(curve.hessian.squeeze(-1))
        cost = torch.cat(values, dim=-1).exp() / 2
        first, second = torch.cat(firsts, dim=-1), torch.cat(seconds, dim=-1)
        along = s / square
        turn = (SLOW**2 - s.square()) / square.square()
        return cost * first * along, cost * ((first.square() + second) * along**2 + first * turn)


def _square(s: Tensor) -> Tensor:
    return s.square() + SLOW**2
