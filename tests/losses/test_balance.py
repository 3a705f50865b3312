"""What is owed along the data: nothing by the truth, and friction by those who forget it."""

import re

import pytest
import torch

from src.losses.balance import BalanceLoss, owed
from src.mechanics.state import StateSpec
from src.models.baseline import Baseline
from src.models.dissipative_hnn import DissipativeHNN
from src.models.hnn import HNN

SPEC = StateSpec(("q",), (False,))
FRICTION = 0.2


class Quadratic(torch.nn.Module):
    """``(a q^2 + b p^2) / 2``."""

    def __init__(self, a: float, b: float) -> None:
        super().__init__()
        self.register_buffer("factors", torch.tensor([a, b]))

    def forward(self, x, t=None):
        return (self.factors * x.square()).sum(-1) / 2

    def gradient(self, x, t=None):
        return self.factors * x


def damped(friction: float) -> DissipativeHNN:
    """Return a spring with a damper on p, as a model."""
    model = DissipativeHNN(SPEC, width=4)
    model.hamiltonian, model.dissipation = Quadratic(1.0, 1.0), Quadratic(0.0, -friction)
    return model.double()


@pytest.fixture
def motions(runge_kutta):
    """Return times and states of the damped spring, three motions of four units of time."""
    t = torch.linspace(0, 2, 81, dtype=torch.float64) ** 2  # uneven
    starts = torch.tensor([[1.0, 0.0], [0.0, 1.0], [0.6, -0.8]]).double()
    x = runge_kutta.integrate(damped(FRICTION), starts, t).x.transpose(0, 1)
    return t.expand(3, -1), x


def test_the_truth_owes_nothing(motions, runge_kutta):
    assert BalanceLoss(80)(damped(FRICTION), runge_kutta, *motions, None) < 1e-6


def test_who_forgets_friction_owes_what_it_took(motions, runge_kutta):
    t, x = motions
    model = damped(0.0)
    both, states = (BalanceLoss(80, w)(model, runge_kutta, t, x, None) for w in (1.0, 0.0))
    energy = model.energy(x)  # nothing takes it, so its change is what is owed
    torch.testing.assert_close(both - states, energy.var(-1, correction=0).mean())
    assert both > 100 * BalanceLoss(80)(damped(FRICTION), runge_kutta, t, x, None)


def test_a_conserved_energy_is_to_be_constant(motions, runge_kutta):
    t, x = (part.float() for part in motions)
    model = HNN(SPEC, width=4)
    both, states = (BalanceLoss(80, w)(model, runge_kutta, t, x, None) for w in (1.0, 0.0))
    torch.testing.assert_close(both - states, model.energy(x).var(-1, correction=0).mean())


def test_noise_of_one_sample_is_owed_once():
    t = torch.linspace(0, 1, 11).double().unsqueeze(0)
    seen = torch.zeros(1, 11, 1).double()
    seen[0, 4] = 1.1
    found = owed(t, seen, torch.zeros_like(seen))
    torch.testing.assert_close(found, seen - 0.1)


def test_straight_lines_are_integrated_exactly_on_any_grid():
    t = torch.tensor([[0.0, 0.1, 0.7, 1.0]]).double()
    rate = t.unsqueeze(-1)
    torch.testing.assert_close(owed(t, rate.square() / 2 + 3, rate), torch.zeros_like(rate))


@pytest.mark.parametrize(
    ("mistake", "message"),
    [
        (lambda _: BalanceLoss(0), "loss.steps must be at least 1 sample ahead; got 0."),
        (lambda _: BalanceLoss(weight=-1.0), "loss.weight must be 0 or more; got -1.0."),
        (lambda rk: BalanceLoss().check(Baseline(SPEC), rk), "model=baseline has no energy"),
    ],
)
def test_mistakes_are_refused(mistake, message, runge_kutta):
    with pytest.raises(ValueError, match=re.escape(message)):
        mistake(runge_kutta)
