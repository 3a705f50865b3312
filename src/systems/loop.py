"""The closed loop of a mechanism in a plane: where its parts are, and how they move together."""

from __future__ import annotations

from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor


class Loop(NamedTuple):
    """Crank and coupler, one after the other, from the origin to the pin of a follower.

    All are vectors ``[*batch, 2]`` in m. The loop is closed where the gap vanishes.
    """

    crank: Float[Tensor, "*batch 2"]
    coupler: Float[Tensor, "*batch 2"]
    pin: Float[Tensor, "*batch 2"]
    """Where the follower holds the far end of the coupler."""
    path: Float[Tensor, "*batch 2"]
    """The derivative of the pin by the coordinate of the follower."""
    bend: Float[Tensor, "*batch 2"]
    """Its second derivative."""

    @property
    def gap(self) -> Float[Tensor, "*batch 2"]:
        """The far end of the coupler as seen from the pin."""
        return self.crank + self.coupler - self.pin

    @property
    def rows(self) -> Float[Tensor, "*batch 2 3"]:
        """The derivatives of the gap by the angles of crank and coupler and by the follower."""
        return torch.stack((turned(self.crank), turned(self.coupler), -self.path), dim=-1)

    def bending(self, v: Float[Tensor, "*batch 3"]) -> Float[Tensor, "*batch 2"]:
        """Return the second derivative of the gap along constant velocities."""
        crank, coupler, follower = v.square().unsqueeze(-1).unbind(-2)
        return -(self.crank * crank + self.coupler * coupler + self.bend * follower)

    def ratios(self) -> Float[Tensor, "*batch 3"]:
        """Return the velocities that keep the loop closed, at unit speed of the crank."""
        return self._closing(turned(self.crank), 1.0)

    def ratio_slopes(self, ratios: Float[Tensor, "*batch 3"]) -> Float[Tensor, "*batch 3"]:
        """Return the derivatives of the ratios by the angle of the crank."""
        return self._closing(self.bending(ratios), 0.0)

    def _closing(self, gap: Tensor, crank: float) -> Tensor:
        """Return the motion ``(crank, coupler, follower)`` of the last two that undoes a gap."""
        coupler, follower = turned(self.coupler), -self.path
        whole = cross(coupler, follower)
        parts = (cross(follower, gap) / whole, cross(gap, coupler) / whole)
        return torch.stack((torch.full_like(whole, crank), *parts), dim=-1)


def unit(angle: Float[Tensor, "*batch"]) -> Float[Tensor, "*batch 2"]:
    """Return the unit vector at this angle to the x axis."""
    return torch.stack((angle.cos(), angle.sin()), dim=-1)


def turned(vector: Float[Tensor, "*batch 2"]) -> Float[Tensor, "*batch 2"]:
    """Return the vector turned to the left by a right angle."""
    return torch.stack((-vector[..., 1], vector[..., 0]), dim=-1)


def cross(a: Float[Tensor, "*batch 2"], b: Float[Tensor, "*batch 2"]) -> Float[Tensor, "*batch"]:
    """Return the area of the parallelogram from a to b."""
    return a[..., 0] * b[..., 1] - a[..., 1] * b[..., 0]
