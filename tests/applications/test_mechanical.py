import math

import pytest
import torch

from src.applications.mechanical import (
    comfort_weight,
    transmission_ratio,
    tyre_load_variation,
    weighted_rms,
)
from src.mechanics.state import split_state
from src.systems.four_bar import FourBar
from src.systems.quarter_car import QuarterCar


def test_the_ratio_of_a_linkage_is_that_of_its_angles():
    """omega4 / omega2 = a sin(theta2 - theta3) / c sin(theta4 - theta3)."""
    bar = FourBar()
    x = bar.sample_initial(20, torch.Generator().manual_seed(0))
    (two, three, four), v = (part.unbind(-1) for part in split_state(bar.to_velocity(x)))
    a, c = bar.crank, bar.rocker
    expected = a * (two - three).sin() / (c * (four - three).sin())
    torch.testing.assert_close(transmission_ratio(v[0], v[2]), expected)


@pytest.mark.parametrize(
    ("hertz", "weight"),
    [(0.5, 0.418), (1, 0.482), (2, 0.531), (4, 0.967), (6.3, 1.054), (8, 1.036), (16, 0.768)],
)
def test_the_weights_of_vibrations_are_those_of_the_table(hertz, weight):
    """ISO 2631-1, table 3, three digits."""
    frequency = torch.tensor([hertz], dtype=torch.float64)
    assert float(comfort_weight(frequency)) == pytest.approx(weight, abs=1.1e-3)


@pytest.mark.parametrize("samples", [2000, 2001])
def test_a_sine_is_felt_by_its_weight(samples):
    hertz, duration = 5.0, 4.0
    t = torch.arange(samples, dtype=torch.float64) * duration / samples
    wave = 0.7 * (2 * math.pi * hertz * t).sin()
    weight = float(comfort_weight(torch.tensor([hertz], dtype=torch.float64)))
    assert weighted_rms(t, wave) == pytest.approx(0.7 / math.sqrt(2) * weight, rel=1e-9)
    assert weighted_rms(t, torch.full_like(t, 9.81)) < 1e-12


def test_a_free_wheel_varies_its_load_by_its_amplitude():
    car = QuarterCar()
    t = torch.linspace(0, 40, 8001, dtype=torch.float64)
    x0 = car.sample_initial(1, torch.Generator().manual_seed(0))
    load = car.tyre * -car.exact_flow(x0, t)[:, 0, 1]
    static = 9.81 * (car.body_mass + car.wheel_mass)
    found = tyre_load_variation(load + static, static)
    assert found == pytest.approx(float(load.square().mean().sqrt()) / static)
    assert 0 < found < 1
