"""The kernel computes what the formula does, and steps aside where it cannot."""

import pytest
import torch

from src.integrators.ode_solver import ODESolver
from src.kernels import compiler
from src.kernels.kernel import source
from src.kernels.scalar_mlp import ACTIVATIONS
from src.losses.derivative import DerivativeLoss
from src.mechanics.state import StateSpec
from src.models.activations import ACTIVATIONS as NAMED
from src.models.hnn import HNN
from src.models.mlp import ScalarMLP
from tests.kernels.formula import by_formula

SHAPES = [(1, 2, 8, 1), (5, 3, 21, 2), (300, 2, 40, 3), (70, 11, 70, 2)]
"""Samples, inputs, width, depth; more samples than a tile holds, more inputs than are few."""


def with_derivatives(net, y, cotangent):
    y = y.clone().requires_grad_()
    gradient = net.gradient(y)
    parts = torch.autograd.grad((gradient * cotangent).sum(), [y, *net.parameters()])
    return [gradient.detach(), *parts]


def test_it_knows_every_activation():
    assert set(ACTIVATIONS) == set(NAMED)


@pytest.mark.parametrize("name", ACTIVATIONS)
@pytest.mark.parametrize("shape", SHAPES)
def test_values_and_derivatives_are_those_of_the_formula(kernel, name, shape):
    samples, inputs, width, depth = shape
    for dtype, tolerance in ((torch.float64, 1e-12), (torch.float32, 1e-5)):
        torch.manual_seed(0)
        net = ScalarMLP(inputs, width, depth, name).to(dtype)
        y, cotangent = torch.randn(2, samples, inputs, dtype=dtype)
        ours = with_derivatives(net, y, cotangent)
        theirs = by_formula(lambda: with_derivatives(net, y, cotangent))  # noqa: B023
        for one, other in zip(ours, theirs, strict=True):
            assert float((one - other).abs().max()) <= tolerance * float(other.abs().max())


def test_any_batch_shape_and_no_gradients_asked_for(kernel):
    net = ScalarMLP(3, 16, 2, "tanh").double()
    y = torch.randn(4, 5, 3, dtype=torch.float64)
    with torch.no_grad():
        ours = net.gradient(y)
        torch.testing.assert_close(ours, by_formula(lambda: net.gradient(y)))
        torch.testing.assert_close(net.gradient(y[2, 1]), ours[2, 1])
        assert net.gradient(y[:0]).shape == (0, 5, 3)


def test_parameter_gradients_are_those_of_finite_differences(kernel):
    torch.manual_seed(1)
    net = ScalarMLP(2, 6, 2, "tanh").double()
    y = torch.randn(7, 2, dtype=torch.float64)
    assert torch.autograd.gradcheck(
        lambda x, *_: net.gradient(x), (y.requires_grad_(), *net.parameters())
    )


def test_a_second_derivative_is_that_of_the_formula(kernel):
    net = ScalarMLP(2, 6, 2, "softplus").double()
    y = torch.randn(7, 2, dtype=torch.float64)

    def twice():
        x = y.clone().requires_grad_()
        (first,) = torch.autograd.grad(net.gradient(x).square().sum(), x, create_graph=True)
        return torch.autograd.grad(first.square().sum(), list(net.parameters()))

    for one, other in zip(twice(), by_formula(twice), strict=True):
        torch.testing.assert_close(one, other)


def test_transforms_of_torch_func_take_the_formula(kernel):
    net = ScalarMLP(2, 6, 2, "tanh").double()
    y = torch.randn(7, 2, dtype=torch.float64)
    each = torch.func.vmap(net.gradient)(y)
    torch.testing.assert_close(each, net.gradient(y))
    value, _ = torch.func.jvp(net.gradient, (y,), (y,))
    torch.testing.assert_close(value, each)


def test_numbers_that_are_none_stay_none(kernel):
    net = ScalarMLP(2, 6, 2, "tanh")
    y = torch.randn(7, 2)
    y[3] = torch.nan
    found = net.gradient(y).isnan().any(-1)
    assert found.tolist() == [False] * 3 + [True] + [False] * 3


@pytest.mark.parametrize("program", [None, "false", "no_such_program"])
def test_without_a_compiler_there_is_no_kernel(tmp_path, monkeypatch, program):
    monkeypatch.setattr(compiler, "compiler", lambda: program)
    assert compiler.library(source(), tmp_path, compiler.FREE) is None
    assert not list(tmp_path.rglob("*.so"))


def of_regression(net, y, rows, target):
    value = net.regression(y, rows, target).misfit()
    return [value.detach(), *torch.autograd.grad(3 * value, list(net.parameters()))]


@pytest.mark.parametrize("name", ACTIVATIONS)
@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("alike", [True, False])
def test_a_regression_and_its_gradients_are_those_of_the_formula(kernel, name, shape, alike):
    samples, inputs, width, depth = shape
    for dtype, tolerance in ((torch.float64, 1e-12), (torch.float32, 1e-5)):
        torch.manual_seed(0)
        net = ScalarMLP(inputs, width, depth, name).to(dtype)
        y, target = torch.randn(samples, inputs, dtype=dtype), torch.randn(samples, 4, dtype=dtype)
        rows = torch.randn(*(() if alike else (samples,)), 4, inputs, dtype=dtype)
        ours = of_regression(net, y, rows, target)
        theirs = by_formula(lambda: of_regression(net, y, rows, target))  # noqa: B023
        for one, other in zip(ours, theirs, strict=True):
            assert float((one - other).abs().max()) <= tolerance * float(other.abs().max())


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("alike", [True, False])
def test_a_regression_that_differentiates_itself_finds_what_autograd_finds(kernel, shape, alike):
    samples, inputs, width, depth = shape
    torch.manual_seed(0)
    net = ScalarMLP(inputs, width, depth, "tanh").double()
    y, target = torch.randn(samples, inputs).double(), torch.randn(samples, 4).double()
    rows = torch.randn(*(() if alike else (samples,)), 4, inputs, dtype=y.dtype)
    whole = net.regression(y, rows, target)
    assert whole.applies()
    middle = samples // 2
    parts = [slice(0, middle), slice(middle, samples)] if middle else [slice(0, samples)]
    found = whole.differentiate([part.stop - part.start for part in parts])
    for part in parts:
        value, norm = next(found)
        grads = [w.grad.clone() for w in net.parameters()]
        one = net.regression(y[part], rows if alike else rows[part], target[part]).misfit()
        assert value == pytest.approx(float(one.detach()), rel=1e-13)
        expected = torch.autograd.grad(one, list(net.parameters()))
        torch.testing.assert_close(grads, list(expected))
        assert norm == pytest.approx(float(torch.nn.utils.get_total_norm(expected)), rel=1e-12)
        with torch.no_grad():  # what is found next is of the weights as they are then
            for w in net.parameters():
                w.mul_(1.1)


def test_a_regression_with_frozen_weights_or_none_asked_for_is_the_formula(kernel):
    net = ScalarMLP(2, 6, 2, "tanh").double()
    y, target = torch.randn(2, 7, 2, dtype=torch.float64)
    rows = torch.eye(2, dtype=torch.float64)
    whole = net.regression(y, rows, target).misfit()
    with torch.no_grad():
        torch.testing.assert_close(net.regression(y, rows, target).misfit(), whole)
    net.hidden[0].weight.requires_grad_(False)
    part = net.regression(y, rows, target).misfit()
    torch.testing.assert_close(part, whole)
    torch.testing.assert_close(
        torch.autograd.grad(part, net.output.weight), torch.autograd.grad(whole, net.output.weight)
    )


def test_a_regression_can_be_differentiated_twice(kernel):
    net = ScalarMLP(2, 6, 2, "silu").double()
    y, target = torch.randn(2, 7, 2, dtype=torch.float64)
    rows = torch.eye(2, dtype=torch.float64)

    def twice():
        first = torch.autograd.grad(
            net.regression(y, rows, target).misfit(), list(net.parameters()), create_graph=True
        )
        return torch.autograd.grad(
            sum(part.square().sum() for part in first), list(net.parameters())
        )

    for one, other in zip(twice(), by_formula(twice), strict=True):
        torch.testing.assert_close(one, other)


@pytest.mark.parametrize("angular", [(False, False), (True, False)])
def test_the_derivative_loss_of_an_hnn_is_the_mean_square_of_its_field(kernel, angular):
    spec = StateSpec(positions=("a", "b"), angular=angular)
    torch.manual_seed(0)
    model = HNN(spec, width=12).double()
    x, dx = torch.randn(2, 40, 1, 4, dtype=torch.float64)
    model.fit_scaling(x[:, 0], dx[:, 0])
    t = torch.zeros(40, 1, dtype=torch.float64)
    loss = DerivativeLoss()(model, ODESolver("rk4"), t, x, dx)
    field = by_formula(lambda: (((model(t, x) - dx) / model.dx_scale) ** 2).mean())
    torch.testing.assert_close(loss, field, rtol=1e-12, atol=0)
    weights = list(model.parameters())
    for one, other in zip(
        torch.autograd.grad(loss, weights), torch.autograd.grad(field, weights), strict=True
    ):
        torch.testing.assert_close(one, other, rtol=1e-10, atol=1e-13)
