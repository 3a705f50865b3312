"""What astronomers ask of an orbit."""

from __future__ import annotations

import math

import torch
from jaxtyping import Float
from torch import Tensor

from .passages import at, rises, unwrapped


def pericentres(
    t: Float[Tensor, " time"],
    position: Float[Tensor, "time axes"],
    velocity: Float[Tensor, "time axes"],
) -> Float[Tensor, " passages"]:
    """Return the times of the passages nearest to the centre in the origin."""
    return rises(t, (position * velocity).sum(-1))


def orbital_period(t: Float[Tensor, " time"], position: Float[Tensor, "time 2"]) -> float | None:
    """Return the mean time of a turn about the centre, in the unit of t; None before a whole one.

    From the direction to the body alone: circles, which have no pericentre, have a period as well.
    """
    angle = unwrapped(torch.atan2(position[:, 1], position[:, 0]))
    turned = (angle - angle[0]) * (angle[-1] - angle[0]).sign() / (2 * torch.pi)
    turns = math.floor(float(turned[-1]))
    return float(rises(t, turned - turns)[-1] - t[0]) / turns if turns > 0 else None


def apsidal_advance(
    t: Float[Tensor, " time"], position: Float[Tensor, "time 2"], velocity: Float[Tensor, "time 2"]
) -> float | None:
    """Return by how much the pericentre moves on from one passage to the next, in rad.

    In the direction of the motion: the angle from pericentre to pericentre less a turn. None
    without two passages. Nothing is assumed of the attraction.
    """
    times = pericentres(t, position, velocity)
    if len(times) < 2:
        return None
    angle = unwrapped(torch.atan2(position[:, 1], position[:, 0]))
    swept = at(t, angle, times)
    return float((swept[-1] - swept[0]).abs() / (len(times) - 1)) - 2 * torch.pi


def node_rate(
    t: Float[Tensor, " time"], position: Float[Tensor, "time 3"], velocity: Float[Tensor, "time 3"]
) -> float:
    """Return the mean rate at which the plane of an orbit turns about z, in rad per unit of t.

    The node, where the orbit rises through the plane z = 0, is at a right angle to the angular
    momentum; its angle is fitted by a line, so that what oscillates with each turn averages out.
    """
    spin = torch.linalg.cross(position, velocity)
    node = unwrapped(torch.atan2(spin[:, 0], -spin[:, 1]))
    late = t - t.mean()
    return float((late * (node - node.mean())).sum() / late.square().sum())
