"""Roads against the spectra of the standard."""

import math

import pytest
import torch

from src.signals.road import HIGHEST, LOWEST, ROUGHNESS, IsoRoad
from src.systems.mass_spring import MassSpring
from src.systems.quarter_car_road import QuarterCarRoad

CAR = QuarterCarRoad()


def driven(road, count, times):
    law = road.draw(CAR, count, torch.Generator().manual_seed(0))
    x = torch.zeros(count, 4, dtype=torch.float64)
    return torch.stack([law(float(t), x) for t in times])


@pytest.mark.parametrize("roughness", ROUGHNESS)
def test_the_velocity_has_the_rms_of_the_spectrum(roughness):
    """Each cycle per metre gives the same: (2 pi n0 v)^2 Gd(n0)."""
    road = IsoRoad(roughness, speed=15.0)
    times = torch.arange(400, dtype=torch.float64) * 0.037
    rms = float(driven(road, 40, times)[..., 0].square().mean().sqrt())
    band = HIGHEST - LOWEST
    expected = 2 * math.pi * 0.1 * 15.0 * math.sqrt(ROUGHNESS[roughness] * band)
    assert rms == pytest.approx(expected, rel=0.02)


def test_the_road_has_the_spectrum_of_the_standard():
    """Periodograms of the profile over Gd (n / n0)^-2, in the mean from 0.05 to 1 cycles/m."""
    speed, count, samples = 20.0, 60, 2048
    step = 1 / (8 * HIGHEST * speed)
    times = torch.arange(samples, dtype=torch.float64) * step
    velocity = driven(IsoRoad("B", speed), count, times)[..., 0].T
    window = torch.hann_window(samples, dtype=torch.float64)
    power = torch.fft.rfft(velocity * window).abs().square().mean(0)
    density = 2 * step * power / window.square().sum()
    cycles = torch.fft.rfftfreq(samples, step, dtype=torch.float64) / speed
    inside = (cycles > 0.05) & (cycles < 1.0)
    # From the density of velocities per hertz to that of heights per cycle of road.
    heights = density[inside] * speed / (2 * math.pi * cycles[inside] * speed) ** 2
    standard = 64e-6 * (cycles[inside] / 0.1) ** -2
    assert float((heights / standard).mean()) == pytest.approx(1.0, abs=0.02)


def test_only_the_road_moves():
    u = driven(IsoRoad(), 3, [0.0, 0.4])
    assert (u[..., 1] == 0).all()
    assert (u[..., 0] != 0).all()


def test_a_system_without_a_road_is_refused():
    with pytest.raises(
        ValueError, match=r"input named road; MassSpring has force.*quarter_car_road"
    ):
        IsoRoad().draw(MassSpring(), 1, torch.Generator())


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"roughness": "Z"}, r"signal\.roughness must be one of A, B, C, D; got 'Z'"),
        ({"speed": 0.0}, r"signal\.speed must be a finite number above 0; got 0\.0"),
        ({"waves": 0}, r"signal\.waves must be 1 at least; got 0"),
    ],
)
def test_settings_that_make_no_road_are_refused(settings, message):
    with pytest.raises(ValueError, match=message):
        IsoRoad(**settings)
