import math

import pytest
import torch

from src.integrators.reference import reference_motion
from src.mechanics.state import split_state
from src.systems.slider_crank import SliderCrank

SYSTEM = SliderCrank()
UNEVEN = SliderCrank(crank=0.12, rod=0.25, slider=0.8, density=1.4, gravity=3.7)


def states(count=40):
    return UNEVEN.sample_initial(count, torch.Generator().manual_seed(0))


def test_the_slider_is_where_textbooks_say_and_as_fast():
    """s = a cos + sqrt(b^2 - a^2 sin^2), differentiated by the crank."""
    q, _ = split_state(states())
    _, v = split_state(UNEVEN.to_velocity(states()))
    a, b, crank = UNEVEN.crank, UNEVEN.rod, q[:, 0]
    root = (b**2 - (a * crank.sin()) ** 2).sqrt()
    torch.testing.assert_close(q[:, 2], a * crank.cos() + root)
    slope = -a * crank.sin() - a**2 * crank.sin() * crank.cos() / root
    torch.testing.assert_close(v[:, 2], slope * v[:, 0])
    torch.testing.assert_close(v[:, 1], -a * crank.cos() / root * v[:, 0])


def test_the_energy_is_that_of_two_rods_and_a_slider():
    """König's theorem: the middle of each rod, the turning about it, and the slider."""
    q, _ = split_state(states())
    _, v = split_state(UNEVEN.to_velocity(states()))
    crank, rod = (UNEVEN.density * length for length in (UNEVEN.crank, UNEVEN.rod))

    def middles(angles):
        unit = torch.stack((angles.cos(), angles.sin()), dim=-1)
        first, second = UNEVEN.crank * unit[:, 0], UNEVEN.rod * unit[:, 1]
        return torch.stack((first / 2, first + second / 2), dim=1)

    moving = torch.func.jvp(middles, (q,), (v,))
    speeds = moving[1].square().sum(-1)
    kinetic = crank * (speeds[:, 0] + (UNEVEN.crank * v[:, 0]) ** 2 / 12)
    kinetic = kinetic + rod * (speeds[:, 1] + (UNEVEN.rod * v[:, 1]) ** 2 / 12)
    kinetic = (kinetic + UNEVEN.slider * v[:, 2] ** 2) / 2
    height = UNEVEN.gravity * (moving[0][..., 1] * torch.tensor([crank, rod])).sum(-1)
    torch.testing.assert_close(UNEVEN.hamiltonian(states()), kinetic + height)


def test_the_stroke_is_twice_the_crank_and_the_slider_returns():
    speed = torch.tensor([1.4 * SYSTEM.least_speed], dtype=torch.float64)
    x0 = SYSTEM.moving(0 * speed, speed)
    t = torch.linspace(0, SYSTEM.time_scale, 401, dtype=torch.float64)
    path = reference_motion(SYSTEM.field().f, x0, t)[:, 0]
    place = path[:, 2]
    assert float(place.max()) == pytest.approx(SYSTEM.rod + SYSTEM.crank, abs=1e-12)
    assert float(place.min()) == pytest.approx(SYSTEM.rod - SYSTEM.crank, abs=1e-5)
    assert float(path[-1, 0]) == pytest.approx(2 * math.pi, abs=1e-9)
    assert float(place[-1] - place[0]) == pytest.approx(0, abs=1e-9)
    for violations in SYSTEM.violations(path).values():
        assert violations.abs().max() < 1e-12


def test_a_light_crank_and_rod_leave_the_slider_free_between_the_ends():
    """Without masses but that of the slider, its speed is constant: no force acts along it."""
    light = SliderCrank(density=1e-9)
    crank = torch.tensor([0.5, 1.0, 2.0], dtype=torch.float64)
    start = light.moving(crank[:1], torch.ones(1).double())
    speeds = light.speeds(crank, light.hamiltonian(start))
    ratios = light.loop(light.assembled(crank)).ratios()
    along = speeds * ratios[:, 2].abs()
    torch.testing.assert_close(along, along[:1].expand(3), rtol=1e-6, atol=0)


def test_a_crank_that_reaches_beyond_its_rod_is_refused():
    with pytest.raises(ValueError, match=r"system\.crank must be shorter than system\.rod = 0\.3"):
        SliderCrank(crank=0.3)
