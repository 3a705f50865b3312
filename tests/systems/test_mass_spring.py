import math

import pytest
import torch

from src.systems.mass_spring import MassSpring


def test_the_frequency_is_the_root_of_stiffness_over_mass():
    assert MassSpring(mass=0.5, stiffness=2.0).time_scale == pytest.approx(math.pi)


def test_the_energy_of_the_hnn_paper():
    """H = q^2 + p^2 is a mass of 1/2 on a spring of 2."""
    x = torch.tensor([0.3, -0.7], dtype=torch.float64)
    energy = MassSpring(mass=0.5, stiffness=2.0).hamiltonian(x)
    assert float(energy) == pytest.approx(0.3**2 + 0.7**2)


def test_a_quarter_period_turns_displacement_into_momentum():
    system = MassSpring(mass=2.0, stiffness=8.0)
    x0 = torch.tensor([0.5, 0.0], dtype=torch.float64)
    t = torch.tensor([0.0, system.time_scale / 4], dtype=torch.float64)
    path = system.exact_flow(x0, t)
    assert path[1].tolist() == pytest.approx([0.0, -2.0 * 2.0 * 0.5])


def test_starts_have_amplitudes_within_the_range():
    system = MassSpring(mass=3.0, stiffness=2.0, amplitude=(0.4, 0.5))
    x = system.sample_initial(500, torch.Generator().manual_seed(0))
    amplitude = (2 * system.hamiltonian(x) / system.stiffness).sqrt()
    assert 0.4 <= float(amplitude.min()) < 0.41 < 0.49 < float(amplitude.max()) <= 0.5
