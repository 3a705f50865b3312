import math

import pytest
import torch

from src.systems.spring_pendulum import SpringPendulum

from .motions import motion

SYSTEM = SpringPendulum()


def test_the_spring_is_twice_as_fast_as_the_swing_at_the_resonance():
    swing, spring = SpringPendulum(stiffness=29.43).frequencies
    assert spring == pytest.approx(2 * swing, rel=1e-14)


def test_the_rest_point_has_zero_energy_and_no_force():
    x = torch.tensor([SYSTEM.rest_length, 0.0, 0.0, 0.0], dtype=torch.float64)
    assert float(SYSTEM.hamiltonian(x)) == 0
    assert SYSTEM.vector_field(x).abs().max() < 1e-13


def test_the_energy_is_the_textbook_formula():
    """k (r - l0)^2 / 2 - m g r cos(theta), up to a constant."""
    s = SpringPendulum(mass=0.6, length=1.4, stiffness=25.0, gravity=3.7)
    generator = torch.Generator().manual_seed(0)
    x = 0.3 * torch.randn(20, 4, generator=generator, dtype=torch.float64)
    x[:, 0] += 1.4
    r, theta, p_r, p_theta = x.unbind(-1)
    kinetic = p_r**2 / (2 * s.mass) + p_theta**2 / (2 * s.mass * r**2)
    potential = s.stiffness * (r - s.length) ** 2 / 2 - s.mass * s.gravity * r * theta.cos()
    difference = s.hamiltonian(x) - kinetic - potential
    torch.testing.assert_close(difference, difference[:1].expand(20))


def test_the_frequencies_are_those_of_the_linearised_field():
    x = torch.tensor([SYSTEM.rest_length, 0.0, 0.0, 0.0], dtype=torch.float64)
    eigenvalues = torch.linalg.eigvals(torch.func.jacfwd(SYSTEM.vector_field)(x))
    found = sorted({round(abs(value.imag), 9) for value in eigenvalues.tolist()})
    assert found == pytest.approx(list(SYSTEM.frequencies), abs=1e-8)


def test_the_spring_alone_oscillates_harmonically():
    start = [1.1 * SYSTEM.rest_length, 0.0, 0.0, 0.0]
    half = math.pi / SYSTEM.frequencies[1]
    end = motion(SYSTEM, start, half).y[:, -1]
    assert end == pytest.approx([0.9 * SYSTEM.rest_length, 0.0, 0.0, 0.0], abs=1e-8)


def test_higher_energies_lie_above_every_training_energy():
    x = SYSTEM.sample_higher_energy(1000, torch.Generator().manual_seed(0))
    assert float(SYSTEM.hamiltonian(x).min()) >= SYSTEM.energy_scale


def test_motions_that_could_reach_the_pivot_are_refused():
    with pytest.raises(
        ValueError,
        match=r"away from the pivot.*got system.stretch=0.9, system.angle=0.6 rad.*stiffness",
    ):
        SpringPendulum(stretch=0.9)
