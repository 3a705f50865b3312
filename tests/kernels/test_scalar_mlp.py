"""The kernel computes what the formula does, and steps aside where it cannot."""

import pytest
import torch

from src.kernels import compiler
from src.kernels.scalar_mlp import ACTIVATIONS, SOURCE, Kernel
from src.models.activations import ACTIVATIONS as NAMED
from src.models.mlp import ScalarMLP

SHAPES = [(1, 2, 8, 1), (5, 3, 21, 2), (300, 2, 40, 3)]
"""Samples, inputs, width, depth; more samples than a tile holds."""


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    Kernel.prepare(tmp_path_factory.mktemp("kernels"))
    if not Kernel.settle():
        pytest.skip("there is no C++ compiler here")
    routines = Kernel.routines
    yield routines
    Kernel.leave()


@pytest.fixture
def kernel(built):
    Kernel.routines = built
    yield
    Kernel.routines = built


def by_formula(function):
    kept, Kernel.routines = Kernel.routines, None
    try:
        return function()
    finally:
        Kernel.routines = kept


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


@pytest.mark.parametrize("program", [None, "false"])
def test_without_a_compiler_there_is_no_kernel(tmp_path, monkeypatch, program):
    monkeypatch.setattr(compiler, "compiler", lambda: program)
    assert compiler.library(SOURCE.read_text(), tmp_path, compiler.FREE) is None
    assert not list(tmp_path.rglob("*.so"))
