"""The reference solution against closed forms."""

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from src.data.noise import generator
from src.data.simulation import simulate
from src.integrators.reference import reference_motion
from src.systems.mass_spring import MassSpring
from src.systems.pendulum import Pendulum
from src.systems.two_body import TwoBody

from .samples import Bead

SPRING = MassSpring(stiffness=4.0)


def rotation(t: torch.Tensor, x: torch.Tensor) -> torch.Tensor:
    """The field of the spring, written out, since each call counts here."""
    q, p = x.chunk(2, dim=-1)
    return torch.cat((p, -4 * q), dim=-1)


@given(seed=st.integers(0, 100), longest=st.floats(0.01, 5.0))
def test_it_is_the_exact_flow_at_any_times(seed, longest):
    draws = torch.rand(6, generator=generator(seed, "times"), dtype=torch.float64)
    t = torch.cat((torch.zeros(1).double(), (longest * (0.01 + draws)).cumsum(0)))
    x0 = SPRING.sample_initial(4, generator(seed, "starts"))
    found = reference_motion(rotation, x0, t)
    torch.testing.assert_close(found, SPRING.exact_flow(x0, t), rtol=0, atol=1e-12)


def test_backwards_it_returns():
    t = torch.linspace(0, 3, 7, dtype=torch.float64)
    x0 = Bead().sample_initial(3, generator(0, "starts"))
    there = reference_motion(Bead().vector_field_at, x0, t)
    back = reference_motion(Bead().vector_field_at, there[-1], t.flip(0))
    torch.testing.assert_close(back.flip(0), there, rtol=0, atol=1e-12)


def test_fields_may_depend_on_time():
    t = torch.linspace(0, 4, 9, dtype=torch.float64)
    x0 = torch.zeros(2, 1).double()
    found = reference_motion(lambda t, x: t.cos().unsqueeze(-1).expand(x.shape), x0, t)
    torch.testing.assert_close(found[:, 0, 0], t.sin(), rtol=0, atol=1e-13)


def test_the_period_of_a_large_swing():
    """Released from 2 rad, l = 1 m, g = 9.81 m/s^2: T = 4 sqrt(l/g) K(sin 1) = 2.665871 s."""
    low, high = 1.0, math.cos(1.0)
    while abs(low - high) > 1e-15:
        low, high = (low + high) / 2, math.sqrt(low * high)
    period = 2 * math.pi / math.sqrt(9.81) / low
    pendulum = Pendulum(mass=1.0, length=1.0, gravity=9.81)
    x0 = torch.tensor([[2.0, 0.0]]).double()
    t = torch.tensor([0, period / 2, period], dtype=torch.float64)
    x = reference_motion(pendulum.field().f, x0, t)
    torch.testing.assert_close(x[1], -x0, rtol=0, atol=1e-12)
    torch.testing.assert_close(x[2], x0, rtol=0, atol=1e-12)


def test_a_start_at_rest_stays():
    x0 = torch.zeros(2, 2).double()
    found = reference_motion(rotation, x0, torch.linspace(0, 5, 4).double())
    assert (found == 0).all()


def test_a_fall_into_the_centre_has_no_end(monkeypatch):
    monkeypatch.setattr("src.integrators.reference.MOST_PARTS", 2**8)

    def fall(t, x):
        q, v = x.chunk(2, dim=-1)
        return torch.cat((v, -1 / q.square()), dim=-1)

    x0 = torch.tensor([[1.0, 0.0]]).double()
    t = torch.tensor([0, 0.5, 1.2], dtype=torch.float64)  # the fall takes pi / sqrt 8 = 1.11
    found = reference_motion(fall, x0, t)
    assert found[:2].isfinite().all()
    assert found[2].isnan().all()


def test_a_hard_motion_neither_spoils_nor_slows_the_others(monkeypatch):
    """Beside a fall into the centre, a circle and a long ellipse go on as they do alone."""
    monkeypatch.setattr("src.integrators.reference.MOST_PARTS", 2**8)
    calls = 0

    def centre(t, x):
        nonlocal calls
        calls += 1
        q, v = x.chunk(2, dim=-1)
        return torch.cat((v, -q / q.square().sum(-1, keepdim=True) ** 1.5), dim=-1)

    x0 = torch.tensor(
        [[1.0, 0.0, 0.0, 0.0], [1.0, 0.0, 0.0, 1.0], [1.0, 0.0, 0.0, 1.38]], dtype=torch.float64
    )
    t = torch.linspace(0, 6, 21, dtype=torch.float64)
    together = reference_motion(centre, x0, t)
    assert together[:4, 0].isfinite().all()
    assert together[4:, 0].isnan().all()
    beside, calls = calls, 0
    alone = reference_motion(centre, x0[1:], t)
    torch.testing.assert_close(together[:, 1:], alone, rtol=0, atol=1e-13)
    circle = torch.stack((t.cos(), t.sin(), -t.sin(), t.cos()), dim=-1)
    torch.testing.assert_close(together[:, 1], circle, rtol=0, atol=1e-12)
    easy, calls = calls, 0
    reference_motion(centre, x0[:1], t)
    assert beside <= 1.1 * max(easy, calls)


def test_a_collision_is_refused_by_the_simulation(monkeypatch):
    monkeypatch.setattr("src.integrators.reference.MOST_PARTS", 2**8)
    bodies = TwoBody()
    head_on = torch.tensor([[-0.5, 0.0, 0.5, 0.0, 0.0, 0.0, 0.0, 0.0]]).double()
    t = torch.tensor([0.0, 10 * bodies.time_scale]).double()
    with pytest.raises(ValueError, match="1 of the 1 motions of TwoBody"):
        simulate(bodies, head_on, t, "reference")
