"""Energies of motion with learned masses."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from jaxtyping import Float
from torch import Tensor, nn

from ..mechanics.constraints import combine
from ..mechanics.lagrangian import VelocityBlocks
from ..mechanics.state import split_state
from .mlp import MLP
from .quadratic_form import UNTRAINED, QuadraticForm, Sweep
from .triangle import Triangle


class ConstantMass(nn.Module):
    r"""``T(y) = y^T A y / 2`` with a constant matrix :math:`A = C C^T`, C a :class:`Triangle`.

    So A is positive definite whatever the weights (Cholesky), and any such matrix can be learned.
    With velocities for y, A is the mass matrix; with momenta, its inverse. States are
    ``x = (q, y)``. Of points in a space of more than one dimension the masses are alike in all
    directions: :math:`A = C C^T \otimes 1`, with a row of C for each point.
    """

    scale: Tensor

    def __init__(self, size: int, dimension: int = 1) -> None:
        super().__init__()
        self.dimension = dimension
        self.triangle = Triangle(size // dimension)
        self.entries = nn.Parameter(torch.zeros(len(self.triangle.places)))
        self.register_buffer("scale", torch.ones(size))

    @torch.no_grad()
    def fit(
        self,
        mean: Float[Tensor, " dof"],
        spread: Float[Tensor, " dof"],
        unit: Float[Tensor, " dof"],
    ) -> None:
        """Set the unit of y, one for each point, in which A is the identity before training."""
        units = unit.unflatten(-1, (-1, self.dimension)).mean(-1)
        self.scale.copy_(units.repeat_interleave(self.dimension))

    def scaled_matrix(self, q: Float[Tensor, "*batch dof"]) -> Float[Tensor, "*batch dof dof"]:
        """Return A in the unit of y."""
        triangle = self.triangle(self.entries)
        return self._every_way(triangle @ triangle.mT).expand(*q.shape, q.shape[-1])

    def constant(self) -> Float[Tensor, "dof dof"]:
        """Return A: one for all positions."""
        triangle = self.triangle(self.entries) / self.scale[:: self.dimension].unsqueeze(-1)
        return self._every_way(triangle @ triangle.mT)

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

    def _every_way(self, points: Tensor) -> Tensor:
        """Return the matrix of points for all their directions."""
        if self.dimension == 1:
            return points
        alike = torch.eye(self.dimension, dtype=points.dtype, device=points.device)
        return torch.kron(points, alike)


class MassNet(QuadraticForm):
    r"""``T(q, y) = y^T A(q) y / 2`` with :math:`A = C C^T` and a net for the triangle C(q).

    The same as :class:`ConstantMass` with masses that depend on the positions. All derivatives are
    closed forms, by one sweep through the net and one back.

    Source:
        Lutter, Ritter, Peters, *Deep Lagrangian Networks*, ICLR 2019, arXiv:1907.04490.
    """

    def __init__(self, angular: Sequence[bool], width: int, depth: int, activation: str) -> None:
        super().__init__(angular)
        self.triangle = Triangle(len(angular))
        entries = len(self.triangle.places)
        self.net = MLP(self.features.count, entries, width, depth, activation)
        with torch.no_grad():
            self.net.output.weight.mul_(UNTRAINED)

    def scaled_matrix(self, q: Float[Tensor, "*batch dof"]) -> Float[Tensor, "*batch dof dof"]:
        """Return A in the unit of y."""
        triangle = self.triangle(self.net(self.features(q)))
        return triangle @ triangle.mT

    def forward(
        self, x: Float[Tensor, "*batch state"], t: Tensor | None = None
    ) -> Float[Tensor, "*batch"]:
        """Return T."""
        q, y = split_state(x)
        triangle = self.triangle(self.net(self.features(q)))
        return combine(triangle.mT, y / self.scale).square().sum(-1) / 2

    def sweep(self, q: Float[Tensor, "*batch dof"], y: Float[Tensor, "... dof"]) -> Sweep:
        """Return the derivatives of ``T = |w|^2 / 2`` with ``w = C^T y``.

        That by C is the outer product of y and w.
        """
        features, slopes = self.features.with_slopes(q)
        entries, units = self.net.with_slopes(features)
        triangle, rates = self.triangle(entries), self.triangle.slopes(entries)
        w = combine(triangle.mT, y)
        by_triangle = rates * y.unsqueeze(-1) * w.unsqueeze(-2)

        def pull(by_entries: Tensor) -> Tensor:
            return self.features.pull(self.net.pull(by_entries, units), slopes)

        def along(v: Tensor) -> Tensor:
            pushed = self.net.push(self.features.push(v, slopes), units)
            moving = rates * self.triangle.place(pushed)
            return combine(moving, w) + combine(triangle, combine(moving.mT, y))

        return Sweep(
            by_triangle.flatten(-2) @ self.triangle.places.mT,
            pull,
            combine(triangle, w),
            lambda: triangle @ triangle.mT,
            along,
        )
