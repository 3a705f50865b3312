"""Energies of motion with learned masses."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from jaxtyping import Float
from torch import Tensor, nn

from ..mechanics.constraints import combine
from ..mechanics.lagrangian import VelocityBlocks
from ..mechanics.state import split_state
from .features import Features
from .mlp import MLP
from .triangle import Triangle

UNTRAINED = 0.1
"""Size of the untrained net beside the identity."""


class ConstantMass(nn.Module):
    r"""``T(y) = y^T A y / 2`` with a constant matrix :math:`A = C C^T`, C a :class:`Triangle`.

    So A is positive definite whatever the weights (Cholesky), and any such matrix can be learned.
    With velocities for y, A is the mass matrix; with momenta, its inverse. States are
    ``x = (q, y)``.
    """

    scale: Tensor

    def __init__(self, size: int) -> None:
        super().__init__()
        self.triangle = Triangle(size)
        self.entries = nn.Parameter(torch.zeros(len(self.triangle.places)))
        self.register_buffer("scale", torch.ones(size))

    @torch.no_grad()
    def fit(
        self,
        mean: Float[Tensor, " dof"],
        spread: Float[Tensor, " dof"],
        unit: Float[Tensor, " dof"],
    ) -> None:
        """Set the unit of y, in which A is the identity before training."""
        self.scale.copy_(unit)

    def scaled_matrix(self, q: Float[Tensor, "*batch dof"]) -> Float[Tensor, "*batch dof dof"]:
        """Return A in the unit of y."""
        triangle = self.triangle(self.entries)
        return (triangle @ triangle.mT).expand(*q.shape, q.shape[-1])

    def constant(self) -> Float[Tensor, "dof dof"]:
        """Return A: one for all positions."""
        triangle = self.triangle(self.entries) / self.scale.unsqueeze(-1)
        return triangle @ triangle.mT

    def matrix(self, q: Float[Tensor, "*batch dof"]) -> Float[Tensor, "*batch dof dof"]:
        """Return A."""
        return self.constant().expand(*q.shape, q.shape[-1])

    def forward(
        self, x: Float[Tensor, "*batch state"], t: Tensor | None = None
    ) -> Float[Tensor, "*batch"]:
        """Return T."""
        _, y = split_state(x)
        _, momentum = split_state(self.gradient(x))
        return (y * momentum).sum(-1) / 2

    def gradient(
        self, x: Float[Tensor, "*batch state"], t: Tensor | None = None
    ) -> Float[Tensor, "*batch state"]:
        """Return ``(0, A y)``."""
        q, y = split_state(x)
        return torch.cat((torch.zeros_like(q), y @ self.constant()), dim=-1)

    def velocity_blocks(
        self, x: Float[Tensor, "*batch state"], t: Tensor | None = None
    ) -> VelocityBlocks:
        """Return the derivatives of T as a Lagrangian; nothing depends on the positions."""
        q, _ = split_state(x)
        t_q, t_y = split_state(self.gradient(x))
        return VelocityBlocks(t_q, t_y, self.matrix(q), torch.zeros_like(q))


class MassNet(nn.Module):
    r"""``T(q, y) = y^T A(q) y / 2`` with :math:`A = C C^T` and a net for the triangle C(q).

    The same as :class:`ConstantMass` with masses that depend on the positions. All derivatives are
    closed forms, by one sweep through the net and one back.

    Source:
        Lutter, Ritter, Peters, *Deep Lagrangian Networks*, ICLR 2019, arXiv:1907.04490.
    """

    scale: Tensor

    def __init__(self, angular: Sequence[bool], width: int, depth: int, activation: str) -> None:
        super().__init__()
        self.features, self.triangle = Features(angular), Triangle(len(angular))
        entries = len(self.triangle.places)
        self.net = MLP(self.features.count, entries, width, depth, activation)
        with torch.no_grad():
            self.net.output.weight.mul_(UNTRAINED)
        self.register_buffer("scale", torch.ones(len(angular)))

    @torch.no_grad()
    def fit(
        self,
        mean: Float[Tensor, " dof"],
        spread: Float[Tensor, " dof"],
        unit: Float[Tensor, " dof"],
    ) -> None:
        """Set the scales of positions, and the unit of y: in it A is near the identity at first."""
        self.features.fit(mean, spread)
        self.scale.copy_(unit)

    def scaled_matrix(self, q: Float[Tensor, "*batch dof"]) -> Float[Tensor, "*batch dof dof"]:
        """Return A in the unit of y."""
        triangle = self.triangle(self.net(self.features(q)))
        return triangle @ triangle.mT

    def matrix(self, q: Float[Tensor, "*batch dof"]) -> Float[Tensor, "*batch dof dof"]:
        """Return A."""
        return self.scaled_matrix(q) / torch.outer(self.scale, self.scale)

    def forward(
        self, x: Float[Tensor, "*batch state"], t: Tensor | None = None
    ) -> Float[Tensor, "*batch"]:
        """Return T."""
        q, y = split_state(x)
        triangle = self.triangle(self.net(self.features(q)))
        return combine(triangle.mT, y / self.scale).square().sum(-1) / 2

    def gradient(
        self, x: Float[Tensor, "*batch state"], t: Tensor | None = None
    ) -> Float[Tensor, "*batch state"]:
        """Return ``(T_q, A y)``."""
        return torch.cat(self._first(x)[:2], dim=-1)

    def velocity_blocks(
        self, x: Float[Tensor, "*batch state"], t: Tensor | None = None
    ) -> VelocityBlocks:
        """Return the derivatives of T as a Lagrangian: of A y, those along y too."""
        return self.blocks_along(x, split_state(x)[1])

    def blocks_along(
        self, x: Float[Tensor, "*batch state"], v: Float[Tensor, "*batch dof"]
    ) -> VelocityBlocks:
        """Return T_q, A y, A, and how A y changes as the positions move on by v."""
        t_q, t_y, triangle, push = self._first(x)
        moving, scaled = push(v), split_state(x)[1] / self.scale
        along = combine(moving, combine(triangle.mT, scaled)) + combine(
            triangle, combine(moving.mT, scaled)
        )
        matrix = triangle @ triangle.mT / torch.outer(self.scale, self.scale)
        return VelocityBlocks(t_q, t_y, matrix, along / self.scale)

    def _first(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor, Callable[[Tensor], Tensor]]:
        """Return T_q, A y, C, and the change of C along velocities.

        As ``T = |w|^2 / 2`` with ``w = C^T y``, the gradient by C is the outer product of y and w.
        """
        q, y = split_state(x)
        features, slopes = self.features.with_slopes(q)
        entries, units = self.net.with_slopes(features)
        triangle, rates = self.triangle(entries), self.triangle.slopes(entries)
        scaled = y / self.scale
        w = combine(triangle.mT, scaled)
        by_triangle = rates * scaled.unsqueeze(-1) * w.unsqueeze(-2)
        by_entries = by_triangle.flatten(-2) @ self.triangle.places.mT
        t_q = self.features.pull(self.net.pull(by_entries, units), slopes)

        def push(v: Tensor) -> Tensor:
            return rates * self.triangle.place(self.net.push(self.features.push(v, slopes), units))

        return t_q, combine(triangle, w) / self.scale, triangle, push
