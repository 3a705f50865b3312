"""Learning rates: closed forms."""

import math

import pytest
import torch

from src.training.schedules import constant, cosine, one_cycle


def rates(make, steps, taken=None, **settings):
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=0.5)
    schedule = make(optimizer, steps, **settings)
    found = []
    for _ in range(taken or steps):
        found.append(schedule.get_last_lr()[0] / 0.5)
        optimizer.step()
        schedule.step()
    return [*found, schedule.get_last_lr()[0] / 0.5]


def test_constant():
    assert rates(constant, 5) == [1] * 6


def test_cosine_rises_linearly_and_falls_along_half_a_cosine():
    found = rates(cosine, 100, warmup=0.1)
    assert found[:11] == pytest.approx([(k + 1) / 11 for k in range(10)] + [1])
    assert found[10:] == pytest.approx([(1 + math.cos(math.pi * k / 90)) / 2 for k in range(91)])
    assert found[-1] == 0


def test_one_cycle_agrees_with_torch():
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=1.0, momentum=0.9)
    theirs = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, max_lr=1.0, total_steps=101, pct_start=0.21, cycle_momentum=False
    )
    expected = []
    for _ in range(101):
        expected.append(theirs.get_last_lr()[0])
        optimizer.step()
        if len(expected) < 101:
            theirs.step()
    # Their rise ends at step 0.21 * 101 - 1 = 20.21 of 100.
    assert rates(one_cycle, 100, rising=0.2021) == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize("make", [constant, cosine, one_cycle])
def test_past_its_end_the_rate_stays(make):
    found = rates(make, 10, taken=15)
    assert found[10:] == [found[10]] * 6


def test_fractions_out_of_range_are_refused():
    with pytest.raises(ValueError, match=r"scheduler\.warmup must lie between 0 and 1, 1 excluded"):
        rates(cosine, 10, warmup=1.0)
    with pytest.raises(ValueError, match=r"scheduler\.rising must lie between 0 and 1, 1 excluded"):
        rates(one_cycle, 10, rising=-0.1)
