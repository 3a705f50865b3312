"""Magnetic fields, and the motion in a uniform one."""

from __future__ import annotations

import torch
from jaxtyping import Float
from torch import Tensor

from ..mechanics.state import StateSpec

SPACE = StateSpec(positions=("x", "y", "z"), angular=(False, False, False))
"""Cartesian positions, in m, and their momenta, in kg m/s."""


def symmetric_gauge(q: Float[Tensor, "*batch 3"], strength: float) -> Float[Tensor, "*batch 3"]:
    """Return ``strength / 2 (-y, x, 0)``: the potential of a uniform field along z.

    Of the potentials of this field it is the one that turns with the particle about the axis.
    """
    x, y, z = q.unbind(-1)
    return strength / 2 * torch.stack((-y, x, torch.zeros_like(z)), dim=-1)


def about_the_axis(
    q: Float[Tensor, "*batch 3"], p: Float[Tensor, "*batch 3"]
) -> Float[Tensor, "*batch"]:
    """Return ``x p_y - y p_x``, the canonical angular momentum about z, in J s."""
    return q[..., 0] * p[..., 1] - q[..., 1] * p[..., 0]


def helix(
    q: Float[Tensor, "*batch 3"],
    v: Float[Tensor, "*batch 3"],
    rate: Float[Tensor, "*batch"],
    t: Float[Tensor, ...],
) -> tuple[Float[Tensor, "time *batch 3"], Float[Tensor, "time *batch 3"]]:
    """Return positions and velocities at ``t`` of a motion about a uniform field along z.

    ``t`` is ``[time, 1, ...]``, with as many axes of one as the batch has axes.

    ``dvx/dt = rate vy``, ``dvy/dt = -rate vx``, with a rate in rad/s that is not zero: a positive
    charge turns clockwise about its field.
    """
    (x, y, z), (vx, vy, vz) = q.unbind(-1), v.unbind(-1)
    sin, cos = (rate * t).sin(), (rate * t).cos()
    # 1 - cos, without its cancellation at short times.
    versine = 2 * (rate * t / 2).sin().square()
    position = (
        x + (vx * sin + vy * versine) / rate,
        y + (vy * sin - vx * versine) / rate,
        z + vz * t,
    )
    velocity = (vx * cos + vy * sin, vy * cos - vx * sin, vz.expand_as(sin))
    return torch.stack(position, dim=-1), torch.stack(velocity, dim=-1)
