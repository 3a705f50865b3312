import math

import pytest
import torch

from src.mechanics.state import split_state
from src.systems.gyroscope import Gyroscope
from src.systems.lagrange_top import LagrangeTop

from .motions import motion

SYSTEM = Gyroscope(mass=0.2, moments=[0.02, 0.02, 0.005], arm=0.3)


def test_with_equal_moments_it_is_a_lagrange_top():
    """The axis goes the same way, though one has angles and the other four points."""
    across = SYSTEM.inertia[0] + SYSTEM.mass * SYSTEM.arm**2
    weight = SYSTEM.mass * SYSTEM.gravity * SYSTEM.arm
    top = LagrangeTop(inertia_1=across, inertia_3=SYSTEM.inertia[2], weight=weight)
    tilt, turn, spin = 1.1, 0.7, 50.0
    axis = torch.tensor([0.0, math.sin(tilt), math.cos(tilt)]).double()
    sideways = torch.linalg.cross(torch.tensor([1.0, 0.0, 0.0]).double(), axis)
    # Its angles tilt about x, so that the axis leans towards -y: half a turn about the vertical.
    first = torch.tensor([1.0, 0.0, 0.0]).double()
    axes = torch.stack((first, -sideways, axis), dim=-1)
    vertical = torch.tensor([0.0, 0.0, 1.0]).double()
    x0 = SYSTEM.about_pivot(axes, turn * vertical + spin * axis)
    y0 = top.to_canonical(torch.tensor([tilt, math.pi, 0.0, 0.0, turn, spin]).double())
    points, angles = motion(SYSTEM, x0, 1.5).y[:, -1], motion(top, y0, 1.5).y[:, -1]
    theta, phi = angles[:2]
    expected = [math.sin(theta) * math.sin(phi), -math.sin(theta) * math.cos(phi), math.cos(theta)]
    assert points[:3] / SYSTEM.arm == pytest.approx(expected, abs=1e-6)
    assert abs(theta - tilt) > 1e-3
    assert float(SYSTEM.invariants(x0)["L_z"]) == pytest.approx(float(y0[4]))


def test_hanging_it_swings_as_a_physical_pendulum():
    """A small tilt without spin: omega^2 = m g l / (I + m l^2)."""
    size = 1e-5
    axis = torch.tensor([size, 0.0, -1.0]).double()
    axis = axis / axis.norm()
    second = torch.tensor([0.0, 1.0, 0.0]).double()
    axes = torch.stack((torch.linalg.cross(second, axis), second, axis), dim=-1)
    x = SYSTEM.about_pivot(axes, torch.zeros(3).double())
    rate = SYSTEM.velocity_rate(x, SYSTEM.vector_field(x))
    inertia = SYSTEM.inertia[1] + SYSTEM.mass * SYSTEM.arm**2
    squared = SYSTEM.mass * SYSTEM.gravity * SYSTEM.arm / inertia
    acceleration = split_state(rate)[1]
    assert float(acceleration[0]) == pytest.approx(-squared * SYSTEM.arm * size, rel=1e-6)
    assert float(SYSTEM.hamiltonian(x)) == pytest.approx(0, abs=1e-9)


@pytest.mark.parametrize("moments", [(1.0, 2.0), (1.0, -2.0, 3.0)])
def test_moments_that_no_body_has_are_refused(moments):
    with pytest.raises(ValueError, match=r"system.moments must hold three positive values; got"):
        Gyroscope(moments=moments)
