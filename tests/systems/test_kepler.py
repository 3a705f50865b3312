import math

import pytest
import torch

from src.integrators.leapfrog import Leapfrog
from src.integrators.yoshida import Yoshida4
from src.systems import orbit
from src.systems.kepler import Kepler
from src.systems.two_body import TwoBody

from .motions import motion

SYSTEM = Kepler()
MU = 4 * math.pi**2


def starts(system, count=300):
    return system.sample_initial(count, torch.Generator().manual_seed(0))


def pericentre(axis, eccentricity, mu=MU):
    speed = math.sqrt(mu / axis * (1 + eccentricity) / (1 - eccentricity))
    return torch.tensor([axis * (1 - eccentricity), 0, 0, speed], dtype=torch.float64)


def times(*values):
    return torch.tensor(values, dtype=torch.float64)


def size(vector_x, vector_y):
    return torch.hypot(vector_x, vector_y)


def test_the_earth_needs_a_year():
    x0 = pericentre(1.0, 0.0167)
    assert orbit.period(1.0, MU) == pytest.approx(1.0, rel=1e-14)
    torch.testing.assert_close(SYSTEM.exact_flow(x0, times(1.0))[0], x0, rtol=0, atol=1e-12)


@pytest.mark.parametrize("eccentricity", [0.0, 0.3, 0.9, 0.99])
def test_an_ellipse_is_half_run_through_in_half_of_keplers_period(eccentricity):
    x0, ratio = pericentre(1.4, eccentricity), (1 + eccentricity) / (1 - eccentricity)
    end = SYSTEM.exact_flow(x0, times(1.4**1.5 / 2))[0]
    torch.testing.assert_close(end, torch.cat((-ratio * x0[:2], -x0[2:] / ratio)))


@pytest.mark.parametrize("eccentricity", [0.0, 0.4, 0.95])
def test_energy_and_runge_lenz_vector_tell_the_ellipse(eccentricity):
    """E = -mu / 2a, |A| = mu e towards the pericentre, l^2 = mu a (1 - e^2)."""
    x = SYSTEM.exact_flow(pericentre(0.8, eccentricity), times(0.0, 0.1, 0.3, 4.0))
    invariants = SYSTEM.invariants(x)
    torch.testing.assert_close(
        SYSTEM.hamiltonian(x), torch.full((4,), -MU / 1.6, dtype=torch.float64)
    )
    expected = torch.full((4,), MU * eccentricity, dtype=torch.float64)
    torch.testing.assert_close(invariants["runge_lenz_x"], expected, rtol=0, atol=1e-9)
    assert invariants["runge_lenz_y"].abs().max() < 1e-9
    spin = torch.full((4,), math.sqrt(MU * 0.8 * (1 - eccentricity**2)), dtype=torch.float64)
    torch.testing.assert_close(invariants["angular_momentum"], spin)


def test_the_length_of_the_runge_lenz_vector_follows_from_the_other_invariants():
    """|A|^2 = mu^2 + 2 E l^2, whatever the orbit."""
    generator = torch.Generator().manual_seed(1)
    x = torch.randn(50, 4, generator=generator, dtype=torch.float64) * times(1, 1, 6, 6)
    invariants = SYSTEM.invariants(x)
    length = size(invariants["runge_lenz_x"], invariants["runge_lenz_y"])
    square = MU**2 + 2 * SYSTEM.hamiltonian(x) * invariants["angular_momentum"].square()
    torch.testing.assert_close(length.square(), square)


def test_keplers_equation_holds_between_pericentre_and_any_time():
    """M = E - e sin E, with cos E = (1 - r / a) / e."""
    x0, t = pericentre(1.0, 0.6), torch.linspace(0.01, 0.49, 9, dtype=torch.float64)
    distance = SYSTEM.exact_flow(x0, t)[:, :2].norm(dim=-1)
    eccentric = ((1 - distance) / 0.6).acos()
    torch.testing.assert_close(eccentric - 0.6 * eccentric.sin(), 2 * math.pi * t)


@pytest.mark.parametrize("factor", [0.3, 1.0, 1.2, math.sqrt(2), 1.5, 4.0])
def test_the_exact_flow_is_the_motion_on_every_conic(factor):
    """Ellipses, the parabola at the root of two, hyperbolas; there and back again."""
    x0 = pericentre(1.0, 0.0) * times(1, 1, factor, factor)
    end = motion(SYSTEM, x0, 0.4, precision=1e-11).y[:, -1]
    found = SYSTEM.exact_flow(x0, times(0.4))[0]
    torch.testing.assert_close(found, torch.from_numpy(end), rtol=1e-7, atol=1e-7)
    back = SYSTEM.exact_flow(found, times(-0.4))[0]
    torch.testing.assert_close(back, x0, rtol=0, atol=1e-9)


def test_a_parabola_is_run_through_by_barkers_equation():
    """t = sqrt(2 q^3 / mu) (D + D^3 / 3), with D the tangent of half the true anomaly."""
    x0 = times(0.7, 0.0, 0.0, math.sqrt(2 * MU / 0.7))
    tangent = torch.tensor([0.1, 1.0, 5.0], dtype=torch.float64)
    t = math.sqrt(2 * 0.7**3 / MU) * (tangent + tangent**3 / 3)
    x = SYSTEM.exact_flow(x0, t)
    torch.testing.assert_close(torch.atan2(x[:, 1], x[:, 0]) / 2, tangent.atan())
    torch.testing.assert_close(x[:, :2].norm(dim=-1), 0.7 * (1 + tangent.square()))


def test_a_thousand_turns_end_where_they_began():
    x0 = starts(SYSTEM, 20)
    axis = -MU / (2 * SYSTEM.hamiltonian(x0))
    turns = torch.cat(orbit.follow(x0[:, :2], x0[:, 2:], MU, 1000 * axis**1.5), dim=-1)
    torch.testing.assert_close(turns, x0, rtol=0, atol=1e-9)


def test_the_distance_of_two_bodies_moves_as_one():
    bodies = TwoBody(mass_1=3.0, mass_2=0.5, gravitation=2.0, speed_spread=0.3)
    x0 = starts(bodies, 2)
    one = Kepler(gravitational_parameter=2.0 * 3.5)

    def relative(x):
        return torch.cat((x[..., 0:2] - x[..., 2:4], x[..., 4:6] / 3.0 - x[..., 6:8] / 0.5), -1)

    expected = one.exact_flow(relative(x0), times(2.5))[0]
    for start, end in zip(x0, expected, strict=True):
        found = relative(torch.from_numpy(motion(bodies, start, 2.5, 1e-10).y[:, -1]))
        torch.testing.assert_close(found, end, rtol=0, atol=1e-7)
    assert bodies.period(1.7) == orbit.period(1.7, one.gravitational_parameter)


def energy_error(integrator, turns):
    """Of steps of T / 500 on an ellipse of e = 0.6, as a fraction."""
    x0 = pericentre(1.0, 0.6)
    t = torch.arange(500 * turns + 1, dtype=torch.float64) / 500
    x = integrator.integrate(SYSTEM, x0[None], t).x[:, 0]
    spin = SYSTEM.invariants(x)["angular_momentum"]
    assert ((spin - spin[0]) / spin[0]).abs().max() < 1e-13 * math.sqrt(turns)
    energy = SYSTEM.hamiltonian(x)
    return float(((energy - energy[0]) / energy[0]).abs().max())


def test_leapfrog_and_yoshida_keep_the_energy_as_well_as_they_should():
    """Symplectic errors come back to nothing with every turn: few turns tell of many."""
    assert energy_error(Leapfrog(), 2) == pytest.approx(1.2e-3, rel=0.05)
    assert energy_error(Yoshida4(), 2) == pytest.approx(2.5e-6, rel=0.05)


@pytest.mark.slow
def test_fifty_turns_of_leapfrog_err_no_more_than_two():
    assert energy_error(Leapfrog(), 50) == pytest.approx(1.2e-3, rel=0.05)


def test_starts_are_ellipses_of_the_ranges_in_every_direction():
    x = starts(SYSTEM, 2000)
    invariants = SYSTEM.invariants(x)
    axis = -MU / (2 * SYSTEM.hamiltonian(x))
    eccentricity = size(invariants["runge_lenz_x"], invariants["runge_lenz_y"]) / MU
    assert 0.5 <= float(axis.min()) < 0.51 < 1.99 < float(axis.max()) <= 2.0 + 1e-12
    assert float(eccentricity.min()) < 0.01 < 0.59 < float(eccentricity.max()) <= 0.6
    assert (invariants["angular_momentum"] > 0).all()
    assert (invariants["runge_lenz_x"] / MU).mean().abs() < 0.03
    assert (x[:, :2] / x[:, :2].norm(dim=-1, keepdim=True)).mean(0).abs().max() < 0.05


def test_the_scales_are_those_of_the_middle_orbit():
    assert SYSTEM.time_scale == pytest.approx(1.25**1.5)
    assert SYSTEM.energy_scale == pytest.approx(MU / 2.5)
