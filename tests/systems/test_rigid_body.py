"""Euler's equations against their solutions in closed form."""

import math

import pytest
import torch
from scipy.special import ellipk

from src.integrators.implicit_midpoint import ImplicitMidpoint
from src.integrators.reference import reference_motion
from src.mechanics.poisson import poisson_map_defect
from src.mechanics.symplectic import jacobian
from src.systems.rigid_body import RigidBody

BODY = RigidBody()


def times(*values):
    return torch.tensor(values, dtype=torch.float64)


def follow(system, x0, t):
    return reference_motion(system.field().f, x0, t)


def test_a_symmetric_top_precesses_at_the_rate_of_its_axis():
    """l turns about the third axis by ``l3 (1/I3 - 1/I1)``."""
    top = RigidBody(inertia_1=1.5, inertia_2=1.5, inertia_3=0.4)
    x0 = times(0.7, 0.0, 1.1).unsqueeze(0)
    t = torch.linspace(0, 10, 21, dtype=torch.float64)
    rate = 1.1 * (1 / 0.4 - 1 / 1.5)
    expected = torch.stack((0.7 * (rate * t).cos(), -0.7 * (rate * t).sin(), 0 * t + 1.1), -1)
    torch.testing.assert_close(follow(top, x0, t)[:, 0], expected, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("start", [(0.3, 0.2, 1.4), (1.0, 0.4, 0.1)], ids=["third", "first"])
def test_the_period_is_that_of_the_elliptic_functions(start):
    """Landau and Lifshitz, Mechanics, 3rd ed., section 37, eq. (37.11), for l^2 > 2 E I_2.

    Otherwise the axes 1 and 3 change places.
    """
    x0 = times(*start).unsqueeze(0)
    energy, square = float(BODY.hamiltonian(x0)), float(x0.square().sum())
    i1, i2, i3 = BODY.inertia
    if square < 2 * energy * i2:
        i1, i3 = i3, i1
    reach = (i3 - i2) * (square - 2 * energy * i1)
    modulus = (i2 - i1) * (2 * energy * i3 - square) / reach
    period = 4 * ellipk(modulus) * math.sqrt(i1 * i2 * i3 / reach)
    path = follow(BODY, x0, times(0, period / 2, period))[:, 0]
    torch.testing.assert_close(path[2], path[0], rtol=1e-12, atol=1e-12)
    assert (path[1] - path[0]).norm() > 0.3


def test_turning_about_the_middle_axis_is_unstable_and_about_the_others_is_not():
    slopes = jacobian(BODY.vector_field, torch.eye(3, dtype=torch.float64))
    rates = torch.linalg.eigvals(slopes).real.amax(-1)
    expected = math.sqrt((1 / 1 - 1 / 2) * (1 / 2 - 1 / 3))
    assert rates.tolist() == pytest.approx([0, expected, 0], abs=1e-12)


@pytest.mark.parametrize("steps", [500, pytest.param(5000, marks=pytest.mark.slow)])
def test_gauss_methods_keep_energy_and_length_to_rounding(steps):
    x0 = torch.stack((times(1.0, 0.5, -0.3), times(0.45, 0.0, 0.9), times(0.2, 1.0, 0.1)))
    t = 0.1 * torch.arange(steps + 1, dtype=torch.float64)
    path = ImplicitMidpoint(step=0.1).integrate(BODY, x0, t).x
    energy, square = BODY.hamiltonian(path), path.square().sum(-1)
    assert (energy - energy[0]).abs().max() < 5e-14
    assert (square - square[0]).abs().max() < 2e-13
    assert (path[10] - follow(BODY, x0, t[:11])[-1]).abs().max() < 1e-2


def test_the_midpoint_rule_does_not_keep_the_brackets_and_the_flow_does():
    """J depends on the state: only quadratic invariants are kept, see ``Canonical``."""
    method = ImplicitMidpoint(step=0.5)
    x0 = torch.eye(3, dtype=torch.float64) + 0.3
    t = times(0, 0.5)
    for flow, kept in (
        (lambda y: method.integrate(BODY, y, t).x[-1], False),
        (lambda y: follow(BODY, y, t)[-1], True),
    ):
        h = 1e-4
        steps = h * torch.eye(3, dtype=torch.float64)
        slopes = torch.stack([(flow(x0 + s) - flow(x0 - s)) / (2 * h) for s in steps], -1)
        defect = poisson_map_defect(BODY.structure, x0, flow(x0), slopes)
        assert (defect < 1e-7).all() == kept


def test_the_arrow_of_the_sketch_is_the_angular_momentum_among_the_axes():
    x = torch.eye(3, dtype=torch.float64) * math.sqrt(6)
    sketch = BODY.sketch(x)
    torch.testing.assert_close(sketch.points[:, 4], sketch.points[0, 1:4], rtol=1e-12, atol=0)
