import math

import numpy as np
import pytest
import torch

from src.systems.mass_spring import MassSpring
from src.systems.quantum_oscillator_ehrenfest import QuantumOscillatorEhrenfest
from src.systems.schroedinger_1d import Schroedinger1D

LINE = Schroedinger1D(points=96, length=18.0, frequency=1.7)
MEANS = QuantumOscillatorEhrenfest(mass=1.0, stiffness=1.7**2)


def moving_packet():
    centre, momentum = torch.tensor([1.2]).double(), torch.tensor([-0.8]).double()
    return torch.cat((centre, momentum)), LINE.packet(centre, momentum)


def test_the_means_are_those_of_the_wave_function():
    """Ehrenfest's theorem, between two systems that share no formula."""
    means, packet = moving_packet()
    t = torch.linspace(0, 9, 13, dtype=torch.float64)
    expected = LINE.mean_position(LINE.exact_flow(packet, t))
    torch.testing.assert_close(MEANS.exact_flow(means, t)[:, 0], expected, rtol=0, atol=1e-10)


def test_a_wave_function_of_any_shape_has_means_that_move_so():
    """Two packets at once, of which neither mean is the mean."""
    one = LINE.packet(torch.tensor([1.5]).double(), torch.tensor([0.6]).double())
    other = LINE.packet(torch.tensor([-0.5]).double(), torch.tensor([0.0]).double())
    x = (one + other) / float(LINE.invariants(one + other)["norm"]) ** 0.5
    place = LINE.mean_position(x)
    speed = torch.func.jvp(LINE.mean_position, (x,), (LINE.vector_field(x),))[1]
    t = torch.linspace(0, 5, 7, dtype=torch.float64)
    expected = LINE.mean_position(LINE.exact_flow(x, t))
    actual = MEANS.exact_flow(torch.stack((place, MEANS.mass * speed)), t)[:, 0]
    torch.testing.assert_close(actual, expected, rtol=0, atol=1e-10)


def test_the_mean_energy_exceeds_that_of_the_means_by_half_a_quantum():
    means, packet = moving_packet()
    excess = float(LINE.hamiltonian(packet) - MEANS.hamiltonian(means))
    assert excess == pytest.approx(1.7 / 2, abs=1e-10)


def test_the_sketch_is_the_density_of_the_coherent_state():
    means, packet = moving_packet()
    curve = MEANS.sketch(means).points
    heights = np.interp(curve[:, 0].numpy(), LINE.grid(), LINE.density(packet).numpy())
    assert curve[:, 1].numpy() == pytest.approx(heights, abs=0.02)
    assert heights.max() > 0.7
    step = float(curve[1, 0] - curve[0, 0])
    assert float(curve[:, 1].sum()) * step == pytest.approx(1, abs=1e-6)


def test_it_is_a_mass_on_a_spring():
    system, spring = QuantumOscillatorEhrenfest(mass=0.7), MassSpring(mass=0.7)
    x = system.sample_initial(20, torch.Generator().manual_seed(0))
    assert torch.equal(system.hamiltonian(x), spring.hamiltonian(x))
    assert system.frequency == spring.frequency == pytest.approx(math.sqrt(1 / 0.7))
