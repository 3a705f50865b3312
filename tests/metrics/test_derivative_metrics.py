from dataclasses import replace

import pytest
import torch

from src.mechanics.state import StateSpec
from src.metrics.derivative import derivative_error

SPEC = StateSpec(("q",), (False,))
TARGET = torch.randn(100, 2, generator=torch.Generator().manual_seed(0), dtype=torch.float64)


def test_the_mean_rate_has_error_one_whatever_the_units():
    target = TARGET * torch.tensor([1e-3, 1e4]).double() + 7
    mean = target.mean(dim=0).expand_as(target)
    assert derivative_error(mean, target, SPEC) == pytest.approx(1.0)
    assert derivative_error(target, target, SPEC) == 0.0


def test_components_that_do_not_vary_are_left_out():
    target = torch.cat((TARGET[:, :1], torch.zeros(100, 1).double()), dim=1)
    prediction = target + 1
    expected = 1 / float(TARGET[:, 0].var(correction=0))
    assert derivative_error(prediction, target, SPEC) == pytest.approx(expected)


def test_there_is_no_error_without_variation_or_with_nan():
    assert derivative_error(TARGET, torch.ones_like(TARGET), SPEC) is None
    assert derivative_error(TARGET * torch.nan, TARGET, SPEC) is None


def test_errors_of_components_that_are_alike_count_the_same_wherever_they_are():
    alike = StateSpec(("u1", "u2"), (False, False), coordinates="poisson", alike=True)
    target = TARGET * torch.tensor([1e-6, 1.0]).double()
    first, second = torch.eye(2, dtype=torch.float64) * 0.1
    here, there = (derivative_error(target + error, target, alike) for error in (first, second))
    assert here == pytest.approx(there)
    assert derivative_error(target + first, target, replace(alike, alike=False)) > 1e8 * here
