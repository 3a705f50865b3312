"""Scalar functions of the state, learned: energies and Lagrangians with their derivatives."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from jaxtyping import Float
from torch import Tensor, nn

from ..kernels import lagrangian as kernel
from ..kernels.regression import Regression
from ..mechanics.lagrangian import VelocityBlocks, field_of, motion_tangent
from .features import Features
from .mlp import Curvature, ScalarMLP

UNTRAINED = 0.02
"""Size of the net beside the kinetic prior in an untrained Lagrangian."""


def typical_energy(
    x_scale: Float[Tensor, " state"], dx_scale: Float[Tensor, " state"]
) -> Float[Tensor, ""]:
    """Return the scale of an energy whose gradient has the size of the training rates.

    By Hamilton's equations ``dH/dp = dq/dt`` and ``dH/dq = -dp/dt``, so H changes by about
    ``dq_scale * p_scale`` over the data, and by ``dp_scale * q_scale``: the mean over both and over
    the degrees of freedom. In velocity coordinates this is an energy per unit mass.
    """
    return (dx_scale * x_scale.roll(len(x_scale) // 2)).mean()


def bracketed_energy(
    brackets: Callable[[Tensor], Tensor],
    x_mean: Float[Tensor, " state"],
    x_scale: Float[Tensor, " state"],
    dx_scale: Float[Tensor, " state"],
) -> Float[Tensor, ""]:
    """Return the same scale where ``dx/dt = J(x) grad H`` with brackets J of any kind.

    J is taken where the states are as large as usual; it may vanish at their centre.
    """
    size = brackets(x_mean + x_scale).square().sum(-1).mean().sqrt()
    return dx_scale.mean() * x_scale.mean() / size


class EnergyNet(nn.Module):
    """``E(x) = energy_scale * net(features(x))``; an energy for all of mechanics."""

    energy_scale: Tensor

    def __init__(self, angular: Sequence[bool], width: int, depth: int, activation: str) -> None:
        super().__init__()
        self.features = Features(angular)
        self.net = ScalarMLP(self.features.count, width, depth, activation)
        self.register_buffer("energy_scale", torch.ones(()))

    @torch.no_grad()
    def fit(
        self,
        mean: Float[Tensor, " size"],
        scale: Float[Tensor, " size"],
        energy_scale: Float[Tensor, ""],
    ) -> None:
        """Set the scales of inputs and output."""
        self.features.fit(mean, scale)
        self.energy_scale.copy_(energy_scale)

    def forward(
        self, x: Float[Tensor, "*batch size"], t: Tensor | None = None
    ) -> Float[Tensor, "*batch"]:
        """Return the energy at ``x``."""
        return self.energy_scale * self.net(self.features(x))

    def gradient(
        self, x: Float[Tensor, "*batch size"], t: Tensor | None = None
    ) -> Float[Tensor, "*batch size"]:
        """Return ``dE/dx`` in closed form."""
        y, slopes = self.features.with_slopes(x)
        return self.energy_scale * self.features.pull(self.net.gradient(y), slopes)

    def regression(
        self,
        x: Float[Tensor, "*batch size"],
        seen: Callable[[Tensor], Tensor],
        target: Float[Tensor, "*batch count"],
    ) -> Regression:
        """Return the fit of ``seen(dE/dx)`` to a target, for a linear function ``seen``."""
        y, slopes = self.features.with_slopes(x)
        rows = seen(self.energy_scale * self.features.columns(slopes)).movedim(0, -1)
        return self.net.regression(y, rows, target)


class LagrangianNet(EnergyNet):
    r"""``L(q, v) = energy_scale * (|v / v_scale|^2 / 2 + net(features(q, v)))``.

    The kinetic term is a prior *inside* L, so that :math:`L_{vv}` is near the identity (in scaled
    velocities) at the start of training and far outside the data, where the activations saturate.
    As it is part of L, the Euler-Lagrange equations and the conservation of
    :math:`v \cdot L_v - L` stay exact; damping the solve for the acceleration would break both.
    """

    def __init__(self, angular: Sequence[bool], width: int, depth: int, activation: str) -> None:
        super().__init__(angular, width, depth, activation)
        # The curvature of an untrained net is of order one, of either sign, and the kinetic term is
        # the identity: unless the net is small beside it, training begins with singular masses.
        with torch.no_grad():
            self.net.output.weight.mul_(UNTRAINED)

    def kinetic_prior(
        self, x: Float[Tensor, "*batch state"]
    ) -> tuple[Float[Tensor, "*batch dof"], Float[Tensor, " dof"]]:
        """Return scaled velocities and the velocity scales."""
        dof = x.shape[-1] // 2
        scale = self.features.scale[dof:]
        return x[..., dof:] / scale, scale

    def forward(
        self, x: Float[Tensor, "*batch state"], t: Tensor | None = None
    ) -> Float[Tensor, "*batch"]:
        """Return L at ``x = (q, v)``."""
        v, _ = self.kinetic_prior(x)
        return self.energy_scale * (v.square().sum(-1) / 2 + self.net(self.features(x)))

    def _add_prior(
        self, x: Float[Tensor, "*batch state"], gradient: Float[Tensor, "*batch state"]
    ) -> Float[Tensor, "*batch state"]:
        v, scale = self.kinetic_prior(x)
        l_q, l_v = gradient.chunk(2, dim=-1)
        return self.energy_scale * torch.cat((l_q, l_v + v / scale), dim=-1)

    def gradient(
        self, x: Float[Tensor, "*batch state"], t: Tensor | None = None
    ) -> Float[Tensor, "*batch state"]:
        """Return ``(dL/dq, dL/dv)`` in closed form."""
        y, slopes = self.features.with_slopes(x)
        return self._add_prior(x, self.features.pull(self.net.gradient(y), slopes))

    def velocity_blocks(
        self, x: Float[Tensor, "*batch state"], t: Tensor | None = None
    ) -> VelocityBlocks:
        """Return L_q, L_v, L_vv and L_vq v in closed form.

        The features of positions enter through their Jacobian alone: they do not depend on v, and
        those of v are linear, so no second derivative of a feature appears in these blocks.
        """
        return VelocityBlocks(*kernel.velocity_blocks(self._parts(), self._blocks, x))

    def euler_lagrange_field(
        self, x: Float[Tensor, "*batch state"], t: Tensor | None = None
    ) -> Float[Tensor, "*batch state"]:
        """Return ``(v, a)`` with ``L_vv a = L_q - L_vq v``."""
        return kernel.field(self._parts(), lambda y: field_of(self._blocks(y), y), x)

    def _parts(self) -> kernel.Parts:
        net, seen = self.net, self.features
        own = (seen.numbers, seen.angles, seen.mean, seen.scale, self.energy_scale)
        return kernel.Parts(net.name, net.weights(), *own)

    def _blocks(self, x: Float[Tensor, "*batch state"]) -> VelocityBlocks:
        y, slopes = self.features.with_slopes(x)
        curve = self._curvature(y, self.features.push(motion_tangent(x), slopes))
        l_q, l_v = self._add_prior(x, self.features.pull(curve.gradient, slopes)).chunk(2, dim=-1)
        _, scale = self.kinetic_prior(x)
        l_vv = self.energy_scale * _plus_identity(curve.hessian) / torch.outer(scale, scale)
        return VelocityBlocks(l_q, l_v, l_vv, self.energy_scale * curve.along / scale)

    def _curvature(self, y: Tensor, tangent: Tensor) -> Curvature:
        """Return the second derivatives of the net by scaled velocities: the last numbers."""
        numbers, dof = len(self.features.numbers), self.features.size // 2
        return self.net.curvature(y, tangent, slice(numbers - dof, numbers))

    def scaled_mass_matrix(
        self, x: Float[Tensor, "*batch state"]
    ) -> Float[Tensor, "*batch dof dof"]:
        """Return L_vv in scaled velocities and energies: the identity for an untrained net."""
        y = self.features(x)
        return _plus_identity(self._curvature(y, torch.zeros_like(y)).hessian)


def _plus_identity(matrix: Float[Tensor, "*batch dof dof"]) -> Float[Tensor, "*batch dof dof"]:
    return matrix + torch.eye(matrix.shape[-1], dtype=matrix.dtype, device=matrix.device)
