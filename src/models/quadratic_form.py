"""What learned quadratic forms share, of whatever the matrix is made."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Sequence
from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor, nn

from ..mechanics.lagrangian import VelocityBlocks
from ..mechanics.state import split_state
from .features import Features

UNTRAINED = 0.1
"""Size of an untrained net beside the identity."""


class Sweep(NamedTuple):
    """A form at some states, with its derivatives; y and A in the units of the form."""

    by_entries: Tensor
    """Its gradient by what the net gives, ``[*batch, entries]``."""
    pull: Callable[[Tensor], Tensor]
    """What such a gradient is by positions, ``[*batch, dof]``."""
    a_y: Tensor
    """A y, ``[*batch, dof]``."""
    matrix: Callable[[], Tensor]
    """A, ``[*batch, dof, dof]``."""
    along: Callable[[Tensor], Tensor]
    """How A y changes as the positions move along a vector, ``[*batch, dof]``."""


class QuadraticForm(nn.Module):
    r"""``T(q, y) = y^T A(q) y / 2`` with a learned matrix that is positive whatever the weights.

    With velocities for y, A is a mass matrix; with momenta, its inverse, or the noise of a
    diffusion. States are ``x = (q, y)``.
    """

    scale: Tensor

    def __init__(self, angular: Sequence[bool]) -> None:
        super().__init__()
        self.features = Features(angular)
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

    @abstractmethod
    def sweep(self, q: Float[Tensor, "*batch dof"], y: Float[Tensor, "... dof"]) -> Sweep:
        """Return what follows from one sweep through the net and one back.

        y is in the unit of the form, and there may be several for each q.
        """

    @abstractmethod
    def scaled_matrix(self, q: Float[Tensor, "*batch dof"]) -> Float[Tensor, "*batch dof dof"]:
        """Return A in the unit of y."""

    def matrix(self, q: Float[Tensor, "*batch dof"]) -> Float[Tensor, "*batch dof dof"]:
        """Return A."""
        return self.scaled_matrix(q) / torch.outer(self.scale, self.scale)

    def gradient(
        self, x: Float[Tensor, "*batch state"], t: Tensor | None = None
    ) -> Float[Tensor, "*batch state"]:
        """Return ``(T_q, A y)``."""
        q, y = split_state(x)
        sweep = self.sweep(q, y / self.scale)
        return torch.cat((sweep.pull(sweep.by_entries), sweep.a_y / self.scale), dim=-1)

    def velocity_blocks(
        self, x: Float[Tensor, "*batch state"], t: Tensor | None = None
    ) -> VelocityBlocks:
        """Return the derivatives of T as a Lagrangian: of A y, those along y too."""
        return self.blocks_along(x, split_state(x)[1])

    def blocks_along(
        self, x: Float[Tensor, "*batch state"], v: Float[Tensor, "*batch dof"]
    ) -> VelocityBlocks:
        """Return T_q, A y, A, and how A y changes as the positions move on by v."""
        q, y = split_state(x)
        sweep = self.sweep(q, y / self.scale)
        matrix = sweep.matrix() / torch.outer(self.scale, self.scale)
        return VelocityBlocks(
            sweep.pull(sweep.by_entries),
            sweep.a_y / self.scale,
            matrix,
            sweep.along(v) / self.scale,
        )
