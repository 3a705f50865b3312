"""Lower triangles, of which symmetric matrices that are not negative are made."""

from __future__ import annotations

import math

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional

FLOOR = 0.01
"""Least diagonal element of a triangle, in units of its untrained value."""
_SHIFT = math.log(math.expm1(1 - FLOOR))
"""Where softplus is 1, but for the floor."""


def lower_places(size: int) -> Float[Tensor, "entries square"]:
    """Return the matrix that places the entries of a lower triangle, row by row, in a square one.

    By a product with a constant they are placed for every batch shape, and under vmap.
    """
    rows, columns = torch.tril_indices(size, size)
    places = torch.zeros(len(rows), size**2)
    places[torch.arange(len(rows)), rows * size + columns] = 1.0
    return places


class Triangle(nn.Module):
    """A lower triangle with a positive diagonal, from its entries; the identity from zeros."""

    places: Tensor
    diagonal: Tensor

    def __init__(self, size: int) -> None:
        super().__init__()
        self.register_buffer("places", lower_places(size), persistent=False)
        self.register_buffer("diagonal", torch.eye(size), persistent=False)

    def forward(self, entries: Float[Tensor, "*batch entries"]) -> Float[Tensor, "*batch dof dof"]:
        """Return the triangle."""
        raw = self.place(entries)
        return raw + self.diagonal * (FLOOR + functional.softplus(raw + _SHIFT) - raw)

    def slopes(self, entries: Float[Tensor, "*batch entries"]) -> Float[Tensor, "*batch dof dof"]:
        """Return how its elements change with the entries placed there."""
        return 1 + self.diagonal * ((self.place(entries) + _SHIFT).sigmoid() - 1)

    def place(self, entries: Float[Tensor, "*batch entries"]) -> Float[Tensor, "*batch dof dof"]:
        """Return the entries in their places."""
        return (entries @ self.places).unflatten(-1, self.diagonal.shape)
