"""Losses of neighbouring samples and of rollouts, against motions that are known."""

import math

import pytest
import torch

from src.losses.discrete_action import discrete_force, midpoint_states
from src.losses.forward_backward import ForwardBackwardLoss
from src.losses.midpoint import MidpointLoss
from src.losses.rollout import RolloutLoss
from src.losses.window import follow_held
from src.mechanics.lagrangian import action, velocity_blocks
from src.mechanics.state import split_state
from src.models.hnn import HNN
from src.models.perturbed_truth import PerturbedTruth
from src.systems.double_pendulum import DoublePendulum
from src.systems.mass_spring import MassSpring
from src.systems.pendulum_swingup import PendulumSwingup

SPRING = MassSpring(mass=2.0, stiffness=3.0)
RATE = math.sqrt(3 / 2)


def true_model(system):
    """Return the true motion as a model."""
    return PerturbedTruth(system.model_spec, displacement=1e-14).double()


def force(lagrangian, t, q):
    states, step = midpoint_states(t, q)
    return discrete_force(velocity_blocks(lagrangian, states), step)


def test_the_midpoint_residual_of_the_truth_is_of_second_order(runge_kutta):
    model, values = true_model(SPRING), []
    x0 = SPRING.sample_initial(5, torch.Generator().manual_seed(0))
    for h in (0.1, 0.05):
        t = torch.tensor([0.0, h]).double()
        x = SPRING.exact_flow(x0, t).transpose(0, 1)
        values.append(MidpointLoss()(model, runge_kutta, t.expand(5, 2), x, None))
    assert 0 < values[1] < 1e-5
    assert values[0] / values[1] == pytest.approx(2**4, rel=0.01)


def test_the_discrete_action_is_stationary_along_the_midpoint_rule():
    # On an oscillator the rule turns by 2 atan(w h / 2) in each step.
    h = 0.3
    phase = 0.4 + 2 * math.atan(RATE * h / 2) * torch.arange(3).double()
    t, q = h * torch.arange(3).double().expand(1, -1), phase.cos().reshape(1, 3, 1)
    assert force(SPRING.lagrangian, t, q).abs().max() < 1e-13
    exact = (RATE * t).cos().unsqueeze(-1)
    assert force(SPRING.lagrangian, t, exact).abs().max() > 1e-3


def test_free_particles_move_evenly_at_any_times():
    def free(x, t=None):
        return split_state(x)[1].square().sum(-1)

    t = torch.tensor([[0.0, 0.1, 0.4], [2.0, 2.5, 2.6]]).double()
    q = torch.tensor([1.0, -2.0]).double() + t.unsqueeze(-1) * torch.tensor([3.0, 0.5]).double()
    assert force(free, t, q).abs().max() < 1e-13


def test_the_discrete_force_is_the_derivative_of_the_action():
    lagrangian = DoublePendulum().lagrangian
    t = torch.tensor([0.0, 0.1, 0.25]).double()
    q = torch.randn(3, 2, generator=torch.Generator().manual_seed(0)).double()
    slope = torch.func.grad(lambda path: action(lagrangian, t, path))(q)[1]
    ours = force(lagrangian, t.expand(1, -1), q.unsqueeze(0))[0]
    torch.testing.assert_close(-ours * (t[2] - t[0]) / 2, slope)


def test_rollouts_grow_with_the_training():
    loss = RolloutLoss(steps=4, growth=0.5)
    assert [loss.at(k / 16).steps for k in range(10)] == [1, 1, 2, 2, 3, 3, 4, 4, 4, 4]
    assert loss.at(0.5) is loss
    whole = ForwardBackwardLoss(steps=4)
    assert whole.at(0.0) is whole


@pytest.mark.parametrize("kind", [RolloutLoss, ForwardBackwardLoss])
def test_a_stage_takes_the_first_samples_of_a_window(kind, runge_kutta):
    model = true_model(SPRING)
    t = 0.1 * torch.arange(5).double().expand(3, -1)
    x = torch.randn(3, 5, 2, generator=torch.Generator().manual_seed(0)).double()
    stage, alone = kind(4, growth=1.0).at(0.3), kind(2)
    short = alone(model, runge_kutta, t[:, :3], x[:, :3], None)
    assert stage(model, runge_kutta, t, x, None) == short > 0.1


def test_inputs_are_held_on_the_way_back_as_on_the_way_there(runge_kutta):
    system = PendulumSwingup()
    model = true_model(system)
    x0 = system.sample_initial(3, torch.Generator().manual_seed(0))
    t = torch.tensor([0.0, 0.05, 0.15, 0.2]).double().expand(3, -1)
    u = torch.randn(3, 4, 1, generator=torch.Generator().manual_seed(1)).double()
    x = follow_held(model, runge_kutta, t, x0, u)
    loss = ForwardBackwardLoss(steps=3)
    assert loss(model, runge_kutta, t, x, None, u) < 1e-9
    assert loss(model, runge_kutta, t, x, None, u.flip(1)) > 1e-5


@pytest.mark.parametrize("kind", [RolloutLoss, ForwardBackwardLoss])
def test_rollouts_of_chaotic_motions_stay_finite(kind, runge_kutta):
    system = DoublePendulum()
    torch.manual_seed(0)
    model = HNN(system.spec, width=8).double()
    start = system.sample_higher_energy(8, torch.Generator().manual_seed(0))
    t = torch.linspace(0, system.time_scale, 17).double()
    x = runge_kutta.integrate(system, start, t).x.transpose(0, 1)
    model.fit_scaling(x.flatten(0, 1), system.rate(x).flatten(0, 1))
    loss = kind(16, discount=0.8)(model, runge_kutta, t.expand(8, -1), x, None)
    loss.backward()
    gradients = torch.cat([weight.grad.flatten() for weight in model.parameters()])
    assert 1e-3 < loss < 1e2
    assert 1e-3 < gradients.norm() < 1e4
