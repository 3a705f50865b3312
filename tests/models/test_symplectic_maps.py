"""Learned maps of a time step that are symplectic whatever the weights."""

import pytest
import torch
from homes import PLAIN, make

from src.mechanics.state import StateSpec
from src.mechanics.symplectic import jacobian, symplecticity_defect
from src.models.ghnn import GHNN
from src.models.henon_net import HenonNet
from src.models.sympnet import SympNet
from src.models.sympnet_la import SympNetLA

LENGTHS = PLAIN["two lengths"]
MIXED = PLAIN["angle and length"]
MAPS = [
    ("sympnet", MIXED, {"width": 3}),
    ("sympnet", LENGTHS, {"width": 20, "layers": 1, "activation": "tanh"}),
    ("sympnet_la", MIXED, {}),
    ("sympnet_la", LENGTHS, {"layers": 1, "linear": 3}),
    ("ghnn", MIXED, {"width": 9, "depth": 1}),
    ("ghnn", LENGTHS, {"width": 4, "depth": 3, "layers": 2}),
    ("henon_net", LENGTHS, {"width": 5}),
    ("henon_net", LENGTHS, {"width": 20, "depth": 2, "layers": 2}),
]
KINDS = [SympNet, SympNetLA, GHNN, HenonNet]


@pytest.fixture(params=MAPS, ids=lambda case: case[0], name="case")
def _case(request):
    name, home, sizes = request.param
    return make(name, home, **sizes), home.states(6, seed=3)


def test_the_map_keeps_the_symplectic_form_to_rounding(case):
    model, x = case
    tangent = jacobian(model.step, x)
    # Of two degrees of freedom: volume alone would leave room for more.
    assert symplecticity_defect(tangent).max() < 1e-13
    moved = (tangent - torch.eye(4)).flatten(1).norm(dim=1)
    assert moved.min() > 0.01


def test_the_way_back_undoes_a_step(case):
    model, x = case
    assert model.steps().inverse is not None
    torch.testing.assert_close(model.inverse(model.step(x)), x, atol=1e-13, rtol=1e-13)
    torch.testing.assert_close(model.step(model.inverse(x)), x, atol=1e-13, rtol=1e-13)


@pytest.mark.parametrize("kind", KINDS)
def test_an_untrained_map_is_a_small_step(kind):
    torch.manual_seed(0)
    model = kind(LENGTHS.spec).double()
    x = LENGTHS.states(60) * torch.tensor([1e3, 1e-2, 1.0, 1.0])
    model.fit_scaling(x, x)
    size = ((model.step(x) - x) / model.x_scale).square().mean().sqrt()
    assert 1e-2 < size < 1


@pytest.mark.parametrize("kind", KINDS)
def test_a_map_without_layers_is_refused(kind):
    with pytest.raises(ValueError, match=r"model.layers must be a whole number of at least 1"):
        kind(LENGTHS.spec, layers=0)


def test_linear_shears_can_be_those_of_symplectic_euler():
    spec = StateSpec(("q",), (False,))
    model, step, stiffness, mass = SympNetLA(spec).double(), 0.1, 3.0, 2.0
    x = torch.randn(30, 2, generator=torch.Generator().manual_seed(0)).double()
    model.fit_scaling(x * torch.tensor([0.2, 5.0]) + 1, x)
    q, p = (x := x + 0.5).unbind(-1)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.zero_()
        first = zip((model.kicks[0], model.drifts[0]), (stiffness, 1 / mass), strict=True)
        for shear, curvature in first:
            scale, mean = shear.features.scale, shear.features.mean
            shear.net.matrix.copy_((step * curvature * scale**2 / shear.action).view(1, 1))
            shear.net.offset.copy_(step * curvature * scale * mean / shear.action)
    p = p - step * stiffness * q
    q = q + step * p / mass
    torch.testing.assert_close(model.step(x), torch.stack((q, p), dim=-1))


def test_four_henon_maps_without_a_potential_are_the_identity():
    model = make("henon_net", LENGTHS)
    assert model.shifts.abs().min() > 0
    with torch.no_grad():
        for net in model.nets:
            net.output.weight.zero_()
    x = LENGTHS.states(5)
    torch.testing.assert_close(model.step(x), x, atol=1e-13, rtol=1e-13)


def test_henon_maps_take_no_angles():
    with pytest.raises(ValueError, match=r"got the angle theta. Use model=sympnet or model=ghnn"):
        HenonNet(MIXED.spec)
