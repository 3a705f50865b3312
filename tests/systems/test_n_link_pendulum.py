import math
import re

import numpy as np
import pytest
import torch
from scipy.special import roots_laguerre

from src.mechanics.hamiltonian import hamiltonian_field
from src.mechanics.symplectic import jacobian
from src.systems.double_pendulum import DoublePendulum
from src.systems.n_link_pendulum import NLinkPendulum
from src.systems.pendulum import Pendulum

from .motions import motion

MASSES, LENGTHS = (0.7, 1.9, 0.4, 1.2), (1.3, 0.6, 0.9, 1.7)


def equal(number, **parameters):
    return NLinkPendulum(mass=(0.7,) * number, length=(1.3,) * number, **parameters)


def uneven(number):
    return NLinkPendulum(mass=MASSES[:number], length=LENGTHS[:number], gravity=3.7)


def anywhere(number, count=7):
    generator = torch.Generator().manual_seed(1)
    return 2 * torch.randn(count, 2 * number, generator=generator, dtype=torch.float64)


def test_two_links_are_the_double_pendulum():
    both = uneven(2)
    double = DoublePendulum(mass_1=0.7, mass_2=1.9, length_1=1.3, length_2=0.6, gravity=3.7)
    x = anywhere(2)
    torch.testing.assert_close(both.hamiltonian(x), double.hamiltonian(x))
    torch.testing.assert_close(both.vector_field(x), double.vector_field(x), rtol=1e-12, atol=1e-12)
    assert both.frequencies == pytest.approx(double.frequencies, rel=1e-13)
    assert both.energy_scale == pytest.approx(double.energy_scale, rel=1e-14)
    draws = [s.sample_initial(5, torch.Generator().manual_seed(0)) for s in (both, double)]
    assert torch.equal(*draws)


def test_one_link_is_the_pendulum():
    one, pendulum = uneven(1), Pendulum(mass=0.7, length=1.3, gravity=3.7)
    x = anywhere(1)
    torch.testing.assert_close(one.hamiltonian(x), pendulum.hamiltonian(x))
    torch.testing.assert_close(one.vector_field(x), pendulum.vector_field(x))


@pytest.mark.parametrize("number", [1, 2, 3, 4])
def test_the_energies_are_those_of_the_bobs(number):
    """Point masses followed in the plane, by the chain rule alone."""
    system = uneven(number)
    q, v = anywhere(number, 1)[0].chunk(2)

    def bobs(angles):
        steps = torch.stack((angles.sin(), -angles.cos()))
        return (torch.tensor(LENGTHS[:number], dtype=torch.float64) * steps).cumsum(-1)

    mass = torch.tensor(MASSES[:number], dtype=torch.float64)
    places, speeds = torch.func.jvp(bobs, (q,), (v,))
    kinetic = (mass * speeds.square().sum(0)).sum() / 2
    torch.testing.assert_close(v @ system.mass_matrix(q) @ v / 2, kinetic)
    height = 3.7 * (mass * (places[1] - bobs(torch.zeros_like(q))[1])).sum()
    torch.testing.assert_close(system.potential(q), height)


@pytest.mark.parametrize("number", [1, 3, 4])
def test_the_closed_form_of_the_field_is_the_derivative_of_the_energy(number):
    system, x = uneven(number), anywhere(number)
    expected = hamiltonian_field(system.hamiltonian, x)
    torch.testing.assert_close(system.vector_field(x), expected, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("number", [1, 2, 3, 4, 8])
def test_equal_links_have_the_frequencies_of_laguerre(number):
    squares = roots_laguerre(number)[0] * 9.81 / 1.3
    assert equal(number).frequencies == pytest.approx(np.sqrt(squares), rel=1e-11)


def test_many_short_links_hang_like_a_chain():
    """The slowest frequency of a hanging chain: half the first zero of J0, times sqrt(g/L)."""
    many = NLinkPendulum(mass=(0.1,) * 64, length=(1 / 64,) * 64)
    assert many.frequencies[0] == pytest.approx(2.404825557695773 / 2 * math.sqrt(9.81), rel=5e-3)


def test_a_small_oscillation_of_the_slowest_mode_turns_over_in_half_its_period():
    system = uneven(3)
    rest = torch.zeros(3, dtype=torch.float64)
    stiffness = jacobian(torch.func.grad(system.potential), rest)
    shape = torch.linalg.eig(torch.linalg.solve(system.mass_matrix(rest), stiffness))
    slow = shape.eigenvectors.real[:, shape.eigenvalues.real.argmin()]
    start = torch.cat((1e-4 * slow, rest))
    end = motion(system, start, system.time_scale / 2).y[:, -1]
    assert end == pytest.approx((-start).tolist(), abs=2e-9)


@pytest.mark.parametrize(("number", "condition"), [(2, 6.854), (3, 16.39), (4, 29.28)])
def test_the_condition_of_the_mass_matrix_of_hanging_links(number, condition):
    """The inverse of min(i, j) is the matrix of second differences with one free end."""
    mass = equal(number).mass_matrix(torch.zeros(number, dtype=torch.float64))
    phase = math.pi / (4 * number + 2)
    closed = (math.cos(2 * phase) / math.sin(phase)) ** 2
    assert float(torch.linalg.cond(mass)) == pytest.approx(closed, rel=1e-12)
    assert closed == pytest.approx(condition, abs=0.005)


def test_lists_become_tuples_so_that_systems_can_be_hashed():
    lists = NLinkPendulum(mass=[1, 2], length=[3, 4])
    assert hash(lists) == hash(NLinkPendulum(mass=(1, 2), length=(3, 4)))
    assert lists.spec.positions == ("theta1", "theta2")


@pytest.mark.parametrize(("name", "unit"), [("mass", "kg"), ("length", "m")])
@pytest.mark.parametrize("values", [[], [1.0, 0.0], [1.0, -1.0], [math.nan], [1.0] * 65])
def test_values_that_are_not_positive_are_refused(name, unit, values):
    said = f"{name} must hold from 1 to 64 positive values, one for each rod; got {values} {unit}."
    with pytest.raises(ValueError, match=re.escape(said)):
        NLinkPendulum(**{name: values})


def test_masses_and_lengths_of_different_numbers_are_refused():
    with pytest.raises(ValueError, match=r"as many values.*got 2 masses.*kg and 3 lengths.*m\."):
        NLinkPendulum(mass=(1.0, 2.0))


def test_angles_that_would_pass_upright_are_refused():
    with pytest.raises(ValueError, match=r"system.angle must be at most 2.5133 rad.*got 2.6 rad"):
        NLinkPendulum(angle=2.6)
