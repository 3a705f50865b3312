"""Saving without impatience: Keynes' rule, and the way to bliss of the true energy."""

import math
from dataclasses import replace

import pytest
import torch

from src.applications.curves import curves
from src.applications.finance.growth import consumption, way_to_bliss
from src.systems.finance.ramsey_growth import RamseyGrowth

NATION = RamseyGrowth()


@pytest.mark.parametrize("k", [0.2, 0.5, 0.9, 1.0, 1.4])
def test_with_utility_one_over_consumption_the_best_one_is_that_of_a_square(k):
    # u = -1 / c: (f - c) / c^2 = 1 / c - 1 / c*
    missing = 1 - float(NATION.income(torch.tensor(k, dtype=torch.float64))) / NATION.bliss
    expected = NATION.bliss * (1 - math.copysign(math.sqrt(max(missing, 0)), 1 - k))
    assert consumption(NATION, k) == pytest.approx(expected, abs=1e-10)


@pytest.mark.parametrize("curvature", [3.0])
def test_the_best_way_has_no_energy_and_keeps_keynes_rule(curvature):
    nation = replace(NATION, curvature=curvature)
    t = torch.linspace(0, 3 * nation.time_scale, 7, dtype=torch.float64)
    x = way_to_bliss(nation.hamiltonian, nation, t)
    assert float(nation.hamiltonian(x).abs().max()) < 1e-9 * nation.bliss
    k, v = nation.to_velocity(x).T
    lost = nation.lagrangian(torch.stack((k, v), dim=-1))
    torch.testing.assert_close(v * x[:, 1], lost, atol=1e-9 * nation.bliss, rtol=0)
    consumed = k.new_tensor([consumption(nation, value) for value in k.tolist()])
    torch.testing.assert_close(nation.income(k) - v, consumed, atol=1e-8, rtol=0)


def test_bliss_is_where_all_rests_and_is_neared_at_its_rate():
    rest = torch.tensor([[1.0, 0.0]], dtype=torch.float64)
    assert float(NATION.vector_field(rest).abs().max()) < 1e-17
    assert float(NATION.hamiltonian(rest).abs()) < 1e-16
    t = torch.tensor([0, 100, 200, 210], dtype=torch.float64)
    away = (1 - way_to_bliss(NATION.hamiltonian, NATION, t)[-2:, 0]).log()
    assert float(away.diff()) / 10 == pytest.approx(-NATION.nearing, rel=1e-3)


def test_curves_of_the_true_energy_are_keynes():
    for curve in curves(NATION).values():
        value = curve.of(NATION.hamiltonian)
        torch.testing.assert_close(value, curve.exact, rtol=0, atol=1e-8)


def test_marginal_utility_must_fall_faster_than_consumption_rises():
    with pytest.raises(ValueError, match=r"system.curvature must be above 1; got 1"):
        RamseyGrowth(curvature=1.0)
