import dataclasses
import math

import pytest
import torch

from src.applications.mechanical import tyre_load_variation, weighted_rms
from src.data.simulation import simulate, simulate_driven
from src.mechanics.state import split_state
from src.signals.road import IsoRoad
from src.systems.quarter_car import QuarterCar
from src.systems.quarter_car_road import QuarterCarRoad

ROAD = QuarterCarRoad()
LEVEL = QuarterCar(damper=ROAD.damper)


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


def stretched(x):
    """Heights of body and wheel on level ground as stretches."""
    q, p = split_state(x)
    return torch.cat((q[..., :1] - q[..., 1:], q[..., 1:], p), dim=-1)


def test_on_level_ground_it_is_the_car_of_heights():
    x = LEVEL.sample_initial(10, generator())
    torch.testing.assert_close(ROAD.hamiltonian(stretched(x)), LEVEL.hamiltonian(x))
    u = torch.randn(10, 1, generator=generator(), dtype=torch.float64)
    both = torch.cat((torch.zeros_like(u), 100 * u), dim=-1)
    torch.testing.assert_close(
        ROAD.rate(stretched(x), both), stretched(LEVEL.rate(x, 100 * u)), rtol=1e-9, atol=1e-9
    )


def test_power_is_that_of_the_reference():
    """dH/dt = -c (v_s - v_u)^2 + road * tyre force below + force * (v_s - v_u)."""
    x, u = ROAD.sample_initial(10, generator()), torch.randn(10, 2, generator=generator()).double()
    body, wheel = x[:, 2] / 300, x[:, 3] / 40
    expected = -1000 * (body - wheel) ** 2 - 190000 * x[:, 1] * u[:, 0]
    expected = expected + u[:, 1] * (body - wheel)
    torch.testing.assert_close(ROAD.power(x, u), expected)


def test_a_car_on_a_steady_slope_rises_with_it():
    """On w = const the car comes to rest relative to the road, without stretches."""
    x0 = torch.zeros(1, 4, dtype=torch.float64)
    t = torch.linspace(0, 12, 241, dtype=torch.float64)
    u = torch.tensor([[0.3, 0.0]], dtype=torch.float64)
    x, _ = simulate_driven(ROAD, x0, t, "reference", lambda time, y: u)
    rest = torch.tensor([0.0, 0.0, 0.3 * 300, 0.3 * 40], dtype=torch.float64)
    torch.testing.assert_close(x[0, -1], rest, atol=1e-5, rtol=0)


@pytest.mark.parametrize(("roughness", "ratio"), [("A", 0.5), ("C", 2.0)])
@pytest.mark.slow
def test_a_linear_car_shakes_with_the_root_of_the_roughness(roughness, ratio):
    t = torch.linspace(0, 2, 201, dtype=torch.float64)
    x0 = torch.zeros(2, 4, dtype=torch.float64)
    shaken = [
        simulate_driven(ROAD, x0, t, "reference", IsoRoad(kind).draw(ROAD, 2, generator()))[0]
        for kind in ("B", roughness)
    ]
    torch.testing.assert_close(shaken[1], ratio * shaken[0], rtol=1e-9, atol=1e-12)


@pytest.mark.slow
def test_a_good_road_is_comfortable_and_holds_the_wheel():
    """Class B at 20 m/s: some 0.5 m/s^2 felt, and a tenth of the load."""
    t = torch.linspace(0, 4, 801, dtype=torch.float64)
    law = IsoRoad("B").draw(ROAD, 1, generator())
    x, u = simulate_driven(ROAD, torch.zeros(1, 4).double(), t, "reference", law)
    felt = weighted_rms(t, ROAD.body_acceleration(x, u)[0])
    static = 9.81 * (ROAD.body_mass + ROAD.wheel_mass)
    held = tyre_load_variation(ROAD.tyre_load(x)[0] + static, static)
    assert 0.3 < felt < 1.0
    assert 0.05 < held < 0.25


def test_without_a_damper_it_keeps_its_energy_and_rings_at_both_frequencies():
    free = dataclasses.replace(ROAD, damper=0.0)
    assert free.frictionless
    assert [w / (2 * math.pi) for w in free.frequencies] == pytest.approx([1.116, 11.43], abs=5e-3)
    x0 = free.sample_initial(3, generator())
    x = simulate(free, x0, torch.linspace(0, 1, 11, dtype=torch.float64), "reference")
    torch.testing.assert_close(free.hamiltonian(x), free.hamiltonian(x0)[:, None].expand(3, 11))
