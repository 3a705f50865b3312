"""Cycles of models of markets against the reference, and against closed forms."""

import dataclasses
import math

import pytest
import torch

from src.applications.passages import peak
from src.applications.quantities import quantities
from src.data.simulation import simulate
from src.systems.finance.beja_goldman import BejaGoldman
from src.systems.finance.goodwin_cycle import GoodwinCycle


def measured(system, **starts):
    def flow(x0, t):
        return simulate(system, x0, t, "reference")

    found = quantities(system)
    return {name: dataclasses.replace(one, **starts).of(flow) for name, one in found.items()}


@pytest.mark.parametrize(
    ("employment", "period"),
    [(0.98, 10.790984), pytest.param(0.999, 10.793622, marks=pytest.mark.slow)],
)
def test_goodwins_cycle_has_the_period_and_the_extremes_of_the_reference(employment, period):
    system = GoodwinCycle()
    assert (system.wage_share, system.full) == pytest.approx((0.909, 0.95098), abs=1e-5)
    assert system.time_scale == pytest.approx(10.789436, abs=5e-7)
    place = [math.log(system.wage_share), math.log(employment)]
    start = torch.tensor(place, dtype=torch.float64)
    assert measured(system, x0=start)["period"] == pytest.approx(period, abs=2e-6)
    if employment == 0.98:
        t = torch.linspace(0, 11, 201, dtype=torch.float64)
        cycle = simulate(system, start.unsqueeze(0), t, "reference")[0].exp()
        assert -peak(t, -cycle[:, 0]) == pytest.approx(0.86402, abs=5e-6)
        assert peak(t, cycle[:, 0]) == pytest.approx(0.95551, abs=5e-6)
        assert -peak(t, -cycle[:, 1]) == pytest.approx(0.92254, abs=5e-6)


def test_growth_that_leaves_nothing_for_wages_is_refused():
    with pytest.raises(ValueError, match=r"capital must be below .*28.57 yr.*got 30"):
        GoodwinCycle(capital=30.0)


@pytest.mark.parametrize("followers", [1.1, 1.4])
def test_prices_tell_how_strong_trend_followers_would_have_to_be(followers):
    system = BejaGoldman(trend_followers=followers)
    found = measured(system)
    assert found["critical_strength"] == pytest.approx(1.25, rel=1e-5)
    damping = 2.5 - 2 * followers
    expected = 2 * math.pi / math.sqrt(1 - damping**2 / 4)
    assert found["period"] == pytest.approx(expected, rel=1e-5)


def test_the_cycle_that_goes_on_for_ever_keeps_its_energy_and_has_the_period_of_the_reference():
    system = BejaGoldman(trend_followers=1.25)
    assert system.frictionless
    assert "dissipation" not in system.traits
    assert measured(system)["period"] == pytest.approx(6.283185, abs=1e-6)
    assert not BejaGoldman().frictionless


def test_prices_that_do_not_turn_have_no_period():
    assert quantities(BejaGoldman(trend_followers=0.2)) == {}
