"""Learned noise of diffusions: as good a fit where it almost vanishes as elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from jaxtyping import Float
from torch import Tensor

from ..mechanics.constraints import combine
from ..mechanics.state import split_state
from .affine_mlp import AffineMLP
from .quadratic_form import QuadraticForm, Sweep
from .triangle import lower_places

FLOOR = 0.001
"""Below it, in units of its untrained value, a pivot bends away from zero."""

Pivots = Callable[[Tensor], tuple[Tensor, Tensor]]
"""Positive numbers from entries of either sign, 1 from zero, and their slopes."""


def pivots(entries: Float[Tensor, "*batch dof"]) -> tuple[Tensor, Tensor]:
    """Return ``1 + entries`` wherever that is above the floor, bent to stay positive below it.

    Source:
        J. T. Barron, *Squareplus*, arXiv:2112.11687, eq. (1).
    """
    z = entries + (1 - FLOOR**2)
    root = (z.square() + 4 * FLOOR**2).sqrt()
    large = (root + z.abs()) / 2  # of the two roots that multiply to the square of the floor
    value = torch.where(z > 0, large, FLOOR**2 / large)
    return value, value / root


def reciprocals(entries: Float[Tensor, "*batch dof"]) -> tuple[Tensor, Tensor]:
    """Return one over :func:`pivots`."""
    value, slope = pivots(entries)
    return 1 / value, -slope / value.square()


class NoiseNet(QuadraticForm):
    r"""A form with :math:`A = U D U^T`: U a lower triangle with ones on its diagonal, D pivots.

    The noise of many diffusions is in proportion to a rate or a variance, which comes near zero. A
    root of A, such as Cholesky's triangle, bends there like a root; U and D of such a noise are a
    constant and a line. The same holds for the inverse of A, with :func:`reciprocals` for pivots.

    Source:
        G. H. Golub, C. F. Van Loan, *Matrix Computations*, 4th ed., section 4.1.2, for ``L D L^T``.
    """

    places: Tensor
    below: Tensor

    def __init__(
        self,
        angular: Sequence[bool],
        width: int,
        depth: int,
        activation: str,
        pivots: Pivots = pivots,
    ) -> None:
        super().__init__(angular)
        size = len(angular)
        self.pivots = pivots
        self.register_buffer("places", lower_places(size), persistent=False)
        self.register_buffer("below", torch.ones(size, size).tril(-1), persistent=False)
        entries = len(self.places)
        self.entries = AffineMLP(self.features.count, entries, width, depth, activation)

    @torch.no_grad()
    def rescale(self, unit: Float[Tensor, " dof"]) -> None:
        """Take another unit of y, where it is positive and finite."""
        self.scale.copy_(torch.where((unit > 0) & unit.isfinite(), unit, self.scale))

    def forward(
        self, x: Float[Tensor, "*batch state"], t: Tensor | None = None
    ) -> Float[Tensor, "*batch"]:
        """Return T."""
        q, y = split_state(x)
        triangle, pivot, _ = self._parts(self.entries(self.features(q)))
        return (pivot * combine(triangle.mT, y / self.scale).square()).sum(-1) / 2

    def scaled_matrix(self, q: Float[Tensor, "*batch dof"]) -> Float[Tensor, "*batch dof dof"]:
        """Return A in the unit of y."""
        triangle, pivot, _ = self._parts(self.entries(self.features(q)))
        return (triangle * pivot.unsqueeze(-2)) @ triangle.mT

    def sweep(self, q: Float[Tensor, "*batch dof"], y: Float[Tensor, "... dof"]) -> Sweep:
        """Return the derivatives of ``T = w . D w / 2`` with ``w = U^T y``.

        That by U is the outer product of y and D w, that by D is half the square of w.
        """
        features, slopes = self.features.with_slopes(q)
        entries, units = self.entries.with_slopes(features)
        triangle, pivot, rate = self._parts(entries)
        w = combine(triangle.mT, y)
        scaled = pivot * w
        by_parts = self.below * y.unsqueeze(-1) * scaled.unsqueeze(-2)
        by_parts = by_parts + torch.diag_embed(rate * w.square() / 2)

        def pull(by_entries: Tensor) -> Tensor:
            return self.features.pull(self.entries.pull(by_entries, units), slopes)

        def along(v: Tensor) -> Tensor:
            moving = self._place(self.entries.push(self.features.push(v, slopes), units))
            turn, grow = self.below * moving, rate * moving.diagonal(dim1=-2, dim2=-1)
            return combine(turn, scaled) + combine(triangle, grow * w + pivot * combine(turn.mT, y))

        return Sweep(
            by_parts.flatten(-2) @ self.places.mT,
            pull,
            combine(triangle, scaled),
            lambda: (triangle * pivot.unsqueeze(-2)) @ triangle.mT,
            along,
        )

    def _parts(self, entries: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Return U, D, and how D changes with its entries."""
        square = self._place(entries)
        ones = torch.eye(square.shape[-1], dtype=square.dtype, device=square.device)
        return ones + self.below * square, *self.pivots(square.diagonal(dim1=-2, dim2=-1))

    def _place(self, entries: Tensor) -> Tensor:
        return (entries @ self.places).unflatten(-1, self.below.shape)
