"""Schedules of orders: check values, for the true energies, by the functions of learned ones."""

from dataclasses import replace

import pytest
import torch

from src.applications.curves import curves
from src.applications.finance.execution import (
    BestSchedule,
    Schedule,
    constant_rate_cost,
    schedules,
    supposed_costs,
    true_costs,
)
from src.boundary.ends import NoMotionError
from src.systems.finance.almgren_chriss import AlmgrenChriss
from src.systems.finance.almgren_chriss_power import AlmgrenChrissPower

LINEAR, POWER = AlmgrenChriss(), AlmgrenChrissPower()
DAYS = [0, 80, 160, 240, 320, 400]


def test_linear_impact_has_the_schedule_and_the_cost_of_almgren_and_chriss():
    schedule = Schedule(LINEAR, LINEAR.hamiltonian, 5.0)
    expected = [1, 0.545212, 0.293239, 0.150348, 0.063385, 0]
    assert schedule.left[DAYS].tolist() == pytest.approx(expected, abs=5e-7)
    for cost in (schedule.supposed, schedule.true):
        assert float(cost[-1]) == pytest.approx(1_509_484.91, abs=0.005)
    energy = LINEAR.hamiltonian(schedule.motion.x[[0, -1]])
    assert energy.tolist() == pytest.approx([8_917.877248] * 2, abs=5e-3)
    assert constant_rate_cost(LINEAR, 5.0) == pytest.approx(2_004_166.67, abs=0.005)
    impact = LINEAR.cost * torch.trapezoid(schedule.velocity.square(), schedule.motion.t)
    assert float(impact) == pytest.approx(777_037.15, rel=1e-4)
    assert LINEAR.cost / 5 == pytest.approx(500_000)


def test_power_law_impact_has_the_schedule_and_the_cost_of_the_reference():
    schedule = Schedule(POWER, POWER.hamiltonian, 5.0)
    expected = [1, 0.504808, 0.272129, 0.145399, 0.064042, 0]
    assert schedule.left[DAYS].tolist() == pytest.approx(expected, abs=5e-7)
    assert float(schedule.supposed[-1]) == pytest.approx(0.7652446547, abs=5e-11)
    energy = POWER.hamiltonian(schedule.motion.x)
    torch.testing.assert_close(energy, energy.new_full((401,), 0.006915929995), rtol=0, atol=1e-12)
    assert constant_rate_cost(POWER, 5.0) == pytest.approx(0.9807307878, abs=1e-10)


def test_quadrature_agrees_with_the_closed_form_and_with_the_motion():
    best = BestSchedule(LINEAR, 5.0)
    t = torch.linspace(0, 5, 6, dtype=torch.float64)
    k = torch.tensor(0.9025 / 2.5, dtype=torch.float64).sqrt()
    assert float(k) == pytest.approx(0.600832755, abs=5e-10)
    closed = (k * (5 - t)).sinh() / (5 * k).sinh()
    torch.testing.assert_close(best.left(t), closed, rtol=0, atol=1e-9)
    assert best.cost == pytest.approx(float(2.5e6 * k / (5 * k).tanh()), rel=1e-9)
    assert BestSchedule(POWER, 5.0).cost == pytest.approx(0.7652446547, abs=5e-11)
    assert BestSchedule(POWER, 5.0).energy == pytest.approx(0.006915929995, abs=5e-13)


@pytest.mark.parametrize("system", [pytest.param(LINEAR, marks=pytest.mark.slow), POWER])
def test_curves_of_the_true_energy_are_exact_and_do_not_ask_for_its_unit(system):
    def off(x, t=None):  # L in another unit, and off by a constant
        q, p = x.chunk(2, dim=-1)
        return 0.3 * system.hamiltonian(torch.cat((q, p / 0.3), dim=-1)) + 2.0

    for curve in curves(system).values():
        assert curve.up_to
        torch.testing.assert_close(curve.of(off), curve.exact, rtol=1e-8, atol=1e-8)


@pytest.mark.slow
def test_a_schedule_that_is_best_by_a_wrong_energy_costs_more_than_it_says():
    wrong = replace(POWER, risk=0.5)
    best, found = curves(POWER)["cost"].exact, schedules(POWER, wrong.hamiltonian)
    assert (true_costs(found) > best).all()
    assert ((supposed_costs(found) - best).abs() > 1e-3 * best).any()


def test_schedules_that_trade_faster_than_those_of_training_are_refused_with_what_to_do():
    with pytest.raises(NoMotionError, match=r"where the energy is known.*train on a larger"):
        Schedule(POWER, POWER.hamiltonian, 0.5)
