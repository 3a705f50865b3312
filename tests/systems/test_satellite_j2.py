import math
import re

import numpy as np
import pytest
import torch

from src.integrators.reference import reference_motion
from src.systems import orbit
from src.systems.satellite_j2 import SatelliteJ2

from .motions import motion

EARTH = SatelliteJ2()
DAY = 86.4
IN_DEGREES_A_DAY = math.degrees(DAY)


def starts(system, count=300):
    return system.sample_initial(count, torch.Generator().manual_seed(0))


def circle(axis, inclination, system=EARTH):
    """Start in the node on the x axis, as for a circle about a sphere."""
    speed = math.sqrt(system.gravitational_parameter / axis)
    velocity = [0.0, speed * math.cos(inclination), speed * math.sin(inclination)]
    return torch.tensor([axis, 0.0, 0.0, *velocity], dtype=torch.float64)


def plane(x):
    """The vector of the angular momentum."""
    return torch.linalg.cross(x[..., :3], x[..., 3:])


def node(x):
    """The direction of the ascending node, in rad."""
    normal = plane(x)
    return torch.atan2(normal[..., 0], -normal[..., 1])


def test_the_node_of_a_sun_synchronous_orbit_moves_a_degree_a_day():
    """0.9915 degrees from a start in the node, as the slope of the node over a day.

    The first order in J2 gives 0.9872 for the elements of the start. These are not the mean ones,
    and differ from them by the other sign a quarter of a turn further on: the average is met.
    """
    inclination = math.radians(98.2)
    q, p = circle(7.078, inclination).chunk(2)
    quarter = torch.cat((p * q.norm() / p.norm(), -q * p.norm() / q.norm()))
    t = torch.linspace(0, DAY, 201, dtype=torch.float64)
    path = reference_motion(EARTH.field().f, torch.stack((torch.cat((q, p)), quarter)), t)
    slope, _ = np.polyfit(t.numpy(), node(path).numpy(), 1)
    from_node, from_top = slope * IN_DEGREES_A_DAY
    first_order = EARTH.node_rate(7.078, 0.0, inclination) * IN_DEGREES_A_DAY
    assert first_order == pytest.approx(0.9872, abs=5e-5)
    assert from_node == pytest.approx(0.9915, abs=5e-4)
    assert from_node == pytest.approx(first_order, rel=0.01)
    assert (from_node + from_top) / 2 == pytest.approx(first_order, rel=2e-3)


def test_a_year_of_sun_synchronous_motion_is_a_turn():
    """The plane follows the sun: 0.9856 degrees a day, at 98.2 degrees for 7.08 Mm."""
    rate = EARTH.node_rate(7.08, 0.0, math.radians(98.2)) * IN_DEGREES_A_DAY
    assert rate == pytest.approx(360 / 365.2422, rel=2e-3)


def test_planes_through_the_pole_stay_where_they_are():
    end = torch.from_numpy(motion(EARTH, circle(7.078, math.pi / 2), DAY / 6, 1e-9).y[:, -1])
    assert abs(float(node(end))) < 1e-12
    assert EARTH.node_rate(7.078, 0.0, math.pi / 2) == pytest.approx(0.0, abs=1e-15)


def test_a_circle_over_the_equator_is_a_little_faster():
    """Its speed is that of mu (1 + 3/2 J2 R^2 / r^2)."""
    r = 7.0
    excess = 1 + 1.5 * EARTH.j2 * (EARTH.radius / r) ** 2
    x = circle(r, 0.0) * torch.tensor([1, 1, 1, 1, math.sqrt(excess), 1], dtype=torch.float64)
    rate = EARTH.vector_field(x)
    assert float(rate[3]) == pytest.approx(-(float(x[4]) ** 2) / r, rel=1e-13)
    assert rate[4:].abs().max() < 1e-15


def test_the_bulge_attracts_more_over_the_equator_and_less_over_the_poles():
    """By 1 + J2 (R / r)^2 / 2 and by 1 - J2 (R / r)^2 in the potential."""
    r, mu = 7.5, EARTH.gravitational_parameter
    q = r * torch.eye(3, dtype=torch.float64)
    bulge = EARTH.j2 * (EARTH.radius / r) ** 2
    expected = [-mu / r * (1 + bulge / 2)] * 2 + [-mu / r * (1 - bulge)]
    assert EARTH.potential(q).tolist() == pytest.approx(expected, rel=1e-14)


def test_the_field_has_no_sources_outside():
    """Laplace's equation."""
    q = starts(EARTH, 20)[:, :3]
    hessian = torch.func.vmap(torch.func.hessian(EARTH.potential))(q)
    trace = hessian.diagonal(dim1=-2, dim2=-1).sum(-1)
    assert trace.abs().max() < 1e-13 * hessian.abs().max()


def test_only_the_component_along_the_pole_is_conserved():
    x0 = circle(7.078, 1.0)
    end = torch.from_numpy(motion(EARTH, x0, DAY / 12, 1e-10).y[:, -1])
    torch.testing.assert_close(plane(end)[2], plane(x0)[2], rtol=1e-9, atol=0)
    length = plane(torch.stack((x0, end))).norm(dim=-1)
    assert (length[1] / length[0] - 1).abs() > 1e-5


def test_about_a_sphere_orbits_are_those_of_kepler():
    sphere = SatelliteJ2(j2=0.0)
    x0 = starts(sphere, 1)[0]
    place, velocity = orbit.follow(
        x0[:3], x0[3:], sphere.gravitational_parameter, torch.tensor(9.0).double()
    )
    end = torch.from_numpy(motion(sphere, x0, 9.0, 1e-11).y[:, -1])
    torch.testing.assert_close(torch.cat((place, velocity)), end, rtol=0, atol=1e-7)


def test_starts_are_low_orbits_of_every_plane():
    x = starts(EARTH, 2000)
    r, normal = x[:, :3].norm(dim=-1), plane(x)
    assert 6.7 * 0.98 <= float(r.min()) < 6.75 < 7.95 < float(r.max()) <= 8.0 * 1.02
    inclination = (normal[:, 2] / normal.norm(dim=-1)).acos()
    assert float(inclination.min()) < 0.01 < 1.91 < float(inclination.max()) <= 1.92
    assert (x[:, :3] / r[:, None]).mean(0).abs().max() < 0.05
    mu = EARTH.gravitational_parameter
    axis = 1 / (2 / r - x[:, 3:].square().sum(-1) / mu)
    assert 6.7 - 1e-12 <= float(axis.min()) < 6.71 < 7.99 < float(axis.max()) <= 8.0 + 1e-12
    eccentricity = (1 - normal.square().sum(-1) / (mu * axis)).clamp(min=0).sqrt()
    assert 0.0199 < float(eccentricity.max()) <= 0.02 + 1e-12


def test_the_scales_are_those_of_the_middle_orbit():
    assert EARTH.time_scale == pytest.approx(6.2711, rel=1e-3), "1 h 44 min"
    assert math.sqrt(EARTH.radius**3 / EARTH.gravitational_parameter) == pytest.approx(0.8068, 1e-4)
    assert EARTH.energy_scale == pytest.approx(398.6004418 / 14.7)


@pytest.mark.parametrize("value", [0, -1.0, 3.2, math.nan])
def test_inclinations_reach_half_a_turn_at_most(value):
    message = f"system.inclination must be positive and at most pi; got {value} rad."
    with pytest.raises(ValueError, match=re.escape(message)):
        SatelliteJ2(inclination=value)


def test_orbits_must_not_meet_the_ground():
    with pytest.raises(ValueError, match=r"above the ground: .* is 5\.36 Mm, .* is 6\.378137 Mm\."):
        SatelliteJ2(eccentricity=0.2)
