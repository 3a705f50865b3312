import math

import pytest
import torch

from src.integrators.reference import reference_motion
from src.mechanics.state import split_state
from src.systems.four_bar import FourBar
from src.systems.four_bar_reduced import FourBarReduced

from .motions import motion

SYSTEM = FourBar()
UNEVEN = FourBar(
    ground=0.5, crank=0.1, coupler=0.45, rocker=0.35, density=1.3, gravity=3.7, excess=(0.2, 0.4)
)


def number(value):
    return torch.tensor(value, dtype=torch.float64)


def rod(mass, near, far):
    """Twice the kinetic energy of a uniform rod from the velocities of its ends."""
    return mass / 3 * (near.square() + near * far + far.square()).sum(-1)


def test_the_energy_of_the_reference_both_ways():
    """E = 2.502496 J at 0.5 rad and 12 rad/s, in three angles and in one."""
    full = SYSTEM.moving(number([0.5]), number([12.0]))
    reduced = FourBarReduced()
    inertia = reduced.mass_matrix(number([[0.5]]))[..., 0, 0]
    one = torch.stack((number([0.5]), 12 * inertia), dim=-1)
    assert float(SYSTEM.hamiltonian(full)) == pytest.approx(2.502496, abs=5e-7)
    assert float(reduced.hamiltonian(one)) == pytest.approx(2.502496, abs=5e-7)


def test_energies_are_those_of_uniform_rods():
    """Velocities of the joints by the chain rule alone; heights of the middles of the rods."""
    generator = torch.Generator().manual_seed(0)
    q, v = torch.randn(2, 9, 3, generator=generator, dtype=torch.float64)
    a, b, c = UNEVEN.crank, UNEVEN.coupler, UNEVEN.rocker

    def joints(angles):
        ends = torch.stack((angles.cos(), angles.sin()), dim=-1) * number([[a], [b], [c]])
        return torch.stack((ends[:, 0], ends[:, 0] + ends[:, 1], ends[:, 2]), dim=1)

    moving = torch.func.jvp(joints, (q,), (v,))
    pin, far, end = moving[1].unbind(1)
    masses = [UNEVEN.density * length for length in (a, b, c)]
    kinetic = (rod(masses[0], 0 * pin, pin) + rod(masses[1], pin, far)) / 2
    kinetic = kinetic + rod(masses[2], 0 * end, end) / 2
    x = UNEVEN.to_canonical(torch.cat((q, v), dim=-1))
    torch.testing.assert_close(UNEVEN.hamiltonian(x) - UNEVEN.potential(q), kinetic)
    pin, far, end = moving[0][..., 1].unbind(1)
    heights = masses[0] * pin / 2 + masses[1] * (pin + far) / 2 + masses[2] * end / 2
    torch.testing.assert_close(UNEVEN.potential(q), UNEVEN.gravity * heights)


def test_the_loop_is_that_of_four_points():
    """The joint lies b from the crank's pin and c from the other pivot, above their line."""
    q, _ = split_state(UNEVEN.sample_initial(50, torch.Generator().manual_seed(1)))
    points = UNEVEN.sketch_of(q).points
    sides = (points - points.roll(1, -2)).norm(dim=-1)
    expected = number([UNEVEN.ground, UNEVEN.crank, UNEVEN.coupler, UNEVEN.rocker])
    torch.testing.assert_close(sides, expected.expand_as(sides))
    pin, joint, pivot = (points[:, i] for i in (1, 2, 3))
    left = torch.linalg.det(torch.stack((pivot - pin, joint - pin), dim=-1))
    assert (left > 0).all()
    tilted = UNEVEN.constraints(q + number([0.0, 0.0, 0.01]))
    torch.testing.assert_close(
        tilted.norm(dim=-1), torch.full_like(q[:, 0], 2 * UNEVEN.rocker * math.sin(0.005))
    )


@pytest.mark.slow
def test_full_and_reduced_motions_are_one():
    """Eight turns: the angle of the crank alone against all angles with their multipliers."""
    crank, speed = SYSTEM.draw(3, torch.Generator().manual_seed(2), higher=False)
    reduced = FourBarReduced()
    full, one = SYSTEM.moving(crank, speed), torch.stack((crank, speed), dim=-1)
    one = reduced.to_canonical(one)
    t = torch.linspace(0, 8 * SYSTEM.time_scale, 33, dtype=torch.float64)
    there = reference_motion(SYSTEM.field().f, full, t)
    here = reference_motion(reduced.field().f, one, t)
    angles, momenta = split_state(there)
    expected = SYSTEM.assembled(here[..., 0])
    assert (here[-1, :, 0] - here[0, :, 0]).abs().min() > 30
    torch.testing.assert_close(angles, expected, atol=1e-10, rtol=0)
    v = split_state(SYSTEM.to_velocity(there))[1]
    ratios = SYSTEM.loop(angles).ratios()
    torch.testing.assert_close((momenta * ratios).sum(-1), here[..., 1], atol=1e-11, rtol=0)
    torch.testing.assert_close(v, v[..., :1] * ratios, atol=1e-8, rtol=0)
    for violations in SYSTEM.violations(there).values():
        assert violations.abs().max() < 1e-12


@pytest.mark.slow
def test_an_integrator_that_is_not_ours_agrees():
    start = SYSTEM.moving(number(0.5), number(12.0))
    end = motion(SYSTEM, start, 1.0, precision=1e-12).y[:, -1]
    t = torch.tensor([0.0, 1.0], dtype=torch.float64)
    expected = reference_motion(SYSTEM.field().f, start[None], t)[-1, 0]
    assert end == pytest.approx(expected.numpy(), abs=1e-9)


@pytest.mark.parametrize("system", [SYSTEM, UNEVEN])
def test_the_time_scale_is_a_turn_at_the_middle_speed(system):
    speed = (1 + sum(system.excess) / 2) * system.least_speed
    t = torch.tensor([0.0, system.time_scale], dtype=torch.float64)
    x0 = system.moving(number([0.0]), number([speed]))
    end = reference_motion(system.field().f, x0, t)[-1]
    assert float(end[0, 0]) == pytest.approx(2 * math.pi, abs=1e-9)
    torch.testing.assert_close(end[0, 3:], x0[0, 3:], atol=1e-9, rtol=0)


def test_the_crank_comes_round_just_above_the_least_speed():
    angles = torch.linspace(0, 2 * math.pi, 500, dtype=torch.float64)
    for factor, comes_round in ((1.001, True), (0.999, False)):
        x = SYSTEM.moving(number([0.0]), number([factor * SYSTEM.least_speed]))
        assert bool((SYSTEM.speeds(angles, SYSTEM.hamiltonian(x)) > 0).all()) == comes_round


@pytest.mark.parametrize("system", [FourBar, FourBarReduced])
@pytest.mark.parametrize(
    "lengths", [{"crank": 0.31}, {"crank": 0.28}, {"ground": 0.11}, {"rocker": 0.15}]
)
def test_a_crank_that_cannot_turn_round_is_refused(system, lengths):
    with pytest.raises(ValueError, match=r"system\.crank must be the shortest rod.*Grashof.*got"):
        system(**lengths)
