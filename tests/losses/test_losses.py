"""Every loss of conf/loss: what it vanishes for, what it trains, what it refuses."""

from dataclasses import replace
from pathlib import Path

import hydra
import pytest
import torch
from omegaconf import OmegaConf

from src.losses.balance import BalanceLoss
from src.losses.derivative import DerivativeLoss
from src.losses.discrete_action import DiscreteActionLoss
from src.losses.euler_lagrange import EulerLagrangeLoss, guarded_residual
from src.losses.forward_backward import ForwardBackwardLoss
from src.losses.hermite import HermiteLoss
from src.losses.inverse_dynamics import InverseDynamicsLoss
from src.losses.midpoint import MidpointLoss
from src.losses.one_step import OneStepLoss
from src.losses.positions import PositionsLoss
from src.losses.rollout import RolloutLoss
from src.losses.shooting import ShootingLoss
from src.losses.window import follow
from src.mechanics.lagrangian import enough_for_masses, euler_lagrange_acceleration
from src.mechanics.state import split_state
from src.models.baseline import Baseline
from src.models.hnn import HNN
from src.models.lnn import LNN
from src.models.separable_hnn import SeparableHNN

LOSSES = sorted((Path(__file__).parents[2] / "conf" / "loss").glob("*.yaml"))
MODELS = [HNN, LNN, Baseline, SeparableHNN]
TIME = torch.zeros(())


def steps_of_midpoint_rule(motion, t, x0):
    """Return the solution of ``x1 = x0 + h f((x0 + x1) / 2)`` at the times of each window."""
    states = [x0]
    for step in t.diff(dim=1).unsqueeze(-1).unbind(1):
        x = states[-1]
        for _ in range(12):
            x = states[-1] + step * motion(TIME, (states[-1] + x) / 2)
        states.append(x)
    return torch.stack(states, dim=1)


def own_windows(model, loss, integrator, count=6):
    """Draw windows of the model's own motion, with its own rates: the loss must vanish there."""
    generator = torch.Generator().manual_seed(0)
    x0 = torch.randn(count, model.spec.size, generator=generator, dtype=torch.float64)
    gaps = 0.05 + 0.1 * torch.rand(count, loss.window, generator=generator, dtype=torch.float64)
    if isinstance(loss, BalanceLoss):  # the trapezium rule needs dense samples
        gaps = gaps / 10
    t = gaps.cumsum(1)
    with torch.no_grad():
        if isinstance(loss, MidpointLoss):
            return t, steps_of_midpoint_rule(model, t, x0), None
        if isinstance(loss, DiscreteActionLoss):
            problem = model.canonical()
            return t, problem.leave(steps_of_midpoint_rule(problem.f, t, problem.enter(x0))), None
        x = follow(model, integrator, t, x0) if loss.window > 1 else x0[:, None]
        return t, x, model(TIME, x)


@pytest.fixture(params=LOSSES, ids=lambda path: path.stem)
def loss(request):
    return hydra.utils.instantiate(OmegaConf.load(request.param))


@pytest.fixture(params=MODELS, ids=lambda model: model.kind)
def model(request, line):
    torch.manual_seed(0)
    model = request.param(line, width=8).double()
    model.fit_scaling(torch.randn(50, 2).double(), 3 * torch.randn(50, 2).double())
    return model


def refusal(loss, model):
    """Return what a loss says of a model that it cannot train; None if it can."""
    if isinstance(loss, BalanceLoss) and model.learns != "hamiltonian":
        return r"model=lnn learns L|model=baseline has no energy"
    if isinstance(loss, HermiteLoss) and model.coordinates != "velocity":
        return r"loss=hermite needs states \(q, v\)"
    if isinstance(loss, PositionsLoss) and model.coordinates != "velocity":
        return r"loss=positions needs dq/dt = v"
    if isinstance(loss, EulerLagrangeLoss | InverseDynamicsLoss | DiscreteActionLoss):
        return None if model.kind == "lnn" else r"needs a Lagrangian .* Use model=lnn"
    return None


def test_the_motion_of_the_model_itself_has_no_loss(loss, model, runge_kutta):
    refused = refusal(loss, model)
    if refused:
        with pytest.raises(ValueError, match=refused):
            loss.check(model, runge_kutta)
        return
    if isinstance(loss, ForwardBackwardLoss | ShootingLoss):  # this integrator is not reversible
        runge_kutta = replace(runge_kutta, substeps=2)
    if isinstance(loss, ShootingLoss):  # followed until the start is found
        loss = replace(loss, steps=8, corrections=4)
    loss.check(model, runge_kutta)
    t, x, dx = own_windows(model, loss, runge_kutta)
    assert t.shape[1] == loss.window
    penalty = model.penalty(x[:, 0]).detach()
    torch.testing.assert_close(loss(model, runge_kutta, t, x, dx).detach(), penalty)
    # Growing along the window: an untrained Lagrangian moves almost freely, in any size.
    growing = 1 + 0.1 * torch.arange(x.shape[1]).unsqueeze(-1)
    rates = None if dx is None else dx + 0.1
    disturbed = loss(model, runge_kutta, t, growing * x, rates)
    assert disturbed > penalty + 1e-8
    disturbed.backward()
    for name, parameter in model.named_parameters():
        assert torch.isfinite(parameter.grad).all(), name
        assert parameter.grad.abs().max() > 0, name


def test_losses_do_not_depend_on_units(loss, line, runge_kutta):
    figures = []
    for unit in (1.0, 1e3):
        torch.manual_seed(0)
        model = (HNN if isinstance(loss, BalanceLoss) else LNN)(line, width=8).double()
        x = torch.randn(6, loss.window, 2, generator=torch.Generator().manual_seed(1)).double()
        x = x * unit
        dx = torch.cat((x[..., 1:], -0.7 * x[..., :1]), dim=-1)
        model.fit_scaling(x.flatten(0, 1), dx.flatten(0, 1))
        t = 0.1 * torch.arange(loss.window).double().expand(6, -1)
        figures.append(loss(model, runge_kutta, t, x, dx).detach())
    assert figures[0] > 1e-6
    torch.testing.assert_close(figures[1], figures[0], atol=0.0, rtol=1e-6)


def test_known_error_of_each_loss(line, runge_kutta):
    # A baseline whose field is zero: every error is that of standing still.
    model = Baseline(line, width=2).double()
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.zero_()
        model.x_scale.copy_(torch.tensor([2.0, 4.0]))
        model.dx_scale.copy_(torch.tensor([5.0, 10.0]))
    x = torch.tensor([[[0.0, 0.0], [2.0, 4.0], [4.0, 8.0]]], dtype=torch.float64)
    t = torch.tensor([[0.0, 1.0, 2.0]], dtype=torch.float64)
    dx = torch.tensor([[[5.0, 20.0]]], dtype=torch.float64)
    assert DerivativeLoss()(model, runge_kutta, t[:, :1], x[:, :1], dx) == (1 + 4) / 2
    assert OneStepLoss()(model, runge_kutta, t[:, :2], x[:, :2], None) == 1
    assert RolloutLoss(steps=2)(model, runge_kutta, t, x, None) == (1 + 1 + 4 + 4) / 4
    assert ForwardBackwardLoss(steps=2)(model, runge_kutta, t, x, None) == (1 + 1 + 4 + 4) / 4
    assert RolloutLoss(2, discount=0.5)(model, runge_kutta, t, x, None) == (1 + 4 / 2) / 1.5
    assert MidpointLoss()(model, runge_kutta, t[:, :2], x[:, :2], None) == 0.4**2
    errors = {norm: DerivativeLoss(norm) for norm in ("l1", "huber")}
    values = {k: loss(model, runge_kutta, t[:, :1], x[:, :1], dx) for k, loss in errors.items()}
    assert values == {"l1": (1 + 2) / 2, "huber": (0.5 + 1.5) / 2}


@pytest.mark.parametrize("name", ["DerivativeLoss", "EulerLagrangeLoss"])
def test_rates_must_be_there(name, line, runge_kutta):
    loss = {"DerivativeLoss": DerivativeLoss, "EulerLagrangeLoss": EulerLagrangeLoss}[name]()
    with pytest.raises(ValueError, match=r"needs derivative targets dx; got none"):
        loss(LNN(line, width=4), runge_kutta, torch.zeros(3, 1), torch.zeros(3, 1, 2), None)


def test_a_rollout_goes_ahead():
    with pytest.raises(ValueError, match=r"at least 1 sample ahead; got 0"):
        RolloutLoss(steps=0)
    with pytest.raises(ValueError, match=r"loss.discount must lie in \(0, 1\]; got 0"):
        RolloutLoss(discount=0.0)
    with pytest.raises(ValueError, match=r"loss.growth must lie between 0 and 1; got 2"):
        RolloutLoss(growth=2.0)


def test_unknown_norms_are_refused():
    with pytest.raises(ValueError, match=r"loss.norm must be one of .*; got 'max'"):
        DerivativeLoss(norm="max")


@pytest.mark.parametrize("loss", [OneStepLoss(), RolloutLoss(2)], ids=lambda x: type(x).__name__)
def test_integrators_that_the_model_cannot_serve_are_refused(loss, line, kick_drift, symplectic):
    loss.check(SeparableHNN(line, width=4), kick_drift)
    loss.check(LNN(line, width=4), symplectic)
    with pytest.raises(ValueError, match=r"needs a separable energy .* Use model=separable_hnn"):
        loss.check(HNN(line, width=4), kick_drift)
    with pytest.raises(ValueError, match=r"Use model.coordinates=canonical"):
        loss.check(Baseline(line, width=4, coordinates="velocity"), symplectic)


def test_the_guard_bounds_the_error_of_accelerations():
    # A Lagrangian of two degrees of freedom that is wrong about the forces.
    def lagrangian(x, t=None):
        q, v = split_state(x)
        coupled = v[..., 0] * v[..., 1] * q[..., 0].cos() / 2
        return v.square().sum(-1) + coupled - q.square().sum(-1)

    x = torch.randn(50, 4, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    scale = torch.tensor([2.0, 3.0], dtype=torch.float64)
    true = torch.randn(50, 2, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    value = guarded_residual(lagrangian, x, true, scale)
    error = ((euler_lagrange_acceleration(lagrangian, x) - true) / scale).norm(dim=-1).mean()
    assert 2 * value >= error**2
    exact = euler_lagrange_acceleration(lagrangian, x)
    assert guarded_residual(lagrangian, x, exact, scale) < 1e-24


@pytest.mark.parametrize("factor", [1e-6, -1.0, 1e3])
def test_a_smaller_lagrangian_is_no_better(factor):
    def wrong(x, t=None):
        q, v = split_state(x)
        return (v.square() / 2 - q.square()).sum(-1)

    x = torch.randn(20, 2, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    scale = torch.ones(1, dtype=torch.float64)
    expected = guarded_residual(wrong, x, -x[:, :1], scale)
    assert expected > 0.1
    scaled = guarded_residual(lambda y, t=None: factor * wrong(y), x, -x[:, :1], scale)
    torch.testing.assert_close(scaled, expected)


def test_the_guard_does_not_depend_on_the_units_of_a_coordinate():
    def bent(x, t=None):
        q, v = split_state(x)
        return v.square().sum(-1) + v.prod(-1) * q[..., 0].cos() / 2 - q.square().sum(-1)

    x = torch.randn(20, 4, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    a = torch.randn(20, 2, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    scale, unit = torch.tensor([[2.0, 3.0], [1.0, 100.0]], dtype=torch.float64)
    expected = guarded_residual(bent, x, a, scale)
    both = torch.cat((unit, unit))
    other = guarded_residual(lambda y, t=None: bent(y / both), both * x, unit * a, unit * scale)
    torch.testing.assert_close(other, expected)


def test_forgetting_a_degree_of_freedom_is_no_way_out():
    # Right about the first; wrong about the second, which counts less and less.
    def forgetful(weight):
        def lagrangian(x, t=None):
            q, v = split_state(x)
            terms = v.square() / 2 - q.square() / 2
            return terms[..., 0] + weight * (terms[..., 1] - 4 * q[..., 1])

        return lagrangian

    x = torch.randn(20, 4, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    scale = torch.ones(2, dtype=torch.float64)
    values = [guarded_residual(forgetful(w), x, -x[:, :2], scale) for w in (1.0, 1e-3, 1e-6)]
    assert values[0] > 1
    assert all(value >= values[0] / 4 for value in values)
    total_derivative = guarded_residual(
        lambda y, t=None: (y[..., :2].sin() * y[..., 2:]).sum(-1), x, -x[:, :2], scale
    )
    assert not total_derivative < 1


def test_of_many_degrees_of_freedom_a_few_mass_matrices_stand_for_all():
    dof, draw = 40, torch.Generator().manual_seed(0)
    mass = torch.linspace(1, 3, dof).double()

    def chain(x, t=None):
        q, v = x.chunk(2, dim=-1)
        stretch = q - q.roll(1, -1)
        return (mass * v.square()).sum(-1) / 2 - stretch.square().sum(-1) / 2

    x = torch.randn(256, 2 * dof, generator=draw).double()
    q = x[:, :dof]
    true = (q.roll(1, -1) + q.roll(-1, -1) - 2 * q) / mass
    off = true + torch.randn(256, dof, generator=draw).double()
    scale = torch.full((dof,), 2.0).double()
    assert len(enough_for_masses(x)) < 64
    assert guarded_residual(chain, x, true, scale) < 1e-24
    # The mass matrix is the same everywhere: K is the identity over the scales.
    expected = ((off - true) / 2).square().sum(-1).mean()
    torch.testing.assert_close(guarded_residual(chain, x, off, scale), expected)
