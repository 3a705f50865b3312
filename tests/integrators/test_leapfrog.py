"""Leapfrog and its compositions."""

import pytest
import torch
from motions import Coupled, pendulum

from src.integrators.leapfrog import Leapfrog
from src.integrators.ode_solver import ODESolver
from src.integrators.yoshida import Yoshida4, Yoshida6
from src.mechanics.state import split_state

START = torch.tensor([[1.5, 0.0], [0.3, 0.4]], dtype=torch.float64)


def test_leapfrog_is_kick_drift_kick():
    h = 0.3
    q, p = split_state(START)
    middle = p - h / 2 * q.sin()
    end = q + h * middle
    expected = torch.cat((end, middle - h / 2 * end.sin()), dim=-1)
    path = Leapfrog().integrate(pendulum(), START, torch.tensor([0.0, h], dtype=torch.float64))
    assert torch.allclose(path.x[-1], expected, atol=1e-15, rtol=0)


@pytest.mark.parametrize(("integrator", "powers"), [(Yoshida4(), (3,)), (Yoshida6(), (3, 5))])
def test_weights_cancel_the_errors_of_the_leapfrog(integrator, powers):
    weights = integrator.weights
    assert sum(weights) == pytest.approx(1, abs=1e-15)
    assert list(weights) == list(reversed(weights))
    for power in powers:
        assert sum(w**power for w in weights) == pytest.approx(0, abs=1e-14)


@pytest.mark.parametrize(
    ("integrator", "forces"), [(Leapfrog(0.1), 1), (Yoshida4(0.1), 3), (Yoshida6(0.1), 7)]
)
def test_forces_are_used_twice(integrator, forces):
    t = torch.tensor([0.0, 0.5, 1.0], dtype=torch.float64)
    assert integrator.integrate(pendulum(), START, t).field_evaluations == 1 + 10 * forces


def test_energy_of_leapfrog_stays_while_that_of_runge_kutta_drifts():
    motion, t = pendulum(), torch.arange(0, 601, dtype=torch.float64) * 0.5
    drift = {}
    for integrator in (Leapfrog(), ODESolver("rk4")):
        energy = motion.hamiltonian(integrator.integrate(motion, START[0], t).x)
        error = (energy - energy[0]).abs()
        drift[type(integrator)] = float(error[301:].max() / error[:301].max())
    assert drift[Leapfrog] < 1.05
    assert drift[ODESolver] > 1.5


def test_a_motion_that_is_not_separable_says_what_to_do():
    t = torch.tensor([0.0, 1.0], dtype=torch.float64)
    with pytest.raises(ValueError, match="use integrator=implicit_midpoint"):
        Leapfrog().integrate(Coupled(), START, t)


@pytest.mark.parametrize("step", [0.0, -0.1, float("nan"), float("inf")])
def test_step_must_be_positive(step):
    with pytest.raises(ValueError, match=r"integrator\.step must be positive, or null"):
        Leapfrog(step)
