"""Motions that meet lines at a right angle."""

import math

import torch

from src.boundary.characteristics import Box
from src.boundary.fan import transversal_fan

START = torch.tensor([0.0, 1.0], dtype=torch.float64)


def half_plane(x, t=None):
    """Geodesics of the hyperbolic plane y > 0: half circles about points of its edge."""
    y, p = x[..., 1], x[..., 2:]
    return y.square() * p.square().sum(-1) / 2


def fan(level=0.5, domain=None):
    angle = torch.linspace(0.1, 1.3, 3, dtype=torch.float64)
    directions = torch.stack((angle.cos(), angle.sin()), dim=-1)
    return transversal_fan(half_plane, START, directions, level, 6 / math.sqrt(level), domain)


def test_members_end_on_top_of_their_circles_at_the_hyperbolic_distance():
    """At any energy: momenta, and the action with them, grow by its root, and places do not."""
    level = 2.0
    found = fan(level)
    k, top = found.q.T
    # A circle about (k, 0) through (0, 1); the distance from its top is that of the angles.
    torch.testing.assert_close(top.square(), 1 + k.square(), rtol=0, atol=1e-11)
    distance = found.reduced_action / math.sqrt(2 * level)
    torch.testing.assert_close(distance, torch.asinh(k), rtol=0, atol=1e-11)


def test_members_that_leave_the_domain_or_find_no_end_have_none():
    near = Box(torch.tensor([-1.0, 0.5, -9, -9]), torch.tensor([1.0, 1.2, 9, 9]))
    inside = fan(domain=near).q
    assert inside[0].isfinite().all()
    assert inside[-1].isnan().all()
    upwards = torch.tensor([[0.0, 1.0]], dtype=torch.float64)
    assert transversal_fan(half_plane, START, upwards, 0.5, 6.0).q.isnan().all()
