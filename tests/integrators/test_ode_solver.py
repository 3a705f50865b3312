"""What torchdiffeq does not do by itself, and ODESolver must."""

import warnings

import pytest
import torch
from motions import Driven, Learned, grid, pendulum, runaway, spring
from torchdiffeq import odeint
from torchdiffeq._impl.odeint import SOLVERS

from src.integrators.base import IntegrationError, integrate_surviving
from src.integrators.ode_solver import ADAPTIVE, ORDERS, ODESolver
from src.systems.mass_spring import MassSpring

SYSTEM = MassSpring()
START = torch.tensor([[1.0, 0.0], [0.3, 0.4]], dtype=torch.float64)


def test_every_differentiable_method_of_torchdiffeq_is_offered():
    other_names = {"fixed_adams"}
    assert set(ORDERS) == set(SOLVERS) - other_names - {"scipy_solver"}


@pytest.mark.parametrize("outputs", [2, 7, 301])
def test_the_reference_is_exact_to_its_tolerance_at_all_output_times(outputs):
    # Between the ends of its steps torchdiffeq interpolates, to 4th order only.
    t = grid(2 * SYSTEM.time_scale, outputs)
    exact = SYSTEM.exact_flow(START, t)
    reference = ODESolver("dopri8", rtol=1e-10, atol=1e-10)
    assert (reference.integrate(spring(), START, t).x - exact).abs().max() < 1e-10
    if outputs == 301:
        interpolated = odeint(spring().rate, START, t, rtol=1e-10, atol=1e-10, method="dopri8")
        assert (interpolated - exact).abs().max() > 1e-7


def test_output_times_in_powers_of_ten_are_not_stepped_over():
    # Steps that grow by exactly ten end on such times by themselves.
    decades = torch.logspace(-6, 0, 7, dtype=torch.float64)
    t = torch.cat((torch.zeros(1, dtype=torch.float64), decades, 1 + grid(9, 40)[1:]))
    path = ODESolver("dopri8", rtol=1e-10, atol=1e-10).integrate(spring(), START, t)
    assert (path.x - SYSTEM.exact_flow(START, t)).abs().max() < 1e-10


@pytest.mark.parametrize("method", ["dopri8", "dopri5", "bosh3"])
def test_a_hard_sample_among_easy_ones_is_as_accurate_as_alone(method):
    # torchdiffeq's own norm averages: the hard one would get sqrt(100) times the tolerance.
    rates = torch.ones(100, 1, dtype=torch.float64)
    rates[0] = 10.0
    t = grid(1.0, 4)
    solver = ODESolver(method, rtol=1e-6, atol=1e-6)
    x0 = START[:1].expand(100, 2)
    exact = torch.stack((torch.cos(10 * t), -10 * torch.sin(10 * t)), dim=-1)
    batch = solver.integrate(spring(rates**2), x0, t).x[:, 0]
    alone = solver.integrate(spring(rates[0] ** 2), x0[0], t).x
    error, error_alone = ((x - exact).abs().max() for x in (batch, alone))
    assert error <= 1.5 * error_alone


@pytest.mark.parametrize("method", ["dopri8", "dopri5", "rk4", "explicit_adams", "implicit_adams"])
@pytest.mark.parametrize("direction", [1, -1])
def test_adjoint_gradients_are_those_of_backpropagation(method, direction):
    settings = {"rtol": 1e-10, "atol": 1e-10} | ({} if method in ADAPTIVE else {"step": 0.01})
    t = direction * torch.tensor([0.0, 0.3, 0.7], dtype=torch.float64)
    gradients = []
    for adjoint in (False, True):
        motion, x0 = Learned(), START.clone().requires_grad_()
        x = ODESolver(method, adjoint=adjoint, **settings).integrate(motion, x0, t).x
        (x[1].square().sum() + x[2, :, 0].sum()).backward()
        gradients.append((x0.grad, motion.gravity.grad))
    (x_plain, p_plain), (x_adjoint, p_adjoint) = gradients
    assert torch.allclose(x_plain, x_adjoint, atol=1e-7, rtol=0)
    assert torch.allclose(p_plain, p_adjoint, atol=1e-7, rtol=0)
    assert p_plain.abs() > 0.05


def test_adjoint_gives_known_systems_their_gradients_too():
    x0 = START.clone().requires_grad_()
    t = grid(1.0, 3)
    ODESolver(adjoint=True).integrate(spring(), x0, t).x[-1].sum().backward()
    exact = torch.func.grad(lambda x: SYSTEM.exact_flow(x, t)[-1].sum())(START)
    assert torch.allclose(x0.grad, exact, atol=1e-7, rtol=0)


def test_adjoint_is_plain_integration_without_gradients():
    with torch.no_grad():
        path = ODESolver(adjoint=True).integrate(Learned(), START, grid(1.0, 3))
    plain = ODESolver().integrate(Learned(), START, grid(1.0, 3))
    assert torch.allclose(path.x, plain.x)


def test_frozen_parameters_raise_no_warning_with_the_adjoint():
    motion = Learned()
    motion.gravity.requires_grad_(False)
    x0 = START.clone().requires_grad_()
    ODESolver(adjoint=True).integrate(motion, x0, grid(1.0, 3)).x.sum().backward()
    assert x0.grad is not None
    assert motion.gravity.grad is None


def test_adjoint_refuses_parameters_that_it_cannot_find():
    hidden = torch.tensor(1.0, dtype=torch.float64, requires_grad=True)
    with pytest.raises(ValueError, match=r"needs a motion that is a torch\.nn\.Module.*Separable"):
        ODESolver(adjoint=True).integrate(pendulum(hidden), START, grid(1.0, 3))


def test_adjoint_equations_that_end_are_refused():
    # Forwards the motion settles; backwards it grows like exp(1000 t), beyond all numbers.
    motion = Driven(lambda t, x: -1000 * x - x.abs().sqrt())
    x0 = START.clone().requires_grad_()
    solver = ODESolver("bosh3", rtol=1e-2, atol=1e-2, adjoint=True, max_num_steps=20_000)
    end = solver.integrate(motion, x0, grid(2.0, 2)).x[-1].sum()
    with pytest.raises(ValueError, match="adjoint equations must be integrable back"):
        end.backward()


@pytest.mark.parametrize("method", ["explicit_adams", "implicit_adams"])
def test_adams_methods_keep_their_order_at_irregular_times(method):
    # torchdiffeq's coefficients are those of equal steps, whatever the steps are.
    widths = torch.tensor([0.05, 0.07, 0.03, 0.11, 0.04, 0.05, 0.05, 0.08], dtype=torch.float64)
    t = torch.cat((torch.zeros(1, dtype=torch.float64), widths.cumsum(0)))
    errors = [
        ODESolver(method, step=h, rtol=1e-12, atol=1e-12).integrate(spring(), START, t).x
        - SYSTEM.exact_flow(START, t)
        for h in (0.02, 0.01)
    ]
    assert errors[0].abs().max() > 10 * errors[1].abs().max()
    assert errors[1].abs().max() < 1e-8


@pytest.mark.parametrize("method", list(ADAPTIVE))
def test_samples_that_end_are_named(method):
    solver = ODESolver(method, rtol=1e-2, atol=1e-2)
    x0 = torch.tensor([[0.1, 0.0], [1.0, 1.0], [0.2, 0.0]], dtype=torch.float64)
    t = grid(1.6, 9)
    with pytest.raises(IntegrationError, match="1 of 3 could not be, beyond t = ") as caught:
        solver.integrate(runaway(), x0, t)
    assert caught.value.failed.tolist() == [False, True, False]
    path = caught.value.path
    assert 2 <= len(path.t) < 9
    assert path.x.shape == (len(path.t), 3, 2)
    surviving = integrate_surviving(solver, runaway(), x0, t)
    finite = torch.isfinite(surviving.x).all(-1)
    assert finite[:, [0, 2]].all()
    assert finite[:, 1].tolist() == [True] * len(path.t) + [False] * (9 - len(path.t))
    assert surviving.field_evaluations > path.field_evaluations


@pytest.mark.parametrize("method", ["dopri8", "adaptive_heun"])
def test_a_field_without_value_ends_its_sample_alone(method):
    def field(t, x):  # not a number beyond x = 1
        return torch.where(x > 1, torch.nan, torch.ones_like(x))

    x0 = torch.tensor([[0.85, 0.85], [-5.0, -5.0], [torch.nan, 0.0]], dtype=torch.float64)
    solver = ODESolver(method, rtol=1e-4, atol=1e-4)
    path = integrate_surviving(solver, Driven(field), x0, grid(0.3, 4))
    assert torch.isfinite(path.x[:, 0]).all(-1).tolist() == [True, True, False, False]
    assert torch.allclose(path.x[-1, 1], x0[1] + 0.3)
    assert not torch.isfinite(path.x[1:, 2]).any()


def test_linked_samples_end_together():
    def field(t, x):  # not a number beyond x = 1
        return torch.where(x > 1, torch.nan, torch.ones_like(x))

    x0 = torch.tensor([[[-5.0], [-5.0]], [[0.85], [-4.0]]], dtype=torch.float64).repeat(1, 1, 2)
    solver = ODESolver("dopri8", rtol=1e-4, atol=1e-4)
    for linked, ends in ((False, [[True, True], [False, True]]), (True, [[False, True]] * 2)):
        path = integrate_surviving(solver, Driven(field), x0, grid(0.3, 4), linked=linked)
        assert torch.isfinite(path.x[-1]).all(-1).tolist() == ends


def test_steps_are_bounded():
    stiff = torch.tensor([[1.0], [1e4]], dtype=torch.float64)
    motion = spring(stiff**2)
    solver = ODESolver("dopri5", max_num_steps=300)
    with pytest.raises(IntegrationError, match=r"300 steps reached only t = .*max_num_steps") as e:
        solver.integrate(motion, START, grid(1.0, 5))
    assert e.value.failed.tolist() == [False, True]


def test_corrections_that_do_not_converge_name_their_samples():
    stiff = torch.tensor([[1.0], [100.0], [1.0]], dtype=torch.float64)
    x0 = torch.cat((START, START[:1]))
    solver = ODESolver("implicit_adams", step=0.1)
    with pytest.raises(
        IntegrationError, match=r"did not converge\. Use a smaller integrator\.step"
    ):
        solver.integrate(Stiff(stiff), x0, grid(1.0, 3))
    path = integrate_surviving(solver, Stiff(stiff), x0, grid(1.0, 3))
    assert torch.isfinite(path.x).all(-1).tolist() == [[True] * 3] + [[True, False, True]] * 2


class Stiff(Driven):
    """Springs whose stiffness belongs to the state, so that samples can be left out."""

    def __init__(self, rates: torch.Tensor) -> None:
        super().__init__(self.rate)
        self.rates = rates

    def rate(self, t, x):
        q, p = x.chunk(2, dim=-1)
        rates = self.rates if len(x) == len(self.rates) else self.rates[[0, 2]]
        return torch.cat((p, -(rates**2) * q), dim=-1)


def test_step_is_the_longest_of_equal_steps():
    motion = spring()
    t = torch.tensor([0.0, 0.1, 0.35], dtype=torch.float64)
    assert ODESolver("euler", step=0.1).integrate(motion, START, t).field_evaluations == 1 + 3
    assert ODESolver("euler").integrate(motion, START, t).field_evaluations == 2


def test_no_warning_filter_is_left_behind():
    before = list(warnings.filters)
    ODESolver("implicit_adams", step=0.1).integrate(spring(), START, grid(1.0, 3))
    assert list(warnings.filters) == before


def test_tolerances_follow_the_type():
    assert ODESolver().tolerances(torch.float64) == (1e-8, 1e-8)
    assert ODESolver().tolerances(torch.float32) == (1e-6, 1e-6)
    assert ODESolver(rtol=1e-10).tolerances(torch.float32)[0] > 1e-7


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"method": "rk5"}, "must be one of dopri8, .*; got 'rk5'"),
        ({"rtol": 0.0}, "integrator.rtol must be positive; got 0.0"),
        ({"atol": -1.0}, "integrator.atol must be positive; got -1.0"),
        ({"max_num_steps": 0}, "integrator.max_num_steps must be positive; got 0"),
        ({"method": "rk4", "step": 0.0}, "integrator.step must be positive, or null"),
        ({"method": "dopri5", "step": 0.1}, "must be null for dopri5, which chooses its steps"),
    ],
)
def test_settings_are_checked(settings, message):
    with pytest.raises(ValueError, match=message):
        ODESolver(**settings)
