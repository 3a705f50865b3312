import math

import pytest
import torch

from src.systems.coulomb_scatter import CoulombScatter

from .motions import motion

SYSTEM = CoulombScatter(mass=1.3, strength=0.7)


def starts(system, count=500):
    return system.sample_initial(count, torch.Generator().manual_seed(0))


@pytest.mark.parametrize("offset", [0.2, 0.7, 3.0])
def test_the_deflection_is_rutherfords(offset):
    """From far away on both sides; what is left of the force there bends little."""
    far = 2000.0
    x0 = torch.tensor([-far, offset, 1.3, 0.0], dtype=torch.float64)
    end = motion(SYSTEM, x0, 2 * far).y[:, -1]
    assert math.atan2(end[3], end[2]) == pytest.approx(SYSTEM.deflection(1.0, offset), abs=2e-3)


def test_the_deflection_is_a_right_angle_where_the_offset_is_the_length_of_the_force():
    assert CoulombScatter().deflection(speed=1.0, offset=1.0) == pytest.approx(math.pi / 2)


@pytest.mark.parametrize("offset", [0.0, 0.7])
def test_the_least_distance_follows_from_energy_and_angular_momentum(offset):
    x0 = torch.tensor([-2000.0, offset, 1.3, 0.0], dtype=torch.float64)
    path = torch.from_numpy(motion(SYSTEM, x0, 2100.0, precision=1e-9).y)
    nearest = float(path[:2].norm(dim=0).min())
    assert nearest == pytest.approx(SYSTEM.closest(1.0, offset), rel=2e-2)


def test_the_runge_lenz_vector_has_the_length_that_energy_and_angular_momentum_give():
    """|A|^2 = m^2 k^2 + 2 m E L^2, as for Kepler's orbits with the other sign of k."""
    x = starts(SYSTEM)
    kept = SYSTEM.invariants(x)
    square = kept["runge_lenz_x"].square() + kept["runge_lenz_y"].square()
    turning = kept["angular_momentum"].square()
    expected = (1.3 * 0.7) ** 2 + 2 * 1.3 * SYSTEM.hamiltonian(x) * turning
    torch.testing.assert_close(square, expected)


def test_starts_fly_towards_the_centre_and_miss_it_by_the_offset_at_most():
    x = starts(SYSTEM)
    q, p = x[:, :2], x[:, 2:]
    assert ((q * p).sum(-1) < 0).all()
    offset = SYSTEM.invariants(x)["angular_momentum"] / p.norm(dim=-1)
    assert offset.abs().max() <= 2.0
    assert offset.min() < -1.9
    assert offset.max() > 1.9


def test_default_starts_keep_away_from_the_centre():
    """No start is faster, so none comes nearer than one that flies at the centre from afar."""
    fastest = math.hypot(2.0, math.sqrt(2 * 1.0 / 5.0))
    assert CoulombScatter().closest(fastest, 0.0) > 0.05


def test_lines_that_miss_by_more_than_the_distance_are_refused():
    with pytest.raises(ValueError, match=r"system.offset must be at most system.distance = 5.0 m"):
        CoulombScatter(offset=6.0)
