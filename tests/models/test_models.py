"""What holds for single models."""

import math

import pytest
import torch
from torch import nn

from src.mechanics.state import StateSpec
from src.models.baseline import Baseline
from src.models.hnn import HNN
from src.models.lnn import LNN
from src.models.scales import rate_spread, spread
from src.models.separable_hnn import SeparableHNN

SPEC = StateSpec(("q",), (False,))
TIME = torch.zeros(())


def states(count, size=2):
    return torch.randn(count, size, generator=torch.Generator().manual_seed(0), dtype=torch.float64)


def test_split_flows_make_the_field():
    model = SeparableHNN(SPEC, width=8).double()
    x = states(5)
    split = model.split()
    rates = torch.cat((split.velocity(x[:, 1:]), split.force(x[:, :1])), dim=-1)
    assert torch.equal(rates, model(TIME, x))


class Form(nn.Module):
    """(q^2 + p^2) / 2, times a weight."""

    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(torch.tensor(3.0, dtype=torch.float64))

    def forward(self, x, t=None):
        return self.weight * x.square().sum(-1) / 2

    def gradient(self, x, t=None):
        return self.weight * x


class OwnEnergy(HNN):
    def __init__(self, spec, width=8):
        super().__init__(spec, width)
        self.hamiltonian = Form()


class OwnField(HNN):
    def forward(self, t, x, u=None):
        return 2 * super().forward(t, x, u)


@pytest.mark.parametrize("kind", [OwnEnergy, OwnField])
def test_a_class_of_ones_own_learns_by_its_own_energy_and_field(kind):
    model, x, dx = kind(SPEC, width=8).double(), states(6), states(6).flip(-1)
    error = model.misfit(TIME, x, None, dx, model.dx_scale)
    expected = ((model(TIME, x) - dx) / model.dx_scale).square().mean()
    torch.testing.assert_close(error, expected)
    assert model.regression(x, dx, model.dx_scale) is None


def test_baseline_in_velocity_coordinates_names_what_fits():
    model = Baseline(SPEC, width=8, coordinates="velocity")
    assert model.coordinates == "velocity"
    with pytest.raises(ValueError, match=r"Use model.coordinates=canonical, .*integrator=dopri5"):
        model.canonical()


def test_baseline_refuses_other_coordinates():
    with pytest.raises(ValueError, match=r"must be canonical, .* or velocity, .*; got 'poisson'"):
        Baseline(SPEC, coordinates="poisson")


def test_models_express_the_spec_in_their_coordinates():
    assert HNN(SPEC.expressed_in("velocity"), width=4).coordinates == "canonical"
    assert LNN(SPEC, width=4).spec.names == ("q", "v_q")


@pytest.mark.parametrize("floor", [0.0, 1.0])
def test_mass_floor_lies_below_the_untrained_mass(floor):
    with pytest.raises(ValueError, match=rf"must lie between 0 and 1, .*; got {floor}"):
        LNN(SPEC, mass_floor=floor)


def flattened(model):
    """Make L = c (v / scale)^2 / 2 exactly, with the mass c of each scaled velocity chosen."""
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.zero_()
    return model


def test_penalty_is_zero_for_a_regular_lagrangian_and_grows_where_it_is_not():
    model = flattened(LNN(SPEC, width=8).double())
    x = states(40)
    assert model.penalty(x) == 0
    # softplus''(0) = 1/4: one unit on v with a negative weight takes the mass down to 1 - w / 4.
    model = flattened(LNN(SPEC, width=1, depth=1, activation="softplus").double())
    x = torch.zeros(8, 2, dtype=torch.float64)
    for weight, expected in ((3.0, 0.0), (4.0, 1.0), (4.4, 4.0)):
        with torch.no_grad():
            model.net.net.hidden[0].weight[0, 1] = 1.0
            model.net.net.output.weight.fill_(-weight)
        torch.testing.assert_close(model.penalty(x), torch.tensor(expected, dtype=torch.float64))
        smallest = model.diagnostics(x)["smallest_eigenvalue"]
        torch.testing.assert_close(smallest, torch.full_like(smallest, 1 - weight / 4))


def test_penalty_looks_beyond_the_data():
    # A mass that vanishes at |v| > 1.5 only: on the data all is well.
    model = flattened(LNN(SPEC, width=2, depth=1, activation="softplus").double())
    with torch.no_grad():
        hidden = model.net.net.hidden[0]
        hidden.weight[:, 1] = 9.0
        hidden.bias.copy_(torch.tensor([-9.0 * 1.7, 9.0 * 1.7]))
        model.net.net.output.weight.fill_(-1.0)
    x = torch.stack((torch.zeros(40), torch.linspace(-1, 1, 40)), dim=-1).double()
    assert model.diagnostics(x)["smallest_eigenvalue"].min() > 0.5
    assert model.penalty(x) > 0


def test_diagnostics_do_not_depend_on_units():
    figures = []
    for unit in (1.0, 1e4):
        torch.manual_seed(0)
        model = LNN(StateSpec(("a", "b"), (False, False)), width=8).double()
        x = states(30, 4) * unit
        model.fit_scaling(x, x.flip(-1))
        figures.append(model.diagnostics(x))
    for name, values in figures[0].items():
        assert values.shape == (30,)
        torch.testing.assert_close(figures[1][name], values)


def test_a_singular_mass_matrix_spoils_its_own_sample_only():
    model = flattened(LNN(SPEC, width=1, depth=1, activation="softplus").double())
    with torch.no_grad():
        model.net.net.hidden[0].weight.copy_(torch.tensor([[0.5, 1.0]]))
        model.net.net.output.weight.fill_(-4.0)
    x = torch.tensor([[0.0, 0.0], [3.0, 1.0]], dtype=torch.float64)
    rates = model(TIME, x)
    assert not torch.isfinite(rates[0, 1])
    assert torch.isfinite(rates[1]).all()


def test_scales_are_spreads_and_those_of_angles_are_circular():
    model = HNN(StateSpec(("theta",), (True,)), width=4).double()
    turns = 2 * math.pi * torch.arange(100, dtype=torch.float64)
    swing = torch.tensor([0.3, -0.3], dtype=torch.float64).repeat(50)
    x = torch.stack((turns + 1 + swing, 5 + 2 * swing), dim=-1)
    model.fit_scaling(x, torch.stack((swing, 0 * swing), dim=-1))
    torch.testing.assert_close(model.x_mean, torch.tensor([1.0, 5.0], dtype=torch.float64))
    expected = torch.tensor([math.sin(0.3), 0.6], dtype=torch.float64)
    torch.testing.assert_close(model.x_scale, expected)
    rates = torch.tensor([0.3, 0.6 * 0.3 / math.sin(0.3)], dtype=torch.float64)
    torch.testing.assert_close(model.dx_scale, rates)


def test_what_stands_still_but_for_rounding_is_measured_by_the_quickest():
    rates = torch.randn(50, 3, dtype=torch.float64) * torch.tensor([6.0, 1e-17, 0.0]).double()
    scale = torch.tensor([2.0, 0.5, 4.0]).double()
    found = rate_spread(rates, scale)
    torch.testing.assert_close(found, found[0] * torch.tensor([1.0, 0.25, 2.0]).double())


def test_rates_are_measured_by_their_own_spread_in_any_unit():
    rates = torch.randn(50, 2, dtype=torch.float64)
    units = torch.tensor([1e-12, 1e9]).double()
    torch.testing.assert_close(rate_spread(rates * units, units), spread(rates * units))


def test_spread_is_never_zero():
    samples = torch.tensor([[0.0, 5.0, 1.0], [0.0, 5.0, 3.0]])
    torch.testing.assert_close(spread(samples), torch.tensor([1.0, 5.0, 1.0]))


def test_the_baseline_takes_every_state_as_it_is():
    three = StateSpec(("a", "b", "c"), (False, True, False), coordinates="poisson")
    for spec in (SPEC, SPEC.expressed_in("velocity"), three):
        model = Baseline(spec, width=4).double()
        assert model.spec == spec
        assert model(TIME, states(5, spec.size)).shape == (5, spec.size)
    turned = states(5, 3) + 2 * math.pi * torch.tensor([0.0, 1.0, 0.0]).double()
    torch.testing.assert_close(model(TIME, turned), model(TIME, states(5, 3)))
    assert not model.canonical().paired
    with pytest.raises(ValueError, match=r"made of pairs; got poisson \(a, b, c, ...\)"):
        HNN(three, width=4)


def test_a_model_can_be_given_the_wrong_pairs_on_purpose():
    model = HNN(SPEC, width=4)
    model.take("velocity")
    assert model.coordinates == "velocity"
    assert model.spec.names == ("q", "v_q")
