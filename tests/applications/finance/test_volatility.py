"""Forecasts of known variances, by the function that learned energies go through."""

import math

import torch

from src.applications.curves import curves
from src.applications.finance.volatility import MONTH, Killed, forecast
from src.boundary.characteristics import Box
from src.boundary.terminal import terminal_problem
from src.systems.finance.heston_variance import HestonVariance
from src.systems.finance.log_ou_variance import LogOUVariance

VARIANCE = HestonVariance()


def test_the_vix_of_a_calm_a_stressed_and_a_usual_day():
    times = torch.tensor([MONTH, 0.25, 1.0], dtype=torch.float64)
    for today, points in (
        (0.01, [12.40969, 15.12485, 18.45005]),
        (0.16, [37.20213, 32.93866, 25.26624]),
        (0.04, [20.0, 20.0, 20.0]),
    ):
        _, mean = forecast(VARIANCE.hamiltonian, today, times, Box.of(VARIANCE.bounds))
        expected = torch.tensor(points, dtype=torch.float64)
        torch.testing.assert_close(100 * mean.sqrt(), expected, rtol=0, atol=5.1e-6)


def test_every_curve_of_the_true_energy_is_exact():
    for system in (VARIANCE, LogOUVariance()):
        for name, curve in curves(system).items():
            assert curve.errors(curve.of(system.hamiltonian)).abs().max() < 1e-7, name


def test_the_expectation_of_what_is_killed_by_the_variance():
    """``ln E exp(-10 int v)`` over a year from the mean."""
    killed = Killed(VARIANCE.hamiltonian, 10.0)
    start, none = (torch.tensor([v], dtype=torch.float64) for v in (VARIANCE.mean, 0.0))
    year = torch.ones(1, dtype=torch.float64)
    found = terminal_problem(killed, start, none, year, Box.of(VARIANCE.bounds))
    assert abs(float(found.action[0]) + 0.386840364324) < 1e-12


def test_the_energy_of_a_logarithmic_variance_is_that_of_an_inverted_oscillator():
    system = LogOUVariance()
    x = system.sample_initial(20, torch.Generator().manual_seed(0))
    y, v = system.to_velocity(x).T
    k, noise = system.pull, system.volatility
    expected = (v**2 - k**2 * (y - system.mean) ** 2) / (2 * noise**2)
    torch.testing.assert_close(system.hamiltonian(x), expected, rtol=1e-12, atol=1e-12)
    assert math.isclose(k**2 * (system.today - system.mean), _acceleration(system), rel_tol=1e-12)


def _acceleration(system):
    x = torch.tensor([system.today, 0.7], dtype=torch.float64)
    return float(system.velocity_rate(x, system.vector_field(x))[1])
