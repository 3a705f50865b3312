"""How a person would draw a system."""

from __future__ import annotations

from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor

from ..mechanics.state import split_state


class Sketch(NamedTuple):
    """Where the parts of a system are in a plane, over states of any batch shape."""

    points: Float[Tensor, "*batch points 2"]
    """Bodies, joints and pivots."""
    links: tuple[tuple[int, int], ...] = ()
    """Rods and springs, by the indices of the points that they join."""
    fixed: tuple[int, ...] = ()
    """Points that never move, such as pivots."""
    axes: tuple[str, str] = ("x (m)", "y (m)")
    """What the two directions are."""


def phase_planes(x: Float[Tensor, "*batch state"]) -> Sketch:
    """Return a point ``(q_i, p_i)`` for each degree of freedom: what every system has."""
    return Sketch(torch.stack(split_state(x), dim=-1), axes=("q", "p"))


def chain(
    joints: Float[Tensor, "*batch joints 2"], origin: tuple[float, float] = (0.0, 0.0)
) -> Sketch:
    """Return points that hang one from the other, the first from a fixed one."""
    start = joints.new_tensor(origin).expand(*joints.shape[:-2], 1, 2)
    count = joints.shape[-2]
    links = tuple((i, i + 1) for i in range(count))
    return Sketch(torch.cat((start, joints), dim=-2), links, fixed=(0,))


def hanging(
    angles: Float[Tensor, "*batch rods"], lengths: Float[Tensor, "*#batch rods"]
) -> Float[Tensor, "*batch rods 2"]:
    """Return the ends of rods one after the other, from angles to the downward vertical."""
    steps = torch.stack((lengths * angles.sin(), -lengths * angles.cos()), dim=-1)
    return steps.cumsum(dim=-2)
