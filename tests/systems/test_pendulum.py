import math

import pytest
import torch
from scipy.special import ellipkm1

from src.systems.pendulum import Pendulum

from .motions import motion

SYSTEM = Pendulum()


def test_the_period_at_two_radians():
    assert SYSTEM.period(2.0) == pytest.approx(2.665871, abs=5e-7)


def test_the_period_at_small_angles():
    assert SYSTEM.period(0.0) == pytest.approx(2.0061, abs=5e-5)
    assert SYSTEM.period(0.0) == pytest.approx(2 * math.pi * math.sqrt(1 / 9.81), rel=1e-15)


@pytest.mark.parametrize("amplitude", [1e-3, 1.0, 2.3, 3.1, 3.14159])
def test_the_period_is_the_elliptic_integral(amplitude):
    system = Pendulum(mass=0.3, length=2.0, gravity=1.6)
    expected = 4 * math.sqrt(2.0 / 1.6) * ellipkm1(math.cos(amplitude / 2) ** 2)
    assert system.period(amplitude) == pytest.approx(expected, rel=1e-14)


def test_a_motion_hangs_straight_down_after_a_quarter_of_its_period():
    end = motion(SYSTEM, [2.0, 0.0], 2.665871 / 4).y[:, -1]
    assert end == pytest.approx([0.0, -math.sqrt(2 * 9.81 * (1 - math.cos(2.0)))], abs=1e-6)


def test_the_energy_is_zero_at_rest_and_twice_the_weight_when_upright():
    x = torch.tensor([[0.0, 0.0], [math.pi, 0.0]], dtype=torch.float64)
    assert SYSTEM.hamiltonian(x).tolist() == pytest.approx([0.0, 2 * 9.81])


def test_small_angles_lose_no_digits():
    x = torch.tensor([1e-9, 0.0], dtype=torch.float64)
    assert float(SYSTEM.hamiltonian(x)) == pytest.approx(9.81 * 1e-18 / 2, rel=1e-12)


def test_starts_lie_on_orbits_whose_amplitudes_are_uniform_in_the_range():
    x = SYSTEM.sample_initial(4000, torch.Generator().manual_seed(0))
    amplitude = torch.arccos(1 - SYSTEM.hamiltonian(x) / SYSTEM.weight)
    assert 0.3 <= float(amplitude.min()) < 0.31
    assert 2.29 < float(amplitude.max()) <= 2.3
    assert float(amplitude.mean()) == pytest.approx(1.3, abs=0.03)
    assert float((x[:, 1] > 0).double().mean()) == pytest.approx(0.5, abs=0.03)


def test_higher_energies_still_swing_to_and_fro():
    x = SYSTEM.sample_higher_energy(1000, torch.Generator().manual_seed(0))
    assert float(SYSTEM.hamiltonian(x).max()) < 2 * SYSTEM.weight


def test_a_period_beyond_upright_is_refused():
    with pytest.raises(ValueError, match=r"amplitude must lie in \[0, pi\) rad; got 3.2 rad"):
        SYSTEM.period(3.2)


def test_an_amplitude_beyond_upright_is_refused():
    with pytest.raises(ValueError, match=r"system.amplitude must stay below pi rad.*got 3.5 rad"):
        Pendulum(amplitude=(0.3, 3.5))
