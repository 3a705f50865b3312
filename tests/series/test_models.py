"""What the models of recorded series do by construction."""

import math

import numpy as np
import pytest
import torch

from experiments.finance.market_trend.backtest import positions, returns
from experiments.finance.portfolio.trading import RISK_AVERSION, rate, trade
from experiments.finance.series import nets
from experiments.finance.series.regressions import AR1, Conservative2, CubicOM, Damped2
from experiments.finance.stress_history.instanton import OU

ORIGIN = np.array([-1])


def swings(count=60):
    """Return samples of an undamped swing about 2, exactly as leapfrog makes them."""
    y = [2.0, 2.3]
    while len(y) < count:
        y.append(2 * y[-1] - y[-2] - 0.1 * (y[-1] - 2))
    return np.array(y)


def test_a_swing_is_foretold_by_the_laws_that_hold_it():
    series = swings()
    origins = np.array([39])
    for model in (Conservative2(), Damped2()):
        model.fit(series[:40])
        found = model.predict(series[:40], origins, (1, 10, 20))
        np.testing.assert_allclose(found, series[[[40, 49, 59]]], rtol=1e-9)


def test_conservative2_keeps_its_discrete_energy_on_any_series():
    model, past = Conservative2(), np.cumsum(np.random.default_rng(0).normal(size=80))
    model.fit(past)
    path = model.predict(past, np.array([79]), tuple(range(1, 30)))[0]
    constant, slope = model.weights
    before, now = path[:-1], path[1:]
    energy = (now - before) ** 2 / 2 - slope * now * before / 2 - constant * (now + before) / 2
    np.testing.assert_allclose(energy, energy[0], rtol=1e-6)


def test_ar1_returns_to_its_mean_as_an_ornstein_uhlenbeck_process():
    model = AR1()
    model.weights = np.array([0.3, 0.9])
    found = model.predict(np.array([0.0, 5.0]), ORIGIN, (1, 7))[0]
    np.testing.assert_allclose(found, [3 + 0.9 * 2, 3 + 0.9**7 * 2])


def test_the_cubic_drift_weighs_by_its_diffusion():
    """Where the spread grows with the level, the drift is found all the same."""
    generator, y = np.random.default_rng(1), [0.0]
    for _ in range(20_000):
        y.append(0.9 * y[-1] + 0.1 * math.exp(min(y[-1], 0.7)) * generator.normal())
    model, past = CubicOM(), np.array(y)
    model.fit(past)
    at = np.array([-0.3, 0.0, 0.4])
    np.testing.assert_allclose(model.step(at, at), 0.9 * at, atol=0.02)


def test_a_drift_net_finds_the_way_back_and_does_not_leave_its_box(monkeypatch):
    monkeypatch.setattr(nets, "STEPS", 150)
    generator, y = np.random.default_rng(2), [0.0]
    for _ in range(1000):
        y.append(0.7 * y[-1] + generator.normal())
    past = np.array(y)
    net = nets.NetOM(seed=0)
    net.fit(past)
    edge = torch.tensor([past.min(), past.max()])
    with torch.no_grad():
        following = net.path(edge, edge, 1)[1]
    np.testing.assert_allclose(following, 0.7 * edge, atol=0.6)
    low, high = net.box
    outside = torch.tensor([low - 1, high + 1], dtype=torch.float64)
    with torch.no_grad():
        path = net.path(outside, outside, 30)
    assert (path[:, 0].diff() >= 0).all()
    assert (path[:, 1].diff() <= 0).all()
    for start, most in ((high - 0.01, high), (high + 1, high + 1)):
        assert net.predict(np.array([0.0, start]), ORIGIN, (1, 30)).max() <= most


@pytest.mark.parametrize("kind", [nets.NetHNN, nets.NetLNN])
def test_conservative_nets_follow_a_swing(kind, monkeypatch):
    monkeypatch.setattr(nets, "STEPS", 60)
    series = swings(120)
    net = kind(seed=0)
    net.fit(series[:100])
    found = net.predict(series[:100], np.array([99]), (1, 2))
    still = np.abs(series[[[100, 101]]] - series[99])
    assert (np.abs(found - series[[[100, 101]]]) < still / 8).all()


def test_trades_cost_and_positions_earn():
    series = np.log([1.0, 1.1, 1.1, 0.99])
    origins = np.arange(3)
    held = positions(series, origins, series[origins] + [0.1, -0.1, -0.2])
    np.testing.assert_array_equal(held, [1, -1, -1])
    earned = returns(series, origins, held, cost=0.01)
    np.testing.assert_allclose(earned, [0.1 - 0.01, 0 - 0.02, 0.1])


def test_slow_trading_decays_towards_its_aim():
    assert rate(5.0) == pytest.approx(1 - math.exp(-1))
    factors = np.random.default_rng(3).normal(0.01, 0.04, size=(200, 3))
    found = trade(factors, cost=50.0, share=0.0, mix=0.5)
    assert {len(one.returns) for one in found.values()} == {200 - 121}
    turnover = {name: one.turnover.mean() for name, one in found.items()}
    assert turnover["Garleanu-Pedersen"] < turnover["half way"] < turnover["Markowitz"]


def test_the_rate_is_that_of_the_riccati_equation_for_short_steps():
    """The stable manifold in discrete time: A(gamma + A + c) = c(gamma + A), step by step."""
    cost, steps = 5.0, 1000
    risk, price = RISK_AVERSION / steps, cost * steps
    value = (-risk + math.sqrt(risk**2 + 4 * price * risk)) / 2
    share = (risk + value) / (price + risk + value)
    assert 1 - (1 - share) ** steps == pytest.approx(rate(cost), rel=1e-3)


def test_the_most_likely_path_has_the_least_action():
    law = OU(
        np.array([1.0, 0.5]),
        np.array([[0.8, 0.1], [-0.2, 0.9]]),
        np.array([[1.0, -0.3], [-0.3, 0.5]]),
    )
    weights, months = np.array([0.5, 1.0]), 12
    path = law.path(weights, 4.0, months)
    assert weights @ path[-1] == pytest.approx(4.0)
    np.testing.assert_allclose(path[0], law.mean)
    spread = weights @ law.spreads(months)[-1] @ weights
    least = (4.0 - weights @ law.mean) ** 2 / (2 * spread)
    assert law.action(path) == pytest.approx(least)
    bump = np.sin(np.pi * np.arange(months + 1) / months)[:, None] * [0.3, -0.2]
    assert law.action(path + bump) > least
    assert law.action(path - bump) > least


def test_a_law_is_found_again_from_its_motion():
    law = OU(np.zeros(2), np.array([[0.8, 0.1], [-0.2, 0.9]]), np.diag([1.0, 0.5]))
    x = [np.zeros(2)]
    for shock in np.random.default_rng(4).normal(size=(20_000, 2)) * np.sqrt(np.diag(law.noise)):
        x.append(law.keep @ x[-1] + shock)
    path = np.array(x)
    found = OU.fitted(path[:-1], path[1:], np.zeros(2))
    np.testing.assert_allclose(found.keep, law.keep, atol=0.02)
    np.testing.assert_allclose(found.noise, law.noise, atol=0.03)
    np.testing.assert_allclose(np.cov(path.T), law.stationary(), rtol=0.1, atol=0.1)


def test_a_law_without_a_way_back_goes_anywhere():
    law = OU(np.zeros(2), np.eye(2), np.eye(2))
    assert law.beyond(np.array([0.0, 1.0]), 3.0, None) == 0.5
