import math

import pytest
import torch

from src.mechanics.state import split_state
from src.mechanics.symplectic import jacobian
from src.systems.penning_trap import PenningTrap

SYSTEM = PenningTrap(mass=1.3, charge=0.7, magnetic_field=8.0, axial_frequency=0.9)


def starts(system, count=20):
    return system.sample_initial(count, torch.Generator().manual_seed(0))


def test_the_radial_frequencies_of_a_cyclotron_frequency_of_five():
    assert PenningTrap().cyclotron_frequency == 5.0
    assert PenningTrap().radial_frequencies == pytest.approx((0.102084, 4.897916), abs=5e-7)


def test_the_radial_frequencies_add_up_to_the_free_one_and_multiply_to_half_the_axial_square():
    """Brown and Gabrielse: so a trap measures the free frequency whatever its quadrupole."""
    slow, fast = SYSTEM.radial_frequencies
    assert slow + fast == pytest.approx(SYSTEM.cyclotron_frequency)
    assert slow * fast == pytest.approx(SYSTEM.axial_frequency**2 / 2)


def test_the_frequencies_are_the_eigenvalues_of_the_field():
    x = torch.zeros(6, dtype=torch.float64)
    found = torch.linalg.eigvals(jacobian(SYSTEM.vector_field, x)).imag.sort().values[3:]
    slow, fast = SYSTEM.radial_frequencies
    assert found.tolist() == pytest.approx(sorted((slow, SYSTEM.axial_frequency, fast)))


def test_the_force_is_that_of_both_fields():
    x = starts(SYSTEM)
    q, v = split_state(SYSTEM.to_velocity(x))
    _, acceleration = split_state(SYSTEM.velocity_rate(x, SYSTEM.vector_field(x)))
    magnetic = torch.tensor([0.0, 0.0, 8.0], dtype=x.dtype).expand_as(v)
    quadrupole = 1.3 * 0.9**2 * q * torch.tensor([0.5, 0.5, -1.0], dtype=x.dtype)
    torch.testing.assert_close(
        1.3 * acceleration, 0.7 * torch.linalg.cross(v, magnetic) + quadrupole
    )


def test_a_magnetron_orbit_alone_has_a_negative_energy():
    slow, _ = SYSTEM.radial_frequencies
    state = torch.tensor([0.6, 0.0, 0.0, 0.0, -slow * 0.6, 0.0], dtype=torch.float64)
    x = SYSTEM.to_canonical(state)
    path = SYSTEM.exact_flow(x, torch.linspace(0, 40, 7, dtype=torch.float64))
    torch.testing.assert_close(path[:, :3].norm(dim=-1), torch.full((7,), 0.6).double())
    assert SYSTEM.hamiltonian(x) < 0


def test_starts_have_the_amplitudes_of_their_range():
    x = starts(SYSTEM, 3000)
    slow, fast = SYSTEM.radial_frequencies
    q, v = split_state(SYSTEM.to_velocity(x))
    w, dw = torch.complex(q[:, 0], q[:, 1]), torch.complex(v[:, 0], v[:, 1])
    turning = ((1j * dw - slow * w) / (fast - slow)).abs() * fast / 0.9
    drifting = ((fast * w - 1j * dw) / (fast - slow)).abs()
    axial = (q[:, 2].square() + (v[:, 2] / 0.9).square()).sqrt()
    for amplitude in (turning, drifting, axial):
        assert 0.2 <= float(amplitude.min()) < 0.21 < 0.99 < float(amplitude.max()) <= 1.0 + 1e-12


def test_a_field_too_weak_to_hold_the_charge_is_refused_with_the_least_one():
    least = math.sqrt(2) * 1.3 / 0.7
    with pytest.raises(ValueError, match=rf"must exceed.*{least:.4g} T.*got 2.5 T.*axial"):
        PenningTrap(mass=1.3, charge=0.7, magnetic_field=2.5)
