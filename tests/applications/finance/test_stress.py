"""Most plausible paths to a loss, of true energies."""

import math

import numpy as np
import pytest
import torch

from src.applications.curves import curves
from src.applications.finance import crash
from src.applications.finance.heston import probability_below
from src.systems.finance.heston_crash import HestonCrash
from src.systems.finance.ou_reverse_stress import OUReverseStress

CRASH, FACTORS = HestonCrash(), OUReverseStress()


def vector(*values):
    return torch.tensor(values, dtype=torch.float64)


def close(found, expected, digits=8):
    torch.testing.assert_close(found, vector(*expected), rtol=0, atol=0.51 * 10**-digits)


def test_every_curve_of_the_true_energy_is_exact_and_a_constant_changes_nothing():
    for system in (CRASH, FACTORS):

        def shifted(x, t=None, system=system):
            return system.hamiltonian(x) + 0.3

        for name, curve in curves(system).items():
            assert curve.errors(curve.of(shifted)).abs().max() < 1e-6, name


def test_crash_paths_are_those_of_the_reference():
    entropy = curves(CRASH)["relative_entropy"]
    close(entropy.exact, [0.681604264, 2.12831991], 8)
    mild, severe = (crash.heston_crash_path(CRASH, drop) for drop in crash.DROPS)
    assert crash.heston_tilt(CRASH, -0.12) == pytest.approx(-9.0356969, abs=5e-8)
    assert crash.heston_tilt(CRASH, -0.25) == pytest.approx(-12.7821170, abs=5e-8)
    close(mild.x[2::2, 1], [0.03994, 0.04925, 0.05741, 0.06396], 5)
    close(severe.x[-1:, 1], [0.09595], 5)
    close(torch.stack((mild.x[-1, 0], severe.x[-1, 0])), [-0.12, -0.25], 9)


def test_what_is_plausible_is_not_what_is_probable():
    assert probability_below(CRASH, -0.25, 0.25) == pytest.approx(0.0131498, abs=5e-8)
    assert probability_below(CRASH, -0.12, 0.25) == pytest.approx(0.0911, abs=5e-5)
    fall = curves(CRASH)["plausibility"]
    close(fall.exact, [0.506, 0.119], 3)
    close(fall.others["probability"], [0.0911122, 0.0131498], 7)
    factors = curves(FACTORS)["plausibility"]
    assert float(factors.exact[1]) == pytest.approx(0.626, abs=5e-4)
    assert float(factors.others["probability"][1]) == pytest.approx(0.1666165, abs=5e-8)


@pytest.mark.parametrize("drop", crash.DROPS)
def test_the_path_is_the_mean_of_a_simulation_under_the_tilted_measure(drop):
    """Not by weights of a simulation under the untilted one: they have no variance to speak of."""
    paths, steps = 20_000, 200
    known = crash.heston_crash_path(CRASH, drop)
    tilt, dt = float(known.x[0, 2]), CRASH.maturity / steps
    p_v = np.interp(np.arange(steps) * dt, known.t.numpy(), known.x[:, 3].numpy())
    sigma, rho = CRASH.volatility_of_variance, CRASH.correlation
    noise = np.random.default_rng(1)
    x, v = np.zeros(paths), np.full(paths, CRASH.initial_variance)
    for p in p_v:
        wide = np.sqrt(np.maximum(v, 0) * dt)
        along, across = noise.standard_normal((2, paths)) * wide
        back = CRASH.reversion * (CRASH.mean_variance - v)
        x = x + (CRASH.growth + v * (tilt - 0.5 + rho * sigma * p)) * dt + along
        bent = back + sigma * v * (rho * tilt + sigma * p)
        v = v + bent * dt + sigma * (rho * along + math.sqrt(1 - rho**2) * across)
    for values, mean, bias in ((x, drop, 1e-3), (v, float(known.x[-1, 1]), 2e-4)):
        error = 3 * values.std() / math.sqrt(paths)
        assert abs(values.mean() - mean) < error + bias


def test_paths_of_gaussian_factors_are_those_of_the_reference():
    found = curves(FACTORS)
    names = ("equity_path", "vix_path", "spread_path")
    path = torch.stack([found[name].of(FACTORS.hamiltonian) for name in names], dim=-1)
    close(path[-1], [-0.08797706, 0.28075186, 0.07449634])
    close(path[4], [-0.06210246, 0.25372567, 0.02963726])
    entropy = found["relative_entropy"].of(FACTORS.hamiltonian)
    assert float(entropy[1]) == pytest.approx(0.468146472, abs=5e-10)
    assert float(found["profit_and_loss"].of(FACTORS.hamiltonian).sum()) == pytest.approx(-0.4)


def test_the_way_to_a_loss_is_not_the_way_back_run_backwards():
    k = torch.tensor(FACTORS.reversion, dtype=torch.float64)
    d = FACTORS.covariance(torch.zeros(3, dtype=torch.float64))
    assert float((k @ d - (k @ d).T).norm()) == pytest.approx(0.49, abs=0.005)


def test_an_energy_without_such_a_path_says_nothing():
    entropy = curves(FACTORS)["relative_entropy"]
    assert entropy.of(lambda x, t=None: 0 * x.sum(-1)).isnan().all()
