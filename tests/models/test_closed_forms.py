"""The derivatives written by hand against those of torch.func, and the law of each piece."""

import math

import pytest
import torch

from src.mechanics.hamiltonian import energy_gradient
from src.mechanics.lagrangian import velocity_blocks
from src.mechanics.state import StateSpec
from src.models.activations import ACTIVATIONS, activation
from src.models.energy_net import EnergyNet, LagrangianNet, typical_energy
from src.models.features import Features
from src.models.mlp import ScalarMLP
from src.models.quadratic_hnn import QuadraticEnergy, QuadraticHNN

FLAGS = [
    (False, False),
    (True, False),
    (False, False, False, False),
    (True, False, False, False),
    (False, True, False, False),
    (True, True, False, False),
]


def generic(energy):
    """Hide the closed forms."""
    return lambda x, t=None: energy(x, t)


def net(kind, flags, name="gelu", depth=2):
    torch.manual_seed(1)
    energy = kind(flags, 9, depth, name).double()
    size = len(flags)
    scale = torch.linspace(0.3, 0.9, size, dtype=torch.float64)
    with torch.no_grad():  # what begins at zero, too
        for parameter in energy.parameters():
            parameter.add_(0.1 * torch.randn_like(parameter))
    energy.fit(torch.linspace(-1, 1, size, dtype=torch.float64), scale, torch.tensor(2.5))
    return energy


def draws(*shape):
    return 2 * torch.randn(*shape, generator=torch.Generator().manual_seed(2), dtype=torch.float64)


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_slope_and_curvature_are_derivatives(name):
    function = activation(name)
    z = torch.linspace(-9, 9, 181, dtype=torch.float64)
    first = torch.func.grad(lambda y: function.value(y).sum())
    second = torch.func.grad(lambda y: first(y).sum())
    value, slope, curvature = function.second(z)
    torch.testing.assert_close(value, function.value(z), atol=1e-13, rtol=1e-13)
    torch.testing.assert_close(slope, first(z), atol=1e-13, rtol=1e-13)
    torch.testing.assert_close(curvature, second(z), atol=1e-12, rtol=1e-12)
    for ours, again in zip(function.first(z), (value, slope), strict=True):
        torch.testing.assert_close(ours, again, atol=0, rtol=0)


@pytest.mark.parametrize(("name", "reason"), [("relu", "is not smooth"), ("sine", "is not known")])
def test_activations_that_do_not_fit_are_refused(name, reason):
    with pytest.raises(ValueError, match=rf"one of tanh, .*; got '{name}', which {reason}"):
        activation(name)


@pytest.mark.parametrize("flags", FLAGS)
@pytest.mark.parametrize("kind", [EnergyNet, LagrangianNet, QuadraticEnergy])
def test_gradient_is_that_of_the_energy(kind, flags):
    energy, x = net(kind, flags), draws(5, len(flags))
    expected = energy_gradient(generic(energy), x)
    torch.testing.assert_close(energy.gradient(x), expected, atol=1e-10, rtol=1e-10)


@pytest.mark.parametrize("flags", FLAGS)
@pytest.mark.parametrize(
    ("name", "depth"), [("gelu", 2), ("tanh", 3), ("softplus", 1), ("silu", 2)]
)
def test_velocity_blocks_are_those_of_the_lagrangian(flags, name, depth):
    lagrangian = net(LagrangianNet, flags, name, depth)
    for x in (draws(5, len(flags)), draws(len(flags)), draws(2, 3, len(flags))):
        expected = velocity_blocks(generic(lagrangian), x)
        for ours, theirs in zip(lagrangian.velocity_blocks(x), expected, strict=True):
            assert ours.shape == theirs.shape
            torch.testing.assert_close(ours, theirs, atol=1e-10, rtol=1e-10)


def test_the_restraint_is_that_of_the_net_alone():
    model = QuadraticHNN(StateSpec(("q",), (True,)), width=8, restraint=2.0).double()
    x = draws(5, 2)
    with torch.no_grad():
        model.hamiltonian.linear.fill_(3.0)
    slope = model.hamiltonian.net.gradient(model.hamiltonian.features(x))
    torch.testing.assert_close(model.penalty(x), 2 * slope.square().mean())
    assert QuadraticHNN(model.spec).penalty(x) == 0
    with pytest.raises(ValueError, match=r"model.restraint must be zero or positive; got -1"):
        QuadraticHNN(model.spec, restraint=-1.0)


def test_no_bias_of_an_energy_is_without_effect():
    names = [name for name, _ in ScalarMLP(2, 4, 2, "tanh").named_parameters()]
    assert names == [
        *("hidden.0.weight", "hidden.0.bias", "hidden.1.weight", "hidden.1.bias"),
        "output.weight",
    ]


def test_an_untrained_mass_matrix_is_near_the_identity():
    torch.manual_seed(0)
    lagrangian = LagrangianNet([True, True, False, False], 128, 2, "gelu")
    mass = lagrangian.scaled_mass_matrix(torch.randn(100, 4))
    assert (torch.linalg.eigvalsh(mass) - 1).abs().max() < 0.5


def test_features_have_the_size_of_one():
    generator = torch.Generator().manual_seed(0)
    for swing in (1e-3, 0.5, 2.0):
        angle = 4 + swing * torch.randn(4000, 1, generator=generator, dtype=torch.float64)
        cos, sin = angle.cos().mean(), angle.sin().mean()
        scale = (1 - cos**2 - sin**2).sqrt()
        features = Features([True]).double()
        features.fit(torch.atan2(sin, cos)[None], scale[None])
        y = features(angle)
        assert y.mean(0).abs().max() < 1e-9
        assert 0.95 < y.square().sum(-1).mean() < 1.05


def test_the_scale_of_an_angle_is_bounded():
    with pytest.raises(ValueError, match=r"circular spread, at most 1 rad; got 1\.5"):
        Features([True, False]).fit(torch.zeros(2), torch.tensor([1.5, 3.0]))


def test_typical_energy_of_an_oscillator_is_twice_its_energy():
    # q = A cos wt, p = m w A sin wt with spreads 1/sqrt 2 of the amplitudes.
    mass, omega, amplitude = 3.0, 7.0, 0.2
    x = torch.tensor([amplitude, mass * omega * amplitude]) / math.sqrt(2)
    dx = omega * torch.tensor([x[0], x[1]])
    energy = mass * omega**2 * amplitude**2 / 2
    # omega q_scale p_scale = energy; both terms of the mean agree.
    torch.testing.assert_close(typical_energy(x, dx), torch.tensor(energy))
