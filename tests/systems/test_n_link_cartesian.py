import math

import pytest
import torch

from src.data.simulation import simulate
from src.integrators.rattle import Rattle
from src.integrators.reference import reference_motion
from src.mechanics.constraints import constraint_rate
from src.mechanics.state import split_state
from src.systems.double_pendulum import DoublePendulum
from src.systems.n_link_cartesian import NLinkCartesian

TWO = NLinkCartesian(mass=0.7, length=1.3)
ANGLES = DoublePendulum(mass_1=0.7, mass_2=0.7, length_1=1.3, length_2=1.3)


def moving(count=6, size=2):
    """Angles and their rates, large enough for the rods to pull."""
    generator = torch.Generator().manual_seed(0)
    return torch.randn(count, 2 * size, generator=generator, dtype=torch.float64)


def angles_of(system, x):
    """Angles to the downward vertical and their rates."""
    q, v = split_state(system.to_velocity(x))
    rods, turns = system.rods(q), system.rods(v)
    angles = torch.atan2(rods[..., 0], -rods[..., 1])
    rates = (rods[..., 0] * turns[..., 1] - rods[..., 1] * turns[..., 0]) / system.length**2
    return torch.cat((angles, rates), dim=-1)


def test_two_rods_move_as_the_double_pendulum():
    starts = moving()
    t = torch.linspace(0, 3, 31, dtype=torch.float64)
    here = angles_of(TWO, reference_motion(TWO.field().f, TWO.from_angles(starts), t))
    there = ANGLES.to_velocity(reference_motion(ANGLES.field().f, ANGLES.to_canonical(starts), t))
    difference = torch.cat((here - there).split(2, -1), dim=-1)
    turns = (difference[..., :2] + math.pi).remainder(2 * math.pi) - math.pi
    assert turns.abs().max() < 1e-8
    assert difference[..., 2:].abs().max() < 1e-7
    assert (there[-1] - there[0]).abs().max() > 1


def test_energies_are_those_of_the_double_pendulum():
    starts = moving()
    expected = ANGLES.hamiltonian(ANGLES.to_canonical(starts))
    torch.testing.assert_close(TWO.hamiltonian(TWO.from_angles(starts)), expected)
    assert TWO.energy_scale == pytest.approx(ANGLES.energy_scale, rel=1e-14)
    assert TWO.frequencies == pytest.approx(ANGLES.frequencies, rel=1e-13)
    assert TWO.time_scale == pytest.approx(ANGLES.time_scale, rel=1e-13)


def test_one_rod_is_the_pendulum():
    one = NLinkCartesian(number=1, length=1.3)
    assert one.frequencies == pytest.approx((math.sqrt(9.81 / 1.3),), rel=1e-14)
    start = one.from_angles(torch.tensor([[1.2, 0.7]], dtype=torch.float64))
    (r, p), (_, force) = split_state(start), split_state(one.vector_field(start))
    # The length is constant, so the acceleration along the rod is the centripetal one.
    torch.testing.assert_close((r * force).sum(-1), -p.square().sum(-1) / one.mass)


@pytest.mark.parametrize("number", [3, 5])
def test_frequencies_solve_the_eigenproblem_at_rest(number):
    """In angles M_ij = n - max(i, j), in m l^2, and the stiffness is the same row's weight."""
    system = NLinkCartesian(number=number, mass=0.7, length=1.3, gravity=3.7)
    place = torch.arange(number)
    below = (number - torch.maximum(place[:, None], place)).double()
    stiffness = torch.diag(number - place).double() * system.gravity / system.length
    squares = torch.linalg.eigvals(torch.linalg.solve(below, stiffness)).real.sort().values
    assert system.frequencies == pytest.approx(squares.sqrt().tolist(), rel=1e-10)


def test_a_rod_pulls_with_the_weight_of_all_that_hangs_from_it():
    system = NLinkCartesian(number=4, mass=0.7, length=1.3)
    rest = system.from_angles(torch.zeros(1, 8, dtype=torch.float64))
    assert system.vector_field(rest).abs().max() < 1e-13
    turned = system.from_angles(torch.tensor([[0.0] * 4 + [2.0] * 4], dtype=torch.float64))
    # All in line and turning as one: each point falls towards the pivot by w^2 r.
    acceleration = system.vector_field(turned)[0, 8:] / system.mass
    reach = system.length * torch.arange(1, 5)
    torch.testing.assert_close(acceleration[1::2], 4.0 * reach.double())


def test_starts_hang_as_those_of_the_double_pendulum():
    for draw in ("sample_initial", "sample_higher_energy"):
        here, there = (
            getattr(system, draw)(9, torch.Generator().manual_seed(4)) for system in (TWO, ANGLES)
        )
        torch.testing.assert_close(angles_of(TWO, here), there)


@pytest.mark.slow
def test_rattle_makes_its_data():
    x0 = TWO.sample_initial(4, torch.Generator().manual_seed(0))
    t = torch.linspace(0, 1, 101, dtype=torch.float64)
    path = simulate(TWO, x0, t, Rattle(0.002))
    exact = simulate(TWO, x0, t, "reference")
    assert (path - exact).abs().max() < 1e-3
    rate = constraint_rate(TWO.hamiltonian, TWO.constraints, path)
    assert rate.abs().max() < 1e-13
    assert exact.std() > 0.1


def test_angles_that_would_pass_upright_are_refused():
    with pytest.raises(ValueError, match=r"system.angle must be at most 2.5133 rad.*got 2.6 rad"):
        NLinkCartesian(angle=2.6)


@pytest.mark.parametrize("number", [0, 9])
def test_the_number_of_rods_is_a_small_whole_one(number):
    with pytest.raises(ValueError, match=r"system\.number must be a whole number from 1 to 8"):
        NLinkCartesian(number=number)


def test_unequal_rods_move_as_their_twin_in_angles():
    system = NLinkCartesian(number=3, mass=[0.7, 1.2, 0.9], length=[1.3, 0.6, 0.8])
    starts, t = moving(4, 3), torch.linspace(0, 1, 11, dtype=torch.float64)
    path = simulate(system, system.from_angles(starts), t, "reference")
    twin = system.in_angles
    angles = simulate(twin, twin.to_canonical(starts), t, "reference")
    expected = system.from_angles(twin.to_velocity(angles))
    torch.testing.assert_close(path, expected, rtol=0, atol=1e-9)
    torch.testing.assert_close(system.hamiltonian(path), twin.hamiltonian(angles))


def test_each_rod_needs_a_length_or_all_have_one():
    with pytest.raises(ValueError, match=r"system\.length must be .* each of the 3 rods; got \[1"):
        NLinkCartesian(number=3, length=[1.0, 2.0])
