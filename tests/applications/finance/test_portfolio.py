"""Portfolios and hedges: check values, for the true energies, by the functions of learned ones."""

import dataclasses

import numpy as np
import pytest
import torch

from src.applications.curves import curves
from src.applications.finance.allocation import exact_slopes, hedging_demand
from src.applications.finance.portfolio import BestPath, endless_path, portfolio_path
from src.systems.finance.garleanu_pedersen import GarleanuPedersen
from src.systems.finance.kim_omberg import KimOmberg

FUND, INVESTOR = GarleanuPedersen(), KimOmberg()
NONE = torch.zeros(3, dtype=torch.float64)


def test_aim_and_rates_are_those_of_the_reference():
    assert FUND.aim == pytest.approx((0.29272307, 0.52201258, 0.52099712), abs=5e-9)
    assert FUND.modes[1].tolist() == pytest.approx([0.87901865, 1.47114434, 2.26618358], abs=5e-9)


def test_the_way_to_a_free_end_and_its_cost_are_those_of_the_reference():
    t = torch.tensor([0, 0.5, 2], dtype=torch.float64)
    found = portfolio_path(FUND.hamiltonian, NONE, t)
    middle, end = (0.25103377, 0.15459953, 0.23039627), (0.33230191, 0.32582245, 0.42192141)
    assert found.x[1, :3].tolist() == pytest.approx(middle, abs=5e-9)
    assert found.x[2, :3].tolist() == pytest.approx(end, abs=5e-9)
    assert float(found.action[-1]) == pytest.approx(0.01862159893, abs=5e-12)
    assert BestPath(FUND).cost(2.0) == pytest.approx(0.01862159893, abs=5e-12)
    energy = FUND.hamiltonian(found.x)
    assert float((energy - energy[0]).abs().max()) < 1e-12


def test_without_an_end_the_energy_is_zero_and_trading_is_linear_in_the_distance():
    t = torch.linspace(0, 5, 6, dtype=torch.float64)
    aim = torch.tensor(FUND.aim, dtype=torch.float64)
    found = endless_path(FUND.hamiltonian, NONE, aim + 0.05, t)
    expected = BestPath(FUND).holdings(t.numpy(), np.inf)
    assert np.abs(found.x[:, :3].numpy() - expected).max() < 1e-8
    assert float(FUND.hamiltonian(found.x).abs().max()) < 1e-10


def test_curves_of_the_true_energy_are_exact():
    for system in (FUND, INVESTOR):
        for curve in curves(system).values():
            value = curve.of(lambda x, t=None, s=system: s.hamiltonian(x) + 3.0)
            torch.testing.assert_close(value, curve.exact, rtol=1e-6, atol=1e-8)


@pytest.mark.slow
def test_one_asset_and_four_have_paths_as_well():
    for n in (1, 4):
        fund = dataclasses.replace(
            FUND,
            volatility=(0.2,) * n,
            correlation=(0.1,) * (n * (n - 1) // 2),
            expected=tuple(0.02 + 0.01 * i for i in range(n)),
            trading_cost=(0.03,) * n,
        )
        t = torch.tensor([0, 1.0, 2.0], dtype=torch.float64)
        found = portfolio_path(fund.hamiltonian, torch.zeros(n).double(), t)
        expected = BestPath(fund).holdings(t.numpy(), 2.0)
        assert np.abs(found.x[:, :n].numpy() - expected).max() < 1e-8


def test_the_hedge_is_the_momentum():
    horizons = torch.tensor([1.0, 5, 10, 30], dtype=torch.float64)
    hedge = hedging_demand(INVESTOR, INVESTOR.hamiltonian, horizons)
    expected = (0.05382201, 0.24403976, 0.39021114, 0.51894594)
    assert hedge.tolist() == pytest.approx(expected, abs=5e-9)
    for horizon, value, c in zip(
        (1.0, 5.0, 10.0, 30.0),
        expected,
        (-0.70835996, -2.21894549, -2.73831656, -2.87869275),
        strict=True,
    ):
        slopes = exact_slopes(INVESTOR, horizon)
        assert slopes[1] == pytest.approx(c, abs=5e-9)
        demand = INVESTOR.hedge * (slopes[0] + slopes[1] * INVESTOR.today)
        assert demand == pytest.approx(value, abs=5e-9)
    myopic = INVESTOR.today / (INVESTOR.risk_aversion * INVESTOR.volatility)
    assert myopic == pytest.approx(0.36)


def test_assets_that_are_not_counted_alike_are_refused():
    with pytest.raises(ValueError, match=r"one number for each asset.*got 2 volatilities"):
        GarleanuPedersen(volatility=(0.1, 0.2))
    with pytest.raises(ValueError, match=r"correlation must be positive definite"):
        GarleanuPedersen(correlation=(0.99, 0.99, -0.99))
    with pytest.raises(ValueError, match=r"risk_aversion must be above 1"):
        KimOmberg(risk_aversion=0.5)
