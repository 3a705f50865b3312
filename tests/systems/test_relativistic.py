"""The relativistic systems against special relativity in closed form, and the LNN paper's law."""

import pytest
import torch

from src.mechanics.lagrangian import euler_lagrange_acceleration
from src.mechanics.state import split_state
from src.systems.charged_particle_b import ChargedParticleB
from src.systems.relativistic_charged_b import RelativisticChargedB
from src.systems.relativistic_lnn_paper import RelativisticLNNPaper
from src.systems.relativistic_particle import RelativisticParticle

from .motions import motion

PARTICLE = RelativisticParticle(mass=1.3, force=0.7, light_speed=1.6)
PAPER = RelativisticLNNPaper(acceleration=1.4)
CHARGE = RelativisticChargedB(mass=1.3, charge=0.7, magnetic_field=2.1, light_speed=1.6)
SPEEDS = torch.tensor([-0.97, -0.5, 0.0, 0.1, 0.8, 0.99], dtype=torch.float64)


def at_speed(speeds):
    return torch.stack((0.3 * torch.ones_like(speeds), speeds), dim=-1)


def starts(system, count=20):
    return system.sample_initial(count, torch.Generator().manual_seed(0))


def test_from_rest_the_motion_is_hyperbolic():
    t = torch.tensor([0.0, 0.5, 2.0, 20.0], dtype=torch.float64)
    path = PARTICLE.exact_flow(torch.zeros(2, dtype=t.dtype), t)
    pull = 0.7 / 1.3 * t
    torch.testing.assert_close(
        PARTICLE.to_velocity(path)[:, 1], pull / (1 + (pull / 1.6).square()).sqrt()
    )
    expected = 1.6**2 * 1.3 / 0.7 * ((1 + (pull / 1.6).square()).sqrt() - 1)
    torch.testing.assert_close(path[:, 0], expected)


def test_the_acceleration_falls_with_the_cube_of_the_lorentz_factor():
    system = RelativisticParticle(force=0.7)
    acceleration = euler_lagrange_acceleration(system.lagrangian, at_speed(SPEEDS))[:, 0]
    torch.testing.assert_close(acceleration, 0.7 * (1 - SPEEDS.square()) ** 1.5)


def test_momentum_and_energy_are_those_of_special_relativity():
    v = 1.6 * SPEEDS
    x = PARTICLE.to_canonical(at_speed(v))
    gamma = (1 - SPEEDS.square()).rsqrt()
    torch.testing.assert_close(x[:, 1], 1.3 * gamma * v)
    energy = PARTICLE.hamiltonian(x) + 0.7 * 0.3 + 1.3 * 1.6**2
    torch.testing.assert_close(energy, 1.3 * 1.6**2 * gamma)
    torch.testing.assert_close(energy.square(), 1.3**2 * 1.6**4 + (1.6 * x[:, 1]).square())


def test_slow_particles_keep_their_small_energies():
    p = torch.tensor([[0.0, 1e-9]], dtype=torch.float64)
    kinetic = PARTICLE.hamiltonian(p)
    assert float(kinetic) == pytest.approx(1e-18 / 2.6, rel=1e-12)


def test_starts_have_speeds_up_to_the_largest_one():
    speed = PARTICLE.to_velocity(starts(PARTICLE, 3000))[:, 1] / 1.6
    assert -0.99 <= float(speed.min()) < -0.98
    assert 0.98 < float(speed.max()) <= 0.99
    assert abs(float(speed.mean())) < 0.03


def test_the_law_of_the_paper_is_that_of_its_code():
    acceleration = euler_lagrange_acceleration(PAPER.lagrangian, at_speed(SPEEDS))[:, 0]
    square = SPEEDS.square()
    torch.testing.assert_close(acceleration, 1.4 * (1 - square) ** 2.5 / (1 + 2 * square))


def test_the_law_of_the_paper_is_not_special_relativity():
    """They agree at rest alone: the paper's particle already lags at half the speed of light."""
    ours = RelativisticParticle(force=1.4)
    both = [
        euler_lagrange_acceleration(system.lagrangian, at_speed(SPEEDS))[:, 0]
        for system in (ours, PAPER)
    ]
    ratio = both[1] / both[0]
    torch.testing.assert_close(ratio, (1 - SPEEDS.square()) / (1 + 2 * SPEEDS.square()))
    assert float(ratio[1]) == pytest.approx(0.5)


def test_energy_and_momentum_of_the_paper():
    gamma = (1 - SPEEDS.square()).rsqrt()
    x = PAPER.to_canonical(at_speed(SPEEDS))
    torch.testing.assert_close(x[:, 1], gamma**3 * SPEEDS)
    torch.testing.assert_close(
        PAPER.hamiltonian(x) + 1.4 * 0.3, gamma**3 - 2 * gamma + 1, atol=1e-12, rtol=1e-10
    )
    torch.testing.assert_close(PAPER.to_velocity(x)[:, 1], SPEEDS)


def test_the_papers_speed_has_momenta_that_outweigh_all_others():
    fastest = PAPER.to_canonical(torch.tensor([[0.0, 0.9], [0.0, 0.99]], dtype=torch.float64))
    assert fastest[:, 1].tolist() == pytest.approx([10.87, 352.7], rel=1e-3)


@pytest.mark.parametrize("system", [PARTICLE, PAPER, RelativisticLNNPaper(speed=0.1, position=0.1)])
def test_higher_energies_are_drawn_evenly_above_the_largest_of_training(system):
    energy = system.hamiltonian(system.sample_higher_energy(2000, torch.Generator().manual_seed(0)))
    fastest = torch.tensor([-system.position, system.speed * system.limit])
    highest = float(system.hamiltonian(system.to_canonical(fastest.double())))
    assert highest <= float(energy.min()) < 1.01 * highest
    assert 1.19 * highest < float(energy.max()) <= 1.2 * highest
    assert float(energy.mean()) == pytest.approx(1.1 * highest, rel=0.01)


def test_fast_charges_turn_more_slowly():
    x = starts(CHARGE)
    gamma = CHARGE.gamma(x)
    _, v = split_state(CHARGE.to_velocity(x))
    torch.testing.assert_close(gamma, (1 - v.square().sum(-1) / 1.6**2).rsqrt())
    _, acceleration = split_state(CHARGE.velocity_rate(x, CHARGE.vector_field(x)))
    rate = acceleration[:, :2].norm(dim=-1) / v[:, :2].norm(dim=-1)
    torch.testing.assert_close(rate, 0.7 * 2.1 / (gamma * 1.3))


def test_the_energy_of_a_charge_is_that_of_its_lorentz_factor_and_both_are_kept():
    x = starts(CHARGE)
    torch.testing.assert_close(CHARGE.hamiltonian(x), 1.3 * 1.6**2 * (CHARGE.gamma(x) - 1))
    end = motion(CHARGE, x[0], 3.0).y[:, -1]
    expected = CHARGE.exact_flow(x[0], torch.tensor([3.0], dtype=x.dtype))[0]
    assert end == pytest.approx(expected.numpy(), abs=1e-7)
    assert CHARGE.gamma(torch.from_numpy(end)) == pytest.approx(float(CHARGE.gamma(x[0])))


def test_where_light_is_much_faster_the_charge_is_a_slow_one():
    slow = ChargedParticleB(mass=1.3, charge=0.7, magnetic_field=2.1)
    fast = RelativisticChargedB(mass=1.3, charge=0.7, magnetic_field=2.1, light_speed=1e6)
    x = slow.sample_initial(20, torch.Generator().manual_seed(0))
    torch.testing.assert_close(fast.vector_field(x), slow.vector_field(x))
    torch.testing.assert_close(fast.hamiltonian(x), slow.hamiltonian(x))
