"""Lagrangians of lattices: a sum of one learned density over the sites, with its derivatives."""

from __future__ import annotations

from typing import ClassVar

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn.functional import pad

from ..mechanics.lagrangian import VelocityBlocks
from ..mechanics.state import split_state
from .energy_net import UNTRAINED
from .lattice import Windows
from .mlp import Curvature, ScalarMLP


class LatticeLagrangian(nn.Module):
    r"""A sum of densities, ``l = energy_scale * (|v_i / v_scale|^2 / 2 + net(window_i, v_i))``.

    Each holds one velocity, so that the mass matrix is diagonal. The kinetic term is a prior inside
    of L, as in :class:`.LagrangianNet`; ``prior = 0`` leaves the net alone.
    """

    prior: ClassVar[float] = 1.0
    mean: Tensor
    scale: Tensor
    energy_scale: Tensor

    def __init__(self, windows: Windows, width: int, depth: int, activation: str) -> None:
        super().__init__()
        self.windows = windows
        inputs = windows.reach + 2
        self.net = ScalarMLP(inputs, width, depth, activation)
        with torch.no_grad():
            self.net.output.weight.mul_(UNTRAINED)
        self.register_buffer("mean", torch.zeros(inputs))
        self.register_buffer("scale", torch.ones(inputs))
        self.register_buffer("energy_scale", torch.ones(()))

    def seen(self, x: Float[Tensor, "*batch state"]) -> Float[Tensor, "*batch windows inputs"]:
        """Return what the densities depend on: windows, and the velocities of their first sites."""
        q, v = split_state(x)
        window = self.windows.of(q)
        # Walls rest: the windows that begin at one come first.
        first = pad(v, (window.shape[-2] - v.shape[-1], 0))
        return torch.cat((window, first.unsqueeze(-1)), dim=-1)

    def _scaled(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Return the inputs of the net, and the scaled velocities ``[*batch, windows]``."""
        seen = self.seen(x)
        return (seen - self.mean) / self.scale, seen[..., -1] / self.scale[-1]

    def forward(
        self, x: Float[Tensor, "*batch state"], t: Tensor | None = None
    ) -> Float[Tensor, "*batch"]:
        """Return L at ``x = (q, v)``."""
        inputs, v = self._scaled(x)
        return self.energy_scale * (self.prior * v.square() / 2 + self.net(inputs)).sum(-1)

    def gradient(
        self, x: Float[Tensor, "*batch state"], t: Tensor | None = None
    ) -> Float[Tensor, "*batch state"]:
        """Return ``(dL/dq, dL/dv)`` in closed form."""
        inputs, v = self._scaled(x)
        return torch.cat(self._first(self.net.gradient(inputs), v), dim=-1)

    def _first(self, gradient: Tensor, v: Tensor) -> tuple[Tensor, Tensor]:
        by_input = self.energy_scale * gradient / self.scale
        l_v = self.prior * self.energy_scale * v / self.scale[-1] + by_input[..., -1]
        return self.windows.pull(by_input[..., :-1]), self._sites(l_v)

    def _sites(self, values: Float[Tensor, "*batch windows"]) -> Float[Tensor, "*batch sites"]:
        """Return those of the windows that begin at a site, and at no wall."""
        return values[..., values.shape[-1] - self.windows.sites :]

    def diagonal_blocks(
        self, x: Float[Tensor, "*batch state"]
    ) -> tuple[
        Float[Tensor, "*batch dof"],
        Float[Tensor, "*batch dof"],
        Float[Tensor, "*batch dof"],
        Float[Tensor, "*batch dof"],
    ]:
        """Return L_q, L_v, the diagonal of L_vv, and L_vq v, in closed form."""
        _, velocity = split_state(x)
        inputs, v = self._scaled(x)
        along = self.windows.of(velocity) / self.scale[:-1]
        curve = self._curvature(inputs, pad(along, (0, 1)))
        l_q, l_v = self._first(curve.gradient, v)
        masses = self.prior + curve.hessian[..., 0, 0]
        masses = self.energy_scale * masses / self.scale[-1].square()
        moving = self.energy_scale * curve.along[..., 0] / self.scale[-1]
        return l_q, l_v, self._sites(masses), self._sites(moving)

    def velocity_blocks(
        self, x: Float[Tensor, "*batch state"], t: Tensor | None = None
    ) -> VelocityBlocks:
        """Return the same with L_vv as a matrix."""
        l_q, l_v, masses, l_vq_v = self.diagonal_blocks(x)
        return VelocityBlocks(l_q, l_v, torch.diag_embed(masses), l_vq_v)

    def scaled_masses(self, x: Float[Tensor, "*batch state"]) -> Float[Tensor, "*batch dof"]:
        """Return the diagonal of L_vv in scaled velocities and energies: 1 for an untrained net."""
        inputs, _ = self._scaled(x)
        curve = self._curvature(inputs, torch.zeros_like(inputs))
        return self._sites(self.prior + curve.hessian[..., 0, 0])

    def _curvature(self, inputs: Tensor, tangent: Tensor) -> Curvature:
        return self.net.curvature(inputs, tangent, slice(inputs.shape[-1] - 1, inputs.shape[-1]))
