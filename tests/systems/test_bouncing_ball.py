"""A ball that bounces: its period, its heights, its end."""

import math

import pytest
import torch

from src.data.simulation import follow, simulate
from src.systems.bouncing_ball import BouncingBall

HEIGHT = 0.8


def fall_from_rest(system, t):
    x0 = torch.tensor([[HEIGHT, 0.0]], dtype=torch.float64)
    x, impacts = follow(system, x0, t, "reference")
    return x[0], impacts


def test_a_ball_that_loses_nothing_bounces_periodically():
    system = BouncingBall(mass=0.3, gravity=7.0)
    period = system.period(HEIGHT)
    assert period == pytest.approx(2 * math.sqrt(2 * HEIGHT / 7.0))
    t = period * torch.tensor([0.0, 0.31, 1.31, 7.31], dtype=torch.float64)
    x, impacts = fall_from_rest(system, t)
    torch.testing.assert_close(x[1:], x[1].expand(3, -1), rtol=0, atol=1e-12)
    expected = period * (torch.arange(len(impacts.t), dtype=torch.float64) + 0.5)
    torch.testing.assert_close(impacts.t, expected, rtol=0, atol=1e-12)
    assert len(impacts.t) == 7


def test_each_bounce_reaches_the_square_of_the_restitution_of_the_last_height():
    system = BouncingBall(restitution=0.7)
    fall = system.period(HEIGHT) / 2
    # The tops lie in the middle of the flights, each shorter by the restitution.
    flights = 2 * fall * 0.7 ** torch.arange(1, 7, dtype=torch.float64)
    tops = fall + flights.cumsum(0) - flights / 2
    x, _ = fall_from_rest(system, torch.cat((torch.zeros(1).double(), tops)))
    expected = HEIGHT * 0.49 ** torch.arange(7, dtype=torch.float64)
    torch.testing.assert_close(x[:, 0], expected, rtol=1e-10, atol=0)
    assert (x[:, 1].abs() < 1e-11).all()


@pytest.mark.slow
def test_a_ball_that_loses_energy_comes_to_rest_in_finite_time():
    system = BouncingBall(restitution=0.7)
    end = system.period(HEIGHT) / 2 * (1 + 0.7) / (1 - 0.7)
    t = end * torch.tensor([0.0, 0.5, 0.99, 1.01, 3.0], dtype=torch.float64)
    x, impacts = fall_from_rest(system, t)
    energy = system.hamiltonian(x)
    assert (energy[:3] > 1e-6).all()
    assert (x[3:] == 0).all()
    lost = impacts.change(system.hamiltonian, 1, 5)[0]
    torch.testing.assert_close(energy - lost, energy[:1].expand(5), rtol=1e-12, atol=0)


def test_starts_are_spread_over_the_flight_as_a_motion_is():
    system = BouncingBall(height=(0.999, 1.0))
    starts = system.sample_initial(2000, torch.Generator().manual_seed(0))
    t = torch.tensor([0.0, 0.37 * system.time_scale], dtype=torch.float64)
    later = simulate(system, starts, t, "reference")[:, 1]
    torch.testing.assert_close(later.mean(0), starts.mean(0), rtol=0, atol=0.12)
    torch.testing.assert_close(later.std(0), starts.std(0), rtol=0.05, atol=0)


@pytest.mark.parametrize("value", [0.0, -0.5, 1.01, math.nan])
def test_a_bounce_gives_no_energy(value):
    with pytest.raises(ValueError, match=rf"system\.restitution must be above 0.*got {value}"):
        BouncingBall(restitution=value)
