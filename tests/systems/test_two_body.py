import math

import pytest
import torch

from src.systems.two_body import TwoBody

from .motions import motion

SYSTEM = TwoBody()
UNEQUAL = TwoBody(mass_1=3.0, mass_2=0.5, gravitation=2.0)


def starts(system, count=300):
    return system.sample_initial(count, torch.Generator().manual_seed(0))


def distance(x):
    return (x[..., 0:2] - x[..., 2:4]).norm(dim=-1)


def ellipse(system, axis, eccentricity):
    """Start at the pericentre of an orbit with this semi-major axis, about the origin."""
    total = system.mass_1 + system.mass_2
    gap = axis * (1 - eccentricity)
    speed = math.sqrt(system.gravitation * total / axis * (1 + eccentricity) / (1 - eccentricity))
    momentum = system.mass_1 * system.mass_2 / total * speed
    first, second = gap * system.mass_2 / total, -gap * system.mass_1 / total
    return torch.tensor([first, 0, second, 0, 0, momentum, 0, -momentum], dtype=torch.float64)


def test_an_ellipse_is_half_run_through_in_half_of_keplers_period():
    """At the other end the distance is (1 + e) / (1 - e) times larger, and the speed smaller."""
    x0 = ellipse(UNEQUAL, axis=1.4, eccentricity=0.4)
    end = motion(UNEQUAL, x0, UNEQUAL.period(1.4) / 2, precision=1e-9).y[:, -1]
    ratio = 1.4 / 0.6
    assert end[:4] == pytest.approx(-ratio * x0[:4].numpy(), abs=1e-7)
    assert end[4:] == pytest.approx(-x0[4:].numpy() / ratio, abs=1e-7)
    assert UNEQUAL.period(1.4) == pytest.approx(2 * math.pi * math.sqrt(1.4**3 / (2.0 * 3.5)))


@pytest.mark.parametrize("eccentricity", [0.0, 0.4, 0.9])
def test_the_energy_depends_on_the_semi_major_axis_alone(eccentricity):
    energy = UNEQUAL.hamiltonian(ellipse(UNEQUAL, 1.4, eccentricity))
    assert float(energy) == pytest.approx(-2.0 * 3.0 * 0.5 / (2 * 1.4), rel=1e-12)


def test_the_distance_moves_as_one_body():
    """Newton: the relative acceleration is -G (m1 + m2) r / |r|^3."""
    x = starts(UNEQUAL)
    rate = UNEQUAL.vector_field(x)
    acceleration = rate[:, 4:6] / UNEQUAL.mass_1 - rate[:, 6:8] / UNEQUAL.mass_2
    expected = -2.0 * 3.5 * (x[:, 0:2] - x[:, 2:4]) / distance(x)[:, None] ** 3
    torch.testing.assert_close(acceleration, expected)


def test_starts_have_their_centre_of_mass_at_rest_in_the_origin():
    x = starts(UNEQUAL)
    assert (3.0 * x[:, 0:2] + 0.5 * x[:, 2:4]).abs().max() < 1e-14
    invariants = UNEQUAL.invariants(x)
    assert invariants["momentum_x"].abs().max() < 1e-14
    assert invariants["momentum_y"].abs().max() < 1e-14
    assert (invariants["angular_momentum"] > 0).all()


def test_starts_without_spread_are_circular_orbits():
    system = TwoBody(mass_1=3.0, mass_2=0.5, speed_spread=0.0)
    x = starts(system)
    torch.testing.assert_close(system.hamiltonian(x), -1.5 / (2 * distance(x)))
    velocity = system.vector_field(x)[:, 0:2] - system.vector_field(x)[:, 2:4]
    assert ((x[:, 0:2] - x[:, 2:4]) * velocity).sum(-1).abs().max() < 1e-14


def test_starts_point_everywhere_within_the_range_of_radii():
    x = starts(SYSTEM, 2000)
    radius = x[:, 0:2].norm(dim=-1)
    assert 0.5 <= float(radius.min()) < 0.51 < 1.49 < float(radius.max()) <= 1.5
    assert (x[:, 0:2] / radius[:, None]).mean(0).abs().max() < 0.05


def test_the_speed_is_that_of_the_hnn_paper():
    """Equal unit masses at radius r move at 1 / (2 sqrt r)."""
    x = starts(TwoBody(speed_spread=0.0))
    torch.testing.assert_close(x[:, 4:6].norm(dim=-1), 0.5 * x[:, 0:2].norm(dim=-1) ** -0.5)


def test_the_scales_are_those_of_the_middle_orbit():
    assert SYSTEM.energy_scale == pytest.approx(0.25)
    assert SYSTEM.time_scale == pytest.approx(4 * math.pi)
