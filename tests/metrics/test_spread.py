"""Whether spreads tell errors."""

import pytest
import torch

from src.metrics.spread import calibration, expected_coverage


def test_predictions_drawn_as_the_truth_is_are_calibrated():
    draw = torch.Generator().manual_seed(0)
    values = torch.randn(9, 200, 50, generator=draw, dtype=torch.float64)
    found = calibration(values[:8] - values[8])
    assert found.coverage == pytest.approx(expected_coverage(8), abs=0.01)
    assert found.error_over_spread == pytest.approx(1, abs=0.02)
    assert found.spread["median"] == pytest.approx(1, abs=0.05)


def test_a_common_error_shows_as_too_sure():
    draw = torch.Generator().manual_seed(0)
    errors = 5 + torch.randn(8, 20, 50, generator=draw, dtype=torch.float64)
    found = calibration(errors)
    assert found.coverage < 0.01
    assert found.error_over_spread == pytest.approx(5 / (9 / 8) ** 0.5, rel=0.02)


def test_values_that_are_not_finite_are_left_out():
    errors = torch.tensor([[[1.0, torch.nan]], [[-1.0, 3.0]]], dtype=torch.float64)
    found = calibration(errors)
    assert found.coverage == 1
    assert found.error["median"] == 0
    assert found.spread["median"] == pytest.approx(2**0.5)
