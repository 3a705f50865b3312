"""Numbers of walking, of swinging up and of flying past, from true motions."""

import math

import pytest
import torch

from src.applications.biomechanics import gait_period, step_length, strikes, swing_period
from src.applications.control import basin, catch_times
from src.applications.particle import deflection
from src.applications.passages import period, unwrapped
from src.data.simulation import follow, simulate, simulate_driven
from src.mechanics.state import split_state
from src.signals.feedback import EnergyShaping
from src.systems.compass_gait import CompassGait
from src.systems.coulomb_scatter import CoulombScatter
from src.systems.pendulum import Pendulum
from src.systems.swing_leg import SwingLeg


@pytest.mark.parametrize("shank_mass", [None, 1.5])
def test_a_leg_swings_with_the_period_of_its_slow_mode(shank_mass):
    leg = SwingLeg(stop=0.0, shank_mass=shank_mass)
    rest = torch.zeros(2, dtype=torch.float64)
    stiffness = torch.diag(torch.tensor(leg.weights, dtype=torch.float64))
    shapes = torch.linalg.eig(torch.linalg.solve(leg.mass_matrix(rest), stiffness))
    slow = shapes.eigenvectors.real[:, shapes.eigenvalues.real.argmin()]
    x0 = torch.cat((0.01 * slow / slow[0], rest)).unsqueeze(0)
    t = torch.linspace(0, 3.2 * leg.time_scale, 193, dtype=torch.float64)
    thigh = simulate(leg, x0, t, "reference")[0, :, 0]
    assert swing_period(t, thigh) == pytest.approx(leg.time_scale, rel=1e-4)


def test_a_lighter_prosthesis_swings_faster():
    """The slow period of a natural leg is 1.596 s."""
    natural, light = SwingLeg(stop=0.0), SwingLeg(stop=0.0, shank_mass=1.5)
    assert natural.time_scale == pytest.approx(1.596, abs=1e-3)
    assert light.time_scale < 0.95 * natural.time_scale


def test_the_gait_has_the_step_of_the_reference():
    walker = CompassGait()
    t = torch.linspace(0, 4, 41, dtype=torch.float64)
    _, impacts = follow(walker, walker.gait.unsqueeze(0), t, "reference")
    assert gait_period(impacts.t) == pytest.approx(0.734346, abs=1e-6)
    between = impacts.before[:, 0] - impacts.before[:, 1]
    assert between.tolist() == pytest.approx([0.54206] * len(between), abs=1e-5)
    expected = 2 * walker.length * math.sin(0.54206 / 2)
    assert step_length(between, walker.length) == pytest.approx(expected, abs=1e-5)


def test_without_steps_there_is_no_gait():
    none = torch.zeros(0, dtype=torch.float64)
    assert gait_period(none) is None
    assert gait_period(torch.ones(1, dtype=torch.float64)) is None
    assert step_length(none, 1.0) is None


@pytest.mark.slow
def test_pumped_pendulums_are_caught_upright_and_free_ones_are_not():
    system = Pendulum()
    law = EnergyShaping(gain=0.5, energy=2 * system.weight, limit=0.3)
    t = torch.linspace(0, 15, 301, dtype=torch.float64)
    x0 = system.sample_initial(4, torch.Generator().manual_seed(0))
    driven, _ = simulate_driven(system, x0, t, "reference", law.draw(system, 4, torch.Generator()))
    free = simulate(system, x0, t, "reference")
    for x, fraction in ((driven, 1.0), (free, 0.0)):
        angle, rate = split_state(system.to_velocity(x))
        assert basin(catch_times(t, angle[..., 0], rate[..., 0])) == fraction


def test_upright_is_upright_after_any_turns_and_nothing_that_broke_off():
    angle = torch.tensor([[3 * math.pi], [-math.pi], [2 * math.pi], [math.nan]])
    t = torch.zeros(1)
    found = catch_times(t, angle, torch.zeros_like(angle))
    assert found.isfinite().tolist() == [True, True, False, False]
    assert basin(found) == 0.5
    assert catch_times(t, angle, torch.full_like(angle, 2.0)).isnan().all()


def test_the_first_time_at_which_both_hold_is_that_of_the_catch():
    t = torch.tensor([0.0, 1.0, 2.0, 3.0])
    angle = math.pi + torch.tensor([[1.0, 0.1, 0.2, 0.1]])
    rate = torch.tensor([[0.0, 5.0, 0.5, 0.0]])
    assert catch_times(t, angle, rate).tolist() == [2.0]


def test_a_charge_is_deflected_by_rutherfords_angle():
    """tan(theta / 2) = k / (m v^2 b); from 4000 m away the whole angle is seen to 1e-3."""
    system, speed, offset = CoulombScatter(), 1.3, 0.7
    x0 = torch.tensor([[-4000.0, offset, speed, 0.0]], dtype=torch.float64)
    t = torch.linspace(0, 8000 / speed, 3, dtype=torch.float64)
    _, velocity = split_state(system.to_velocity(simulate(system, x0, t, "reference")[0]))
    expected = 2 * math.atan(1 / (speed**2 * offset))
    assert deflection(velocity) == pytest.approx(expected, abs=1e-3)
    assert system.deflection(speed, offset) == pytest.approx(expected)


def test_a_period_needs_two_rises_and_an_angle_goes_on():
    t = torch.linspace(0, 3, 181, dtype=torch.float64)
    assert period(t, 2 + (2 * math.pi * t / 0.7).sin()) == pytest.approx(0.7, rel=1e-5)
    assert period(t, (2 * math.pi * t / 5).sin()) is None
    assert period(t, torch.ones_like(t)) is None
    angle = 7.0 * t
    wrapped = torch.remainder(angle + math.pi, 2 * math.pi) - math.pi
    torch.testing.assert_close(unwrapped(wrapped), angle)


def test_strikes_are_found_between_samples_and_legs_that_pass_are_none():
    """Legs that open steadily to 0.6 rad at t = 1, 2, 3, and change their names there."""
    t = torch.linspace(0, 3.5, 36, dtype=torch.float64) + 0.013
    phase = t - t.floor()
    between, height = 1.2 * phase - 0.6, (1 - phase) * (phase - 0.5)
    when, angles = strikes(t, height, between)
    torch.testing.assert_close(when, torch.tensor([1.0, 2.0, 3.0]).double())
    torch.testing.assert_close(angles, torch.full((3,), 0.6).double())
    assert len(strikes(t, height, -between)[0]) == 0
