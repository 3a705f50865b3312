"""The balance of a learned energy: nothing is owed by the truth, and friction is not forgotten."""

import re

import pytest
import torch

from src.losses.derivative import DerivativeLoss
from src.losses.energy_balance import EnergyBalanceLoss
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
    """Return times, states and rates of the damped spring, three motions of four units of time."""
    t = torch.linspace(0, 4, 81, dtype=torch.float64)
    starts = torch.tensor([[1.0, 0.0], [0.0, 1.0], [0.6, -0.8]]).double()
    x = runge_kutta.integrate(damped(FRICTION), starts, t).x.transpose(0, 1)
    return t.expand(3, -1), x, damped(FRICTION)(t[0], x)


def test_the_truth_owes_nothing(motions, runge_kutta):
    assert EnergyBalanceLoss(80)(damped(FRICTION), runge_kutta, *motions) < 1e-9


def test_the_balance_adds_what_friction_was_forgotten(motions, runge_kutta):
    t, x, dx = motions
    model = damped(0.0)
    missed = EnergyBalanceLoss(80)(model, runge_kutta, t, x, dx) - DerivativeLoss()(
        model, runge_kutta, t, x, dx
    )
    energy = model.energy(x)  # nothing takes it, so its change is what is owed
    torch.testing.assert_close(missed, energy.var(-1, correction=0).mean())


def test_without_a_weight_it_matches_rates(motions, runge_kutta):
    model = damped(0.5)
    found = EnergyBalanceLoss(80, weight=0.0)(model, runge_kutta, *motions)
    torch.testing.assert_close(found, DerivativeLoss()(model, runge_kutta, *motions))


def test_a_conserved_energy_is_to_be_constant(motions, runge_kutta):
    t, x, dx = (part.float() for part in motions)
    model = HNN(SPEC, width=4)
    loss = EnergyBalanceLoss(80)(model, runge_kutta, t, x, dx) - DerivativeLoss()(
        model, runge_kutta, t, x, dx
    )
    torch.testing.assert_close(loss, model.energy(x).var(-1, correction=0).mean())


@pytest.mark.parametrize(
    ("mistake", "message"),
    [
        (lambda _: EnergyBalanceLoss(0), "loss.steps must be at least 1 sample ahead; got 0."),
        (lambda _: EnergyBalanceLoss(weight=-1.0), "loss.weight must be 0 or more; got -1.0."),
        (lambda rk: EnergyBalanceLoss().check(Baseline(SPEC), rk), "model=baseline has no energy"),
        (
            lambda rk: EnergyBalanceLoss()(
                damped(0.0), rk, torch.zeros(1, 2), torch.zeros(1, 2, 2), None
            ),
            "loss=energy_balance needs derivative targets",
        ),
    ],
)
def test_mistakes_are_refused(mistake, message, runge_kutta):
    with pytest.raises(ValueError, match=re.escape(message)):
        mistake(runge_kutta)
