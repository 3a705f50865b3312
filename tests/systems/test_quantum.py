"""Quantum systems against Schroedinger's equation."""

import math

import numpy as np
import pytest
import torch

from src.integrators.implicit_midpoint import ImplicitMidpoint
from src.mechanics.lagrangian import euler_lagrange_acceleration
from src.mechanics.state import split_state
from src.systems.n_level import NLevel
from src.systems.two_level import TwoLevel

ATOM = TwoLevel(rabi=1.0, detuning=0.6)
TWISTED = TwoLevel(rabi=1.3, detuning=-0.4, phase=0.8, offset=2.0)
RING = NLevel()
EVERY = pytest.mark.parametrize("system", [ATOM, TWISTED, RING, NLevel(levels=(1, 1, 1, 1, 1))])


def starts(system, count=20):
    return system.sample_initial(count, torch.Generator().manual_seed(0))


def site(system, index):
    psi = torch.zeros(system.spec.dof, dtype=torch.complex128)
    psi[index] = 1
    return system.state(psi)


@EVERY
def test_the_field_is_schroedingers_equation(system):
    x = starts(system)
    expected = -1j * system.amplitudes(x) @ torch.from_numpy(system.matrix()).mT
    torch.testing.assert_close(system.amplitudes(system.vector_field(x)), expected)


@EVERY
def test_the_energy_is_the_mean_of_the_matrix(system):
    x = starts(system)
    psi = system.amplitudes(x)
    mean = (psi.conj() * (psi @ torch.from_numpy(system.matrix()).mT)).sum(-1)
    torch.testing.assert_close(system.hamiltonian(x), mean.real)
    levels = torch.from_numpy(system.operator.energies)
    torch.testing.assert_close(system.populations(x) @ levels, mean.real)


@EVERY
def test_the_flow_is_the_exponential_of_the_matrix_and_keeps_every_population(system):
    x = starts(system)
    end = system.exact_flow(x, torch.tensor([1.7], dtype=x.dtype))[0]
    propagator = torch.linalg.matrix_exp(-1.7j * torch.from_numpy(system.matrix()))
    torch.testing.assert_close(system.amplitudes(end), system.amplitudes(x) @ propagator.mT)
    torch.testing.assert_close(system.populations(end), system.populations(x))
    torch.testing.assert_close(system.populations(end).sum(-1), system.invariants(x)["norm"])


@EVERY
def test_starts_are_normalised_and_their_energies_are_limited(system):
    x = starts(system, 500)
    torch.testing.assert_close(system.invariants(x)["norm"], torch.ones(500).double())
    levels = system.operator.energies
    share = (system.hamiltonian(x) - levels[0]) / (levels[-1] - levels[0])
    assert float(share.min()) < 0.2
    assert 0.95 * system.excitation < float(share.max()) <= system.excitation


def test_the_rabi_oscillation_reaches_the_probability_of_its_detuning():
    """At a detuning of 0.6 of the Rabi frequency: 1 / 1.36 = 0.73529."""
    half = math.pi / ATOM.effective_rabi
    path = ATOM.exact_flow(site(ATOM, 0), torch.tensor([half, 2 * half], dtype=torch.float64))
    flipped = ATOM.amplitudes(path)[:, 1].abs().square()
    assert float(flipped[0]) == pytest.approx(0.73529, abs=1e-5)
    assert float(flipped[1]) == pytest.approx(0, abs=1e-20)
    gap = ATOM.operator.energies[1] - ATOM.operator.energies[0]
    assert gap == pytest.approx(ATOM.effective_rabi)


def test_neither_offset_nor_phase_of_the_light_changes_the_probabilities():
    changed = TwoLevel(rabi=1.0, detuning=0.6, phase=0.8, offset=2.0)
    t = torch.linspace(0, 3, 31, dtype=torch.float64)
    found = [s.amplitudes(s.exact_flow(site(s, 0), t)).abs() for s in (ATOM, changed)]
    torch.testing.assert_close(*found)


def test_the_implicit_midpoint_rule_is_cayleys_form_and_keeps_the_norm():
    x, step = starts(ATOM), 0.1
    t = torch.tensor([0.0, step], dtype=torch.float64)
    end = ImplicitMidpoint().integrate(ATOM, x, t).x[-1]
    half = 0.5j * step * torch.from_numpy(ATOM.matrix())
    one = torch.eye(2, dtype=half.dtype)
    cayley = torch.linalg.solve(one + half, one - half)
    torch.testing.assert_close(ATOM.amplitudes(end), ATOM.amplitudes(x) @ cayley.mT)
    torch.testing.assert_close(ATOM.invariants(end), ATOM.invariants(x), rtol=0, atol=1e-13)


def test_a_real_positive_matrix_gives_an_oscillator_of_its_square():
    """L = v A^-1 v / 2 - q A q / 2, hence d2q/dt2 = -A^2 q."""
    system = NLevel(flux=0.0)
    matrix = torch.from_numpy(system.matrix().real)
    x = system.to_velocity(starts(system))
    q, v = split_state(x)
    inverse = torch.linalg.inv(matrix)
    expected = ((v @ inverse) * v - (q @ matrix) * q).sum(-1) / 2
    torch.testing.assert_close(system.lagrangian(x), expected)
    acceleration = euler_lagrange_acceleration(system.lagrangian, x)
    torch.testing.assert_close(acceleration, -q @ matrix @ matrix)


def test_a_complex_matrix_has_a_lagrangian_too_where_its_real_part_is_positive():
    """The first-order Lagrangian of (q, p) is degenerate; that of q and its velocity is not."""
    assert RING.operator.imaginary.any()
    assert RING.regular
    assert TWISTED.regular
    x = starts(RING)
    expected = RING.velocity_rate(x, RING.vector_field(x))[:, 3:]
    velocity = RING.to_velocity(x)
    found = euler_lagrange_acceleration(RING.lagrangian, velocity)
    torch.testing.assert_close(found, expected)


@pytest.mark.parametrize("phase", [0.0, 0.8, math.pi / 2])
def test_the_least_offset_that_the_message_names_is_the_least(phase):
    least = math.hypot(0.6, math.cos(phase)) / 2
    with pytest.raises(ValueError, match=rf"set system.offset above {least:.4g} MHz"):
        TwoLevel(phase=phase).check_coordinates("velocity")
    assert not TwoLevel(phase=phase, offset=0.999 * least).regular
    assert TwoLevel(phase=phase, offset=1.001 * least).regular


def test_levels_that_are_not_positive_are_refused_velocities_with_what_to_add():
    system = NLevel(levels=(0.0, 0.0, 0.0))
    lowest = np.linalg.eigvalsh(system.matrix().real)[0]
    with pytest.raises(ValueError, match=rf"add more than {-lowest:.4g} rad/us.*system.levels"):
        system.lagrangian(starts(system))


@pytest.mark.parametrize("levels", [(1.0, 2.0), (1.0, 2.0, math.inf)])
def test_fewer_levels_than_a_ring_has_are_refused(levels):
    with pytest.raises(ValueError, match=r"system.levels must hold three or more finite numbers"):
        NLevel(levels=levels)


def test_lists_of_levels_become_tuples():
    assert hash(NLevel(levels=[1.0, 2.0, 3.0])) == hash(NLevel(levels=(1.0, 2.0, 3.0)))
