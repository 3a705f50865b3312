"""Second derivatives and motions of the kernel are those of the formulas, wherever it applies."""

import pytest
import torch

from src.kernels.scalar_mlp import ACTIVATIONS
from src.mechanics.lagrangian import lagrangian_field
from src.models.energy_net import LagrangianNet
from src.models.mlp import ScalarMLP
from tests.kernels.formula import by_formula

TOLERANCES = ((torch.float64, 1e-12), (torch.float32, 1e-5))
SHAPES = [(1, 2, 8, 1), (5, 3, 21, 2), (150, 4, 40, 3)]
"""Samples, inputs, width, depth; more samples than a tile holds."""
ANGULAR = [(False,), (True, True), (False, True, False)]


def same(ours, theirs, tolerance):
    for one, other in zip(ours, theirs, strict=True):
        assert one.shape == other.shape
        assert float((one - other).abs().max()) <= tolerance * float(other.abs().max())


def lagrangian(angular, name="silu", depth=2, dtype=torch.float64):
    torch.manual_seed(len(angular))
    net = LagrangianNet([*angular, *[False] * len(angular)], 16, depth, name).to(dtype)
    size = 2 * len(angular)
    net.fit(torch.randn(size), 0.2 + 0.7 * torch.rand(size), torch.tensor(2.5))
    with torch.no_grad():
        net.net.output.weight.mul_(20)
    return net


def states(net, *batch):
    return torch.randn(*batch, net.features.size, dtype=net.features.mean.dtype)


def seconds(net, y, tangent, chosen, weights):
    """Return second derivatives, and what a weighted sum of them tells all that it depends on."""
    y, tangent = y.clone().requires_grad_(), tangent.clone().requires_grad_()
    found = net.curvature(y, tangent, chosen)
    value = sum((weight * part).sum() for weight, part in zip(weights, found, strict=True))
    parts = torch.autograd.grad(value, [y, tangent, *net.parameters()])
    return [*(part.detach() for part in found), *parts]


@pytest.mark.parametrize("name", ACTIVATIONS)
@pytest.mark.parametrize("shape", SHAPES)
def test_second_derivatives_and_theirs_are_those_of_the_formula(kernel, name, shape):
    samples, inputs, width, depth = shape
    for dtype, tolerance in TOLERANCES:
        torch.manual_seed(0)
        net = ScalarMLP(inputs, width, depth, name).to(dtype)
        y, tangent = torch.randn(2, samples, inputs, dtype=dtype)
        for chosen in (slice(0, inputs), slice(inputs - 1, inputs)):
            weights = [torch.randn_like(part) for part in net.curvature(y, tangent, chosen)]
            given = (net, y, tangent, chosen, weights)
            ours, theirs = seconds(*given), by_formula(lambda: seconds(*given))  # noqa: B023
            same(ours, theirs, tolerance)
            with torch.no_grad():
                same(net.curvature(y, tangent, chosen), ours[:3], tolerance)


def test_reverse_derivatives_are_those_of_finite_differences(kernel):
    torch.manual_seed(1)
    net = ScalarMLP(3, 5, 2, "gelu").double()
    y, tangent = torch.randn(2, 4, 3, dtype=torch.float64)
    given = (y.requires_grad_(), tangent.requires_grad_(), *net.parameters())
    assert torch.autograd.gradcheck(lambda y, t, *_: net.curvature(y, t, slice(1, 3)), given)


def test_a_second_derivative_of_them_is_that_of_the_formula(kernel):
    net = ScalarMLP(3, 5, 2, "silu").double()
    y, tangent = torch.randn(2, 4, 3, dtype=torch.float64)

    def twice():
        x = y.clone().requires_grad_()
        value = sum(part.square().sum() for part in net.curvature(x, tangent, slice(1, 3)))
        (first,) = torch.autograd.grad(value, x, create_graph=True)
        return torch.autograd.grad(first.square().sum(), list(net.parameters()))

    same(twice(), by_formula(twice), 1e-12)


@pytest.mark.parametrize("angular", ANGULAR)
@pytest.mark.parametrize("depth", [1, 2, 3])
@pytest.mark.parametrize("name", ACTIVATIONS)
@torch.no_grad()
def test_blocks_and_motions_are_those_of_the_formula(kernel, name, depth, angular):
    for dtype, tolerance in TOLERANCES:
        net = lagrangian(angular, name, depth, dtype)
        x = states(net, 30, 5)
        same(net.velocity_blocks(x), by_formula(lambda: net.velocity_blocks(x)), tolerance)  # noqa: B023
        if dtype == torch.float64:
            ours, theirs = (lagrangian_field(net, x), by_formula(lambda: lagrangian_field(net, x)))  # noqa: B023
            torch.testing.assert_close(ours, theirs, rtol=1e-9, atol=1e-9)


def without_torch(monkeypatch, net):
    """Let the formulas of this net fail."""

    def refuse(*given):
        raise AssertionError

    monkeypatch.setattr(net, "_blocks", refuse)
    monkeypatch.setattr(net.net, "_curvature", refuse)


def test_one_call_does_it_where_nothing_is_differentiated(kernel, monkeypatch):
    net = lagrangian((True, False))
    x = states(net, 4)
    without_torch(monkeypatch, net)
    with torch.no_grad():
        rates = lagrangian_field(net, x)
        torch.testing.assert_close(net.scaled_mass_matrix(x)[1], net.scaled_mass_matrix(x[1]))
    torch.testing.assert_close(lagrangian_field(net.requires_grad_(False), x), rates)
    torch.testing.assert_close(lagrangian_field(net, x.T.contiguous().T), rates)
    torch.testing.assert_close(lagrangian_field(net, x[2]), rates[2])
    assert lagrangian_field(lagrangian((True, False)), x[:0]).shape == (0, 4)


def test_gradients_and_transforms_are_those_of_the_formula(kernel):
    net = lagrangian((True, False))
    x = states(net, 4)

    def derivatives():
        y = x.clone().requires_grad_()
        blocks = sum(block.square().sum() for block in net.velocity_blocks(y))
        value = blocks + lagrangian_field(net, y).square().sum()
        return torch.autograd.grad(value, [y, *net.parameters()])

    same(derivatives(), by_formula(derivatives), 1e-12)
    rates = lagrangian_field(net, x)
    with torch.no_grad():
        each = torch.func.vmap(lambda y: lagrangian_field(net, y))(x)
        torch.testing.assert_close(each, rates)
        _, along = torch.func.jvp(lambda y: lagrangian_field(net, y), (x,), (rates,))
        step = 1e-6 * rates
        change = (lagrangian_field(net, x + step) - lagrangian_field(net, x - step)) / 2e-6
    torch.testing.assert_close(along, change, rtol=1e-6, atol=1e-6)


@torch.no_grad()
def test_what_is_not_finite_stays_with_its_own_sample(kernel):
    net = lagrangian((True, False))
    x = states(net, 9)
    rates = lagrangian_field(net, x)
    x[3, 0], x[5, 3] = torch.nan, torch.inf
    found = lagrangian_field(net, x)
    right = [i for i in range(9) if i not in (3, 5)]
    assert torch.equal(found[right], rates[right])
    assert not found[[3, 5], 2:].isfinite().any()


def bent(*direction):
    """Return ``L = |v|^2 / 2 - 4 s(w . x)``, whose ``1 - 4 s''`` vanishes at ``w . x = 0``."""
    net = lagrangian((False, False), "softplus", depth=1)
    net.features.fit(torch.zeros(4), torch.ones(4))
    with torch.no_grad():
        for weight in net.net.parameters():
            weight.zero_()
        net.net.hidden[0].weight[0] = torch.tensor(direction)
        net.net.output.weight[0, 0] = -4
    return net


@pytest.mark.parametrize("direction", [(0.0, 0.0, 1.0, 0.0), (0.0, 0.0, 0.0, 1.0)])
@torch.no_grad()
def test_a_singular_mass_matrix_stops_its_own_sample_only(kernel, direction):
    net = bent(*direction)
    x = torch.tensor([[0.3, 0, 1, 1], [0.3, 0, 0, 0], [0.3, 0, 1, 1]], dtype=torch.float64)
    found = lagrangian_field(net, x)
    assert found.isfinite().all(-1).tolist() == [True, False, True]
    assert torch.equal(found[0], lagrangian_field(net, x[0]))


@torch.no_grad()
def test_a_first_pivot_that_vanishes_is_passed_over(kernel):
    net = bent(1.0, 0.0, 1.0, 2.0)
    x = torch.zeros(4, dtype=torch.float64)
    blocks = net.velocity_blocks(x)
    assert float(blocks.l_vv[0, 0]) == 0
    a = lagrangian_field(net, x)[2:]
    torch.testing.assert_close(blocks.l_vv @ a, blocks.l_q - blocks.l_vq_v)


def test_states_of_another_size_are_refused_as_by_the_formula(kernel):
    net = lagrangian((False, False))
    with torch.no_grad(), pytest.raises(RuntimeError):
        net.velocity_blocks(torch.randn(3, 6, dtype=torch.float64))
