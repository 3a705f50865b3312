import math

import pytest
import torch

from src.mechanics.hamiltonian import energy_gradient
from src.systems.ion_trap import IonTrap

UNEVEN = IonTrap(ions=3, mass=1.3, frequency=0.7, coupling=1.6)


def at_rest(system):
    rest = torch.tensor(system.equilibrium, dtype=torch.float64)
    return torch.cat((rest, torch.zeros_like(rest)))


def test_two_ions_rest_a_cube_root_of_two_apart_and_have_the_modes_one_and_root_three():
    two = IonTrap(ions=2)
    left, right = two.equilibrium
    assert right - left == pytest.approx(2 ** (1 / 3), rel=1e-14)
    assert left == pytest.approx(-right, rel=1e-14)
    assert two.frequencies == pytest.approx((1, math.sqrt(3)), rel=1e-14)


def test_three_ions_rest_where_james_says():
    """u = (5/4)^(1/3) = 1.0772, and a third mode of squared frequency 29/5."""
    three = IonTrap(ions=3)
    assert three.equilibrium == pytest.approx((-(1.25 ** (1 / 3)), 0, 1.25 ** (1 / 3)), abs=1e-14)
    assert three.frequencies == pytest.approx((1, math.sqrt(3), math.sqrt(29 / 5)), rel=1e-13)


@pytest.mark.parametrize("ions", [2, 3, 4, 5])
def test_every_chain_is_at_rest_swings_and_breathes(ions):
    system = IonTrap(ions=ions, mass=1.3, frequency=0.7, coupling=1.6)
    rest = at_rest(system)
    assert energy_gradient(system.hamiltonian, rest).abs().max() < 1e-13
    assert float(system.hamiltonian(rest)) == pytest.approx(0, abs=1e-13)
    assert system.frequencies[:2] == pytest.approx((0.7, 0.7 * math.sqrt(3)))


def test_the_modes_are_those_of_the_potential():
    rest = at_rest(UNEVEN)[:3]
    stiffness = torch.func.hessian(UNEVEN.potential)(rest)
    squares = torch.linalg.eigvalsh(stiffness / 1.3)
    assert squares.sqrt().tolist() == pytest.approx(UNEVEN.frequencies)


def test_calcium_in_a_trap_of_one_megahertz():
    calcium = IonTrap(ions=2, mass=6.635e-26, frequency=2 * math.pi * 1e6, coupling=2.307e-28)
    assert calcium.length == pytest.approx(4.45e-6, rel=2e-3)


def test_starts_have_their_energies_and_keep_their_order():
    x = UNEVEN.sample_initial(1000, torch.Generator().manual_seed(0))
    energy = UNEVEN.hamiltonian(x) / UNEVEN.unit_energy
    assert 0.1 <= float(energy.min()) < 0.11
    assert 0.49 < float(energy.max()) <= 0.5 + 1e-12
    assert (x[:, :3].diff(dim=-1) > 0).all()


def test_starts_of_high_energy_are_shared_out_too():
    system = IonTrap(ions=5, energy=(1.0, 20.0))
    x = system.sample_initial(500, torch.Generator().manual_seed(0))
    assert (x[:, :5].diff(dim=-1) > 0).all()
    assert float(system.hamiltonian(x).max()) <= 20.0 + 1e-9


@pytest.mark.parametrize("ions", [1, 6, True])
def test_the_number_of_ions_has_bounds(ions):
    with pytest.raises(ValueError, match=r"system.ions must be a whole number from 2 to 5; got"):
        IonTrap(ions=ions)
