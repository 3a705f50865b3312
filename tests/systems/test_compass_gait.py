"""A compass walker: its gait, its strike, its stability."""

import math

import pytest
import torch

from src.data.simulation import follow, simulate
from src.mechanics.state import split_state
from src.systems.compass_gait import CompassGait

WALKER = CompassGait()
UNEVEN = CompassGait(
    hip_mass=13, leg_mass=3.5, foot_to_mass=0.8, mass_to_hip=0.45, slope=3.3, gravity=12.7
)


def steps(system, x0, number, per_step=5):
    t = system.time_scale / per_step * torch.arange(number * per_step + 1, dtype=torch.float64)
    return follow(system, x0, t + 0.0, "reference")


def test_the_gait_is_that_of_the_literature():
    expected = [-0.323389, 0.218669, -0.377374, -1.092384]
    assert WALKER.to_velocity(WALKER.gait).tolist() == pytest.approx(expected, abs=1e-6)
    assert WALKER.time_scale == pytest.approx(0.734346, abs=1e-6)
    swing, stance = WALKER.gait[:2]
    assert float(stance - swing) == pytest.approx(0.54206, abs=1e-5)


@pytest.mark.parametrize("system", [WALKER, UNEVEN])
def test_the_gait_repeats_after_each_step_and_loses_nothing(system):
    _, impacts = steps(system, system.gait.unsqueeze(0), 3)
    expected = system.time_scale * torch.arange(1, len(impacts.t) + 1, dtype=torch.float64)
    torch.testing.assert_close(impacts.t, expected, rtol=1e-6, atol=0)
    torch.testing.assert_close(
        impacts.after, system.gait.expand_as(impacts.after), rtol=0, atol=1e-5
    )
    kinetic = [
        system.hamiltonian(x) - system.potential(x[..., :2])
        for x in (impacts.before, impacts.after)
    ]
    assert (kinetic[1] < 0.9 * kinetic[0]).all()
    change = system.hamiltonian(impacts.after) - system.hamiltonian(impacts.before)
    assert (change.abs() < 1e-5 * system.energy_scale).all()


def test_starts_near_the_gait_are_drawn_into_it():
    starts = WALKER.sample_initial(3, torch.Generator().manual_seed(2))
    _, impacts = steps(WALKER, starts, 17)
    far = torch.stack([impacts.after[impacts.sample == i][:16] for i in range(3)]) - WALKER.gait
    size = far.norm(dim=-1)
    assert (size[:, 0] > 1e-3).all()
    assert (size[:, -1] < 0.02 * size[:, 0]).all()
    # Two conjugate multipliers: deviations turn, and shrink as they should on average.
    rate = (size[:, 15] / size[:, 5]).log().mean() / 10
    assert float(rate.exp()) == pytest.approx(WALKER.multipliers[0], rel=0.05)


@pytest.mark.slow
def test_every_start_walks_to_the_end():
    draw = torch.Generator().manual_seed(3)
    starts = torch.cat((WALKER.sample_initial(3, draw), WALKER.sample_higher_energy(3, draw)))
    _, impacts = steps(WALKER, starts, 20, per_step=2)
    number = torch.bincount(impacts.sample, minlength=6)
    assert (number >= 18).all()


def test_the_gait_loses_its_stability_where_the_source_sees_it_limp():
    """Goswami et al.: steps double their period at a slope of 4.37 degrees."""
    below, above = (CompassGait(slope=slope).multipliers[0] for slope in (4.3, 4.45))
    assert below < 1 < above


@pytest.mark.parametrize("system", [WALKER, UNEVEN])
def test_the_strike_is_an_inelastic_impact_of_the_foot(system):
    """Independently: the whole walker, its foot free, gets the impulse that stops the new foot."""
    q = torch.tensor([0.21, -0.33], dtype=torch.float64)  # swing, stance: swing leg ahead
    v = torch.tensor([-0.4, -1.6], dtype=torch.float64)
    after = system.to_velocity(system.impact.reset(system.to_canonical(torch.cat((q, v)))))
    m, hip_mass = system.leg_mass, system.hip_mass
    lengths = system.foot_to_mass, system.length, system.mass_to_hip
    masses = torch.tensor([m, hip_mass, m], dtype=torch.float64).repeat_interleave(2)

    def places(y):
        """Stance leg, hip, swing leg, then the swing foot, from (x, y of the stance foot, n, s)."""
        foot, n, s = y[:2], y[2], y[3]
        up, down = torch.stack((-s.sin(), s.cos())), torch.stack((n.sin(), -n.cos()))
        hip = foot + lengths[1] * up
        return torch.cat((foot + lengths[0] * up, hip, hip + lengths[2] * down)), (
            hip + lengths[1] * down
        )

    y = torch.cat((torch.zeros(2, dtype=torch.float64), q))
    bodies = torch.func.jacrev(lambda z: places(z)[0])(y)
    foot = torch.func.jacrev(lambda z: places(z)[1])(y)
    mass = bodies.mT @ (masses.unsqueeze(-1) * bodies)
    rates = torch.cat((torch.zeros(2, dtype=torch.float64), v))
    inverse = torch.linalg.inv(mass)
    impulse = torch.linalg.solve(foot @ inverse @ foot.mT, foot @ rates)
    expected = rates - inverse @ foot.mT @ impulse
    torch.testing.assert_close(after[2:], expected[2:].flip(0), rtol=1e-11, atol=0)
    assert after[:2].tolist() == q.flip(0).tolist()


def test_the_foot_strikes_where_it_meets_the_slope():
    _, impacts = steps(WALKER, WALKER.gait.unsqueeze(0), 2)
    for states, side in ((impacts.before, 1), (impacts.after, -1)):
        *_, standing, _, foot = WALKER.sketch(states).points.unbind(-2)
        assert (standing == 0).all()
        height = foot[:, 1] + foot[:, 0] * math.tan(WALKER.incline)
        assert (height.abs() < 1e-12).all()
        assert (side * foot[:, 0] > 0.5).all()  # ahead of the other one, then behind it


def test_the_mass_matrix_is_that_of_three_point_masses():
    q = torch.tensor([0.3, -0.2], dtype=torch.float64)
    v = torch.tensor([1.3, -0.7], dtype=torch.float64)
    kinetic = (v @ UNEVEN.mass_matrix(q) @ v) / 2

    def places(y):
        n, s = y
        up, down = torch.stack((-s.sin(), s.cos())), torch.stack((n.sin(), -n.cos()))
        hip = UNEVEN.length * up
        return torch.stack((UNEVEN.foot_to_mass * up, hip, hip + UNEVEN.mass_to_hip * down))

    speeds = torch.func.jvp(places, (q,), (v,))[1]
    masses = torch.tensor([UNEVEN.leg_mass, UNEVEN.hip_mass, UNEVEN.leg_mass]).double()
    torch.testing.assert_close(kinetic, (masses * speeds.square().sum(-1)).sum() / 2)
    heights = places(q)[:, 1] - places(torch.zeros_like(q))[:, 1]
    torch.testing.assert_close(UNEVEN.potential(q), UNEVEN.gravity * (masses * heights).sum())


def test_a_walker_without_a_gait_is_refused():
    with pytest.raises(ValueError, match=r"none was found with 20.0 degrees.*system\.slope from"):
        CompassGait(slope=20.0)


@pytest.mark.slow
def test_a_spread_that_makes_most_starts_fall_is_refused():
    stumbling = CompassGait(slope=4.4, spread=0.9)
    with pytest.raises(ValueError, match=r"must walk 10 steps.*spread = 0\.9.*4\.4 degrees"):
        stumbling.sample_higher_energy(10, torch.Generator().manual_seed(0))


def test_a_walker_that_falls_is_not_interrupted_any_more():
    _, p = split_state(WALKER.gait)
    slow = torch.cat((WALKER.gait[:2], 0.5 * p)).unsqueeze(0)
    t = WALKER.time_scale * torch.arange(4, dtype=torch.float64)
    x = simulate(WALKER, slow, t, "reference")
    torch.testing.assert_close(
        WALKER.hamiltonian(x), WALKER.hamiltonian(slow).expand(1, 4), rtol=1e-10, atol=0
    )
