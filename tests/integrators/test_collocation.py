"""Implicit methods: their equations, their gradients, and samples that have no solution."""

import math

import pytest
import torch
from motions import Coupled, Driven, Learned, grid, pendulum, spring

from src.integrators.base import IntegrationError, integrate_surviving
from src.integrators.gauss_legendre import GaussLegendre4
from src.integrators.implicit_midpoint import ImplicitMidpoint
from src.integrators.ode_solver import ODESolver
from src.mechanics.problem import Canonical
from src.mechanics.symplectic import jacobian, symplecticity_defect

METHODS = pytest.mark.parametrize("method", [ImplicitMidpoint, GaussLegendre4])
START = torch.tensor([[1.2, 0.1], [0.3, 0.4], [-0.5, 0.9]], dtype=torch.float64)


def test_midpoint_solves_its_equation():
    path = ImplicitMidpoint().integrate(Coupled(), START, grid(0.4, 2))
    rate = Coupled().field().f(None, (path.x[0] + path.x[1]) / 2)
    assert torch.allclose(path.x[1], path.x[0] + 0.4 * rate, atol=1e-14, rtol=0)


@METHODS
def test_order_holds_where_the_energy_is_not_separable(method):
    t = grid(1.0, 2)
    exact = ODESolver("dopri8", rtol=1e-13, atol=1e-13).integrate(Coupled(), START, t).x[-1]
    errors = [
        (method(step=1 / n).integrate(Coupled(), START, t).x[-1] - exact).norm() for n in (16, 32)
    ]
    assert float((errors[0] / errors[1]).log2()) == pytest.approx(method().order, abs=0.05)


@METHODS
def test_form_is_kept_where_the_energy_is_not_separable(method):
    def flow(x):
        return method().integrate(Coupled(), x, grid(0.9, 4)).x[-1]

    derivative = jacobian(flow, START)
    assert symplecticity_defect(derivative).max() < 1e-13
    exact = jacobian(
        lambda x: ODESolver("rk4", step=0.05).integrate(Coupled(), x, grid(0.9, 4)).x[-1], START
    )
    assert (derivative - exact).abs().max() < 0.2


@METHODS
def test_angular_momentum_is_kept_exactly(method):
    def kepler(t, x):
        q, p = x.chunk(2, dim=-1)
        return torch.cat((p, -q / q.norm(dim=-1, keepdim=True) ** 3), dim=-1)

    x0 = torch.tensor([1.0, 0.0, 0.0, 1.2], dtype=torch.float64)
    x = method(step=0.1).integrate(Driven(kepler), x0, grid(20, 21)).x
    spin = x[:, 0] * x[:, 3] - x[:, 1] * x[:, 2]
    assert (spin - 1.2).abs().max() < 1e-13


@METHODS
def test_steps_too_long_for_sweeps_are_solved_by_newton(method):
    # The sweeps contract by h omega / 2 = 10; the implicit equations have a solution all the same.
    path = method().integrate(spring(400.0), START, grid(10, 11))
    energy = spring(400.0).hamiltonian(path.x)
    assert torch.allclose(energy, energy[:1].expand_as(energy), rtol=1e-12)


@METHODS
def test_a_stiff_sample_does_not_change_the_others(method):
    rates = torch.ones(25, 1, dtype=torch.float64)
    rates[7] = 30.0
    x0 = START[:1].expand(25, 2)
    x = method().integrate(spring(rates**2), x0, grid(3, 11)).x
    alone = method().integrate(spring(1.0), START[0], grid(3, 11)).x
    assert torch.allclose(x[:, 3], alone, atol=1e-13, rtol=0)


@METHODS
def test_gradients_are_exact(method):
    def flow(x0, gravity):
        motion = pendulum(gravity)
        return method().integrate(motion, x0, grid(1.0, 3)).x

    gravity = torch.tensor(1.3, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(flow, (START.clone().requires_grad_(), gravity))


@METHODS
def test_gradients_are_exact_where_newton_solves(method):
    def flow(x0):
        return method().integrate(pendulum(9.0), x0, grid(2.0, 3)).x

    assert torch.autograd.gradcheck(flow, (START.clone().requires_grad_(),))


@METHODS
def test_derivatives_forwards_and_backwards_agree(method):
    def flow(x):
        return method().integrate(Coupled(), x, grid(0.6, 3)).x[-1]

    forwards = jacobian(flow, START)
    with torch.no_grad():
        without_graph = jacobian(flow, START)
    row = torch.func.grad(lambda x: flow(x)[..., 0].sum())(START)
    assert torch.allclose(without_graph, forwards, atol=1e-12, rtol=0)
    assert torch.allclose(row, forwards[..., 0, :], atol=1e-12, rtol=0)


def test_a_parameter_of_a_module_gets_its_gradient_once_and_no_graph_is_kept_without():
    motion = Learned()
    x = ImplicitMidpoint().integrate(motion, START, grid(1.0, 3)).x
    assert x.requires_grad
    with torch.no_grad():
        assert not ImplicitMidpoint().integrate(motion, START, grid(1.0, 3)).x.requires_grad


@METHODS
def test_time_is_that_of_the_stages(method):
    # dx/dt = (4 t^3, 3 t^2): the stages are nodes of a quadrature of the same order.
    x0 = torch.zeros(2, dtype=torch.float64)
    end = method(step=0.02).integrate(
        Driven(lambda t, x: torch.stack((4 * t**3, 3 * t**2)).expand_as(x)), x0, 1 + grid(1.0, 2)
    )
    assert torch.allclose(end.x[-1], torch.tensor([15.0, 7.0], dtype=torch.float64), atol=1e-3)
    if method is GaussLegendre4:
        assert torch.allclose(end.x[-1], torch.tensor([15.0, 7.0], dtype=torch.float64), atol=1e-12)


@METHODS
def test_few_evaluations_are_needed_at_usual_steps(method):
    path = method(step=2 * math.pi / 60).integrate(pendulum(), START, grid(10, 11))
    steps = 100
    assert path.field_evaluations < 10 * len(method().tableau.nodes) * steps


class Walled(Driven):
    """Constant speed up to a wall at q = 1, beyond which there is no field."""

    def __init__(self):
        super().__init__(lambda t, x: torch.where(x > 1, torch.nan, torch.ones_like(x)))


@METHODS
def test_samples_that_do_not_converge_are_named(method):
    x0 = torch.tensor([[-9.0, -9.0], [0.58, 0.58]], dtype=torch.float64)
    with pytest.raises(
        IntegrationError,
        match=r"1 of 2 could not be, beyond t = 0\.4: the implicit equations of the step of 0\.1 "
        r"from t = 0\.4 did not converge\. Use a smaller integrator\.step \(now 0\.1\)",
    ) as caught:
        method(step=0.1).integrate(Walled(), x0, grid(1.0, 6))
    assert caught.value.failed.tolist() == [False, True]
    assert caught.value.path.x.shape == (3, 2, 2)
    path = integrate_surviving(method(step=0.1), Walled(), x0, grid(1.0, 6))
    assert torch.isfinite(path.x[:, 1]).all(-1).tolist() == [True] * 3 + [False] * 3
    assert torch.allclose(path.x[-1, 0], x0[0] + 1)


@METHODS
def test_equations_without_a_solution_end_their_sample(method):
    # x' = x^2 - 2 x + 5 from 1: with h = 2, x = 1 + 2 f(mean) has no real solution.
    motion = Driven(lambda t, x: (x - 1) ** 2 + 4)
    x0 = torch.tensor([[1.0, 1.0]], dtype=torch.float64)
    with pytest.raises(IntegrationError, match="did not converge"):
        method().integrate(motion, x0, grid(2.0, 2))


class Doubled(Driven):
    """A spring whose velocities are half its momenta, and which knows no momentum above 1."""

    def canonical(self):
        def field(t, x):
            self.check(x)
            q, p = x.chunk(2, dim=-1)
            return torch.cat((p / 2, -q), dim=-1)

        scale = torch.tensor([1.0, 2.0], dtype=torch.float64)
        return Canonical(field, enter=lambda x: x * scale, leave=lambda x: self.check(x) / scale)

    def check(self, x):
        if bool((x[..., 1].abs() > 1).any()):
            raise ValueError("no velocity belongs to this momentum")
        return x


@METHODS
def test_states_enter_and_leave_canonical_coordinates(method):
    x0 = torch.tensor([[0.3, 0.1], [0.1, 0.2]], dtype=torch.float64)
    t = grid(3.0, 31)
    x = method(step=0.01).integrate(Doubled(lambda t, x: x), x0, t).x
    exact = spring(0.5)
    reference = ODESolver("dopri8", rtol=1e-11, atol=1e-11).integrate(exact, x0, t).x
    assert x[0].equal(x0)
    assert torch.allclose(x, reference, atol=1e-4, rtol=0)


@METHODS
def test_states_that_the_motion_refuses_end_their_sample_alone(method):
    x0 = torch.tensor([[0.3, 0.1], [2.0, 0.2]], dtype=torch.float64)
    motion, t = Doubled(lambda t, x: x), grid(3.0, 31)
    with pytest.raises(IntegrationError, match=r"motion refuses a state: no velocity belongs"):
        method().integrate(motion, x0, t)
    path = integrate_surviving(method(), motion, x0, t)
    assert torch.isfinite(path.x[:, 0]).all()
    assert 2 < int(torch.isfinite(path.x[:, 1]).all(-1).sum()) < 10
    alone = method().integrate(motion, x0[0], t).x
    assert torch.allclose(path.x[:, 0], alone, atol=1e-13, rtol=0)


@METHODS
def test_what_the_motion_refuses_for_the_batch_alone_stays_its_own_error(method):
    def field(t, x):
        if len(x) > 1:
            raise ValueError("one at a time, please")
        return x

    with pytest.raises(ValueError, match="one at a time") as caught:
        method().integrate(Driven(field), START, grid(1.0, 2))
    assert not isinstance(caught.value, IntegrationError)


@METHODS
def test_float32_converges_to_its_own_rounding(method):
    t = grid(5.0, 51)
    double = method().integrate(pendulum(), START, t).x
    single = method().integrate(pendulum(), START.float(), t.float()).x
    assert (single.double() - double).abs().max() < 1e-5


@METHODS
def test_rest_is_kept(method):
    x0 = torch.tensor([[0.0, 0.0], [math.pi, 0.0]], dtype=torch.float64)
    x = method().integrate(pendulum(), x0, grid(1.0, 5)).x
    assert (x - x0).abs().max() < 1e-14
