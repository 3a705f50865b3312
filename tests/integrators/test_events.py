"""Impacts interrupt motions at the right times, for each sample alone, by any integrator."""

import math

import pytest
import torch

from src.integrators.base import IntegrationError, integrate_surviving
from src.integrators.dop853 import DOP853
from src.integrators.events import MOST, WithImpacts
from src.integrators.gauss_legendre import GaussLegendre4
from src.integrators.leapfrog import Leapfrog
from src.integrators.ode_solver import ODESolver
from src.integrators.reference import Reference
from src.mechanics.impacts import Impact
from src.mechanics.problem import Canonical, Field, Split

ALL = [Reference(), DOP853(), ODESolver("dopri8"), ODESolver("rk4", step=0.5), Leapfrog()]
ALL += [GaussLegendre4(), ODESolver("explicit_adams")]
OF_THEIR_OWN = [Reference(), DOP853(), ODESolver("rk4"), Leapfrog()]
"""Methods whose samples share no step."""


class Falling:
    """``dq/dt = p``, ``dp/dt = -1``: every method here follows a parabola exactly."""

    coordinates = "canonical"

    def field(self):
        def f(t, x):
            return torch.stack((x[..., 1], -torch.ones_like(x[..., 1])), -1)

        return Field(f)

    def canonical(self):
        return Canonical(self.field().f)

    def split(self):
        return Split(lambda p: p, lambda q: -torch.ones_like(q))

    def steps(self):
        raise ValueError("use a field")

    def constrained(self):
        raise AssertionError


def floor(restitution=1.0, rest=None):
    def bounce(x):
        return torch.stack((x[..., 0], -restitution * x[..., 1]), -1)

    return Impact(lambda x: x[..., 0], bounce, rest=rest)


def let_fall(height, *times):
    t = torch.tensor([0.0, *times], dtype=torch.float64)
    x = torch.tensor([[h, 0.0] for h in height], dtype=torch.float64)
    return x, t


def bouncing(height, t):
    """The height of a ball that fell from ``height`` at time 0 and loses nothing, for g = 1."""
    fall = math.sqrt(2 * height)
    since = (t + fall) % (2 * fall)
    return since * fall - since**2 / 2


def named(integrator):
    return getattr(integrator, "method", type(integrator).__name__)


@pytest.mark.parametrize("integrator", ALL, ids=named)
def test_impacts_happen_at_their_times_whatever_the_output_times(integrator):
    heights = (0.5, 0.71, 2.0)
    # Outputs with many bounces between them, and one at the very time of a bounce.
    x, t = let_fall(heights, 0.3, 1.0, 1.4, 9.3, 9.31)
    path = WithImpacts(integrator, floor()).integrate(Falling(), x, t)
    expected = torch.stack([bouncing(h, t) for h in heights], -1)
    torch.testing.assert_close(path.x[..., 0], expected, rtol=0, atol=1e-8)
    for i, height in enumerate(heights):
        mine = path.impacts.sample == i
        fall = math.sqrt(2 * height)
        times = fall * (2 * torch.arange(int(mine.sum()), dtype=torch.float64) + 1)
        torch.testing.assert_close(path.impacts.t[mine], times, rtol=0, atol=1e-8)
        assert times[-1] <= t[-1] < times[-1] + 2 * fall
        assert (path.t[path.impacts.output[mine]] >= times - 1e-9).all()
        assert (path.t[path.impacts.output[mine] - 1] < times + 1e-9).all()


def test_times_of_impacts_are_found_to_rounding():
    x, t = let_fall((0.5, 0.71), 0.7, 1.9)
    impacts = WithImpacts(Leapfrog(), floor()).integrate(Falling(), x, t).impacts
    exact = torch.tensor([1.0, math.sqrt(1.42)], dtype=torch.float64)
    torch.testing.assert_close(impacts.t[impacts.sample.argsort()], exact, rtol=0, atol=1e-12)


@pytest.mark.parametrize("before", [(), (0.3,), (0.1, 0.7)])
def test_a_state_at_the_time_of_an_impact_lies_on_the_side_that_is_told(before):
    x, t = let_fall((0.5,), *before, 1.0, 1.25)
    path = WithImpacts(Leapfrog(), floor()).integrate(Falling(), x, t)
    through = bool(path.impacts.output[0] < len(t) - 1)
    at, later = path.x[-2:, 0]
    assert at.tolist() == pytest.approx([0.0, 1.0 if through else -1.0], abs=1e-12)
    assert later.tolist() == pytest.approx([0.25 - 0.25**2 / 2, 0.75], abs=1e-12)


@pytest.mark.parametrize("integrator", OF_THEIR_OWN, ids=named)
def test_samples_do_not_see_the_impacts_of_others(integrator):
    x, t = let_fall((0.5, 50.0), 0.4, 0.9, 1.7, 4.0)
    method = WithImpacts(integrator, floor())
    together, alone = (method.integrate(Falling(), start, t) for start in (x, x[1:]))
    assert torch.equal(together.x[:, 1], alone.x[:, 0])
    assert set(together.impacts.sample.tolist()) == {0}


@pytest.mark.parametrize("integrator", ALL, ids=named)
def test_without_an_impact_the_motion_is_the_integrators_own(integrator):
    x, t = let_fall((50.0, 60.0), 0.5, 1.0, 1.5)
    plain = integrator.integrate(Falling(), x, t)
    guarded = WithImpacts(integrator, floor()).integrate(Falling(), x, t)
    torch.testing.assert_close(guarded.x, plain.x, rtol=1e-13, atol=1e-12)
    assert len(guarded.impacts.t) == 0


def test_any_batch_shape_will_do():
    x, t = let_fall((0.5, 0.6, 0.7, 0.8), 2.0, 3.0)
    method = WithImpacts(Leapfrog(), floor())
    flat = method.integrate(Falling(), x, t)
    square = method.integrate(Falling(), x.reshape(2, 2, 2), t)
    assert torch.equal(square.x.flatten(1, 2), flat.x)
    assert torch.equal(method.integrate(Falling(), x[0], t).x, flat.x[:, 0])


@pytest.mark.slow
def test_bounces_without_end_are_an_error_that_names_the_sample():
    x, t = let_fall((0.5, 500.0), 0.5, 10.0)
    with pytest.raises(IntegrationError, match=f"more than {MOST} impacts") as caught:
        WithImpacts(Leapfrog(), floor(0.5)).integrate(Falling(), x, t)
    assert caught.value.failed.tolist() == [True, False]
    assert caught.value.path.t.tolist() == [0.0, 0.5]


@pytest.mark.slow
def test_others_survive_and_impacts_are_counted_once():
    x, t = let_fall((0.5, 0.5, 2.0), 0.5, 3.1, 10.0)
    floors = floor(0.5), floor(1.0)
    mixed = Impact(
        floors[0].surface,
        lambda x: torch.where(x[..., :1] < -1, x, floors[1].reset(x) * x.new_tensor([1.0, 0.5])),
    )
    path = integrate_surviving(WithImpacts(Leapfrog(), mixed), Falling(), x, t)
    # Endless after t = 3 from 0.5, after t = 6 from 2.
    assert torch.isfinite(path.x[1]).all()
    assert torch.isnan(path.x[2, :2]).all()
    assert torch.isfinite(path.x[2, 2]).all()
    assert torch.isnan(path.x[3]).all()
    mine = path.impacts.t[path.impacts.sample == 2]
    assert mine.tolist() == pytest.approx([2.0])
    lost = path.impacts.change(lambda x: x[..., 0] + x[..., 1].square() / 2, 3, 4)
    assert lost[2].tolist() == pytest.approx([0.0, 0.0, -1.5, -1.5])


@pytest.mark.slow
def test_a_motion_may_end_at_rest():
    x, t = let_fall((0.5,), 0.5, 3.5, 4.0)
    path = WithImpacts(Leapfrog(), floor(0.5, rest=torch.zeros_like)).integrate(Falling(), x, t)
    assert (path.x[2:] == 0).all()
    energy = path.x[:, 0, 0] + path.x[:, 0, 1].square() / 2
    lost = path.impacts.change(lambda x: x[..., 0] + x[..., 1].square() / 2, 1, 4)
    torch.testing.assert_close(energy - lost[0], torch.full_like(energy, 0.5), rtol=0, atol=1e-12)


@pytest.mark.parametrize("start", [0.0, 1e-12, -1e-12])
def test_a_start_on_the_surface_leaves_it_before_it_counts(start):
    x = torch.tensor([[start, 1.0]], dtype=torch.float64)
    t = torch.tensor([0.0, 0.1, 3.0], dtype=torch.float64)
    impacts = WithImpacts(Leapfrog(), floor()).integrate(Falling(), x, t).impacts
    assert impacts.t.tolist() == pytest.approx([2.0])


@pytest.mark.parametrize("start", [0.0, 1e-12, -1e-12])
def test_a_zero_that_does_not_count_at_the_start_is_passed(start):
    """As by a walker whose legs have just changed places."""
    x = torch.tensor([[start, 1.0]], dtype=torch.float64)
    t = torch.tensor([0.0, 0.05, 0.1], dtype=torch.float64)

    def found(counts):
        impact = Impact(lambda x: -x[..., 0], torch.zeros_like, counts)
        return WithImpacts(Leapfrog(), impact).integrate(Falling(), x, t).impacts.t.tolist()

    assert found(lambda x: x[..., 1] < 0.5) == []
    assert found(lambda x: x[..., 1] > 0.5)[0] == pytest.approx(0, abs=1e-11)


def test_impacts_run_forward_in_time_only():
    x, t = let_fall((0.5,), -1.0)
    with pytest.raises(ValueError, match=r"forward in time only.*from 0 to -1"):
        WithImpacts(Leapfrog(), floor()).integrate(Falling(), x, t)


@pytest.mark.parametrize("integrator", [Leapfrog(), ODESolver("rk4"), GaussLegendre4()], ids=named)
def test_derivatives_run_through_the_times_of_impacts(integrator):
    _, t = let_fall((), 0.8, 2.1, 3.7)
    x = torch.tensor([[0.5, 0.1], [0.9, -0.2]], dtype=torch.float64)
    method = WithImpacts(integrator, floor(0.8))
    assert torch.autograd.gradcheck(
        lambda start: method.integrate(Falling(), start, t).x, x.requires_grad_(), atol=1e-7
    )
