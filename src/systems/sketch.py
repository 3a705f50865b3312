"""How a person would draw a system."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
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
    trails: bool = True
    """Whether points that move leave a trail."""

    def beside(self, line: Float[Tensor, "*batch fixed 2"]) -> Sketch:
        """Return the same beside a line of points that never move."""
        before, more = self.points.shape[-2], line.shape[-2]
        added = range(before, before + more)
        return self._replace(
            points=torch.cat((self.points, line), dim=-2),
            links=self.links + tuple(pairwise(added)),
            fixed=self.fixed + tuple(added),
        )


def places(
    names: Sequence[str],
    q: Float[Tensor, "*batch dof"],
    landmarks: Sequence[tuple[float, float]] = (),
) -> Sketch | None:
    """Return bodies in a plane, read from the names of their Cartesian coordinates.

    ``x`` and ``y`` are one body, ``x1``, ``y1``, ``x2``, ``y2`` two; without y they lie on a line,
    and space is seen along z. ``landmarks`` are fixed points beside them. None where the
    coordinates are others.
    """
    bodies = [name[1:] for name in names if name.startswith("x")]
    numbered = all(name[:1] in set("xyz") and not name[1:].strip("0123456789") for name in names)
    if not bodies or not numbered:
        return None
    column = {name: q[..., i] for i, name in enumerate(names)}
    points = [
        torch.stack((column[f"x{body}"], column.get(f"y{body}", 0 * q[..., 0])), dim=-1)
        for body in bodies
    ]
    fixed = [q.new_tensor(mark).expand(*q.shape[:-1], 2) for mark in landmarks]
    return Sketch(
        torch.stack((*fixed, *points), dim=-2), fixed=tuple(range(len(fixed))), axes=("x", "y")
    )


def bars(values: Float[Tensor, "*batch bars"], axes: tuple[str, str]) -> Sketch:
    """Return a bar for each value, side by side."""
    count = values.shape[-1]
    foot = torch.arange(count, dtype=values.dtype, device=values.device).expand(values.shape)
    feet, tops = (torch.stack((foot, height), dim=-1) for height in (0 * values, values))
    links = tuple((i, count + i) for i in range(count))
    return Sketch(torch.cat((feet, tops), dim=-2), links, tuple(range(count)), axes, trails=False)


def curve(
    at: Float[Tensor, " points"], values: Float[Tensor, "*batch points"], axes: tuple[str, str]
) -> Sketch:
    """Return a curve through values at fixed places."""
    points = torch.stack((at.expand(values.shape), values), dim=-1)
    return Sketch(points, tuple((i, i + 1) for i in range(len(at) - 1)), axes=axes, trails=False)


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
