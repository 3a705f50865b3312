"""Positions alone: the start that suits them is found, and the true motion fits them best."""

import re

import pytest
import torch

from src.losses.positions import PositionsLoss
from src.losses.shooting import ShootingLoss, through
from src.mechanics.state import StateSpec, split_state
from src.models.baseline import Baseline
from src.models.delan import DeLaN
from src.models.hnn import HNN
from src.models.second_order import SecondOrder
from src.systems.duffing import Duffing
from src.systems.pendulum_swingup import PendulumSwingup

SPRING = Duffing(alpha=1.0)
LINE = StateSpec(("q",), (False,))


class Stiffening(torch.nn.Module):
    """The acceleration ``-q - b q^3``, in the place of a net of scaled states."""

    def __init__(self, cubic: float) -> None:
        super().__init__()
        self.cubic = torch.nn.Parameter(torch.tensor(cubic).double())

    def forward(self, x):
        q = x[..., :1]
        return -q - self.cubic * q**3


def spring(cubic: float = 1.0) -> SecondOrder:
    """Return the stiffening spring as a model of scales 1 about 0."""
    model = SecondOrder(LINE, width=4)
    model.net = Stiffening(cubic)
    return model.double()


@pytest.fixture
def windows(runge_kutta):
    """Return uneven times, all windows at a pace of their own, and states of the spring."""
    start = SPRING.sample_initial(6, torch.Generator().manual_seed(0))
    t = torch.linspace(0, 1.5, 9).double() ** 1.2
    x = runge_kutta.integrate(spring(), start, t).x.transpose(0, 1)
    return t.expand(6, -1), x


def test_the_motion_goes_both_ways_from_the_middle(windows, runge_kutta):
    t, x = windows
    found = through(spring(), runge_kutta, t, x[:, 4])
    # To the accuracy of the steps that made the motion, and of those on the way back.
    torch.testing.assert_close(found, x, atol=3e-5, rtol=0)


def test_a_cubic_tells_its_own_start():
    t = torch.tensor([[0.0, 0.1, 0.4, 0.5, 0.9], [3.0, 5.0, 6.0, 7.5, 8.0]]).double()
    q = (2 + t - 0.3 * t**3).unsqueeze(-1)
    middle = t[:, 2:3]
    expected = torch.cat((q[:, 2], 1 - 0.9 * middle**2), dim=-1)
    torch.testing.assert_close(PositionsLoss().guess(t, q), expected)


def test_corrections_find_the_start_that_nobody_saw(windows, runge_kutta):
    t, x = windows
    model, (q, _) = spring(), split_state(x)
    start = x[:, 4] + torch.tensor([0.2, -0.3]).double()
    misses = []
    for _ in range(4):
        misses.append((start - x[:, 4]).abs().max())
        start = PositionsLoss().corrected(model, runge_kutta, t, q, start)
    assert misses[1] < 0.1 * misses[0]
    assert misses[3] < 2e-5


def test_velocities_are_not_looked_at(windows, runge_kutta):
    t, x = windows
    q, v = split_state(x)
    blind = torch.cat((q, torch.full_like(v, torch.nan)), dim=-1)
    loss = PositionsLoss(steps=8, corrections=2)
    assert loss(spring(), runge_kutta, t, blind, None) < 1e-9 < 1e-5
    assert loss(spring(0.5), runge_kutta, t, blind, None) > 1e-6


def test_no_noisy_state_is_taken_for_exact(windows, runge_kutta):
    t, x = windows
    noise = 0.1 * torch.randn(x.shape, generator=torch.Generator().manual_seed(1)).double()
    loss = ShootingLoss(steps=8, corrections=3)
    found = loss.start(spring(), runge_kutta, t, x + noise)
    # Nine samples of two numbers each tell two numbers.
    assert (found - x[:, 4]).square().mean() < 0.5 * noise[:, 4].square().mean()
    left = loss(spring(), runge_kutta, t, x + noise, None)
    assert left < noise.square().mean()
    assert loss(spring(), runge_kutta, t, x, None) < 1e-9


def test_the_slope_at_the_best_start_is_that_of_the_whole_minimum(windows, runge_kutta):
    t, x = windows
    loss, step = PositionsLoss(steps=8, corrections=4), 1e-4

    def value(cubic):
        model = spring(cubic)
        return model, loss(model, runge_kutta, t, x, None)

    model, found = value(0.5)
    (slope,) = torch.autograd.grad(found, model.net.cubic)
    numeric = (value(0.5 + step)[1] - value(0.5 - step)[1]) / (2 * step)
    # Starts are as good as the differences that they are found by.
    torch.testing.assert_close(slope, numeric.detach(), rtol=3e-3, atol=0)


def test_a_start_that_nothing_tells_stays(runge_kutta):
    t = torch.linspace(0, 1, 5).double().expand(2, -1)
    model = spring(float("nan"))
    start = torch.zeros(2, 2).double()
    q = torch.ones(2, 5, 1).double()
    found = PositionsLoss().corrected(model, runge_kutta, t, q, start)
    assert torch.equal(found, start)


@pytest.mark.parametrize(
    ("model", "message"),
    [
        (HNN(LINE, width=4), "model=hnn gives dq/dt as it likes. Use model=delan"),
        (Baseline(LINE.expressed_in("velocity"), width=4), "model=baseline gives dq/dt"),
        (
            DeLaN(PendulumSwingup().model_spec, width=4),
            "for motions that nothing drives; got the inputs",
        ),
    ],
)
def test_models_that_do_not_fit_are_refused(model, message, runge_kutta):
    with pytest.raises(ValueError, match=re.escape(message)):
        PositionsLoss().check(model, runge_kutta)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"steps": 7}, "loss.steps must be even and at least 4; got 7 intervals."),
        ({"steps": 2}, "loss.steps must be even and at least 4; got 2 intervals."),
        ({"corrections": -1}, "loss.corrections must be 0 or more; got -1."),
    ],
)
def test_settings_out_of_range(settings, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        PositionsLoss(**settings)
