"""Penalties: zero exactly where they must be, in no unit, and added to any loss."""

import pytest
import torch

from src.config.build import build
from src.config.options import options
from src.losses.derivative import DerivativeLoss
from src.losses.penalised import Penalised
from src.losses.penalties.energy_anchor import EnergyAnchor
from src.losses.penalties.signature import Signature
from src.losses.penalties.symplecticity import Symplecticity
from src.losses.rollout import RolloutLoss, Staged
from src.mechanics.state import StateSpec, split_state
from src.mechanics.symplectic import form_change, form_rate, jacobian, symplecticity_defect
from src.models.baseline import Baseline
from src.models.dissipative_hnn import DissipativeHNN
from src.models.hnn import HNN
from src.models.lnn import LNN
from src.models.port_hnn import PortHNN
from src.models.second_order import SecondOrder
from src.models.separable_lnn import SeparableLNN
from src.models.sindy import SINDy
from src.models.step_mlp import StepMLP
from src.models.sympnet import SympNet
from src.systems.pendulum import Pendulum

SPEC = StateSpec(("x", "y"), (False, False))
PENALTIES = {name: build(node, name) for name, node in options("penalty")}
"""As they are in conf/penalty."""
FIT = {"energy_anchor": HNN, "signature": LNN, "symplecticity": Baseline}
"""A model of each."""


def fitted(kind, x, dx, **settings):
    """Return a small model with the scales of such data; its weights are always the same."""
    torch.manual_seed(0)
    model = kind(SPEC, width=8, **settings).double()
    model.fit_scaling(x, dx)
    return model


@pytest.fixture
def data():
    draw = torch.Generator().manual_seed(0)
    x, dx = torch.randn(2, 40, 4, generator=draw, dtype=torch.float64)
    return x * torch.tensor([1.0, 3.0, 0.5, 0.2]).double(), dx


def bent(model):
    """Return the model with an L whose masses are far from positive."""
    with torch.no_grad():
        model.net.net.output.weight.mul_(200)
    return model


@pytest.mark.parametrize("kind", [HNN, SympNet])
def test_what_keeps_the_form_pays_nothing(kind, data):
    model = fitted(kind, *data) if kind is HNN else SympNet(SPEC, width=8).double()
    assert Symplecticity()(model, data[0]) < 1e-24


@pytest.mark.parametrize("kind", [Baseline, StepMLP, DissipativeHNN])
def test_what_may_break_the_form_pays_for_it(kind, data):
    assert Symplecticity()(fitted(kind, *data), data[0]) > 1e-3


class Damped(Baseline):
    """``dq/dt = p, dp/dt = -q - 0.3 p``."""

    def forward(self, t, x, u=None):
        q, p = split_state(x)
        return torch.cat((p, -q - 0.3 * p), dim=-1)


def test_a_linear_damper_pays_the_square_of_its_rate(data):
    model = Damped(SPEC, width=4).double()
    value = Symplecticity()(model, data[0])
    torch.testing.assert_close(value, torch.tensor(0.3**2, dtype=torch.float64))


def test_the_form_changes_along_a_flow_at_its_rate():
    matrix = torch.randn(6, 6, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    ahead, back = (form_change(torch.linalg.matrix_exp(s * 1e-4 * matrix)) for s in (1, -1))
    torch.testing.assert_close((ahead - back) / 2e-4, form_rate(matrix), rtol=0, atol=1e-6)


@pytest.mark.parametrize("kind", [LNN, SeparableLNN])
def test_a_convex_lagrangian_pays_nothing(kind, data):
    assert Signature()(fitted(kind, *data), data[0]) == 0


class Saddle(LNN):
    """``L = (v_x^2 - v_y^2) / 2``: the typical mass is 1, and the smallest -1."""

    def lagrangian(self):
        return lambda x, t=None: (x[..., 2].square() - x[..., 3].square()) / 2


def test_a_saddle_pays_the_square_of_what_its_smallest_mass_lacks(data):
    value = Signature(margin=0.1)(Saddle(SPEC, width=4).double(), data[0])
    torch.testing.assert_close(value, torch.tensor((1 + 0.1) ** 2, dtype=torch.float64))


def test_the_sign_of_a_lagrangian_matters_and_its_unit_does_not(data):
    model = bent(fitted(LNN, *data))
    before = Signature()(model, data[0])
    assert before > 0.01
    model.net.energy_scale.mul_(7)
    torch.testing.assert_close(Signature()(model, data[0]), before)
    regular = fitted(LNN, *data)
    regular.net.energy_scale.mul_(-1)
    assert Signature()(regular, data[0]) > 1


def test_an_energy_pays_what_it_is_off_the_anchor(data):
    model = fitted(HNN, *data)
    states = data[0][:3]
    energies = model.energy(states).detach()
    one = EnergyAnchor(states=[states[0].tolist()], energy=float(energies[0]))
    assert one(model, data[0]) < 1e-24
    all_three = EnergyAnchor(states=states.tolist(), energy=float(energies[0]))
    off = (energies - energies[0]) / model.hamiltonian.energy_scale
    torch.testing.assert_close(all_three(model, data[0]), off.square().mean())
    centre = model.energy(model.x_mean) / model.hamiltonian.energy_scale
    torch.testing.assert_close(EnergyAnchor()(model, data[0]), centre.square())


@pytest.mark.parametrize("name", PENALTIES)
def test_it_has_no_unit(name, data):
    """The same motion in other units of length, mass and time costs the same."""
    length, mass, time = 10.0, 0.3, 60.0
    second = length / time * (1.0 if FIT[name] is LNN else mass)
    unit = torch.tensor([length, length, second, second]).double()
    x, dx = data
    here, there = fitted(FIT[name], x, dx), fitted(FIT[name], x * unit, dx * unit / time)
    if name == "signature":
        here, there = bent(here), bent(there)
    value = PENALTIES[name](here, x)
    assert value > 1e-6
    torch.testing.assert_close(PENALTIES[name](there, x * unit), value)


def test_a_map_has_no_unit_either(data):
    unit = torch.tensor([10.0, 10.0, 0.02, 0.02]).double()
    x, dx = data
    here, there = fitted(StepMLP, x, dx), fitted(StepMLP, x * unit, dx * unit)
    torch.testing.assert_close(Symplecticity()(there, x * unit), Symplecticity()(here, x))


@pytest.mark.parametrize("name", PENALTIES)
def test_a_step_down_its_gradient_lowers_it(name, data):
    model = fitted(FIT[name], *data)
    model = bent(model) if name == "signature" else model
    before = PENALTIES[name](model, data[0])
    slopes = torch.autograd.grad(before, list(model.parameters()), allow_unused=True)
    size = sum(slope.square().sum() for slope in slopes if slope is not None)
    assert size > 0
    with torch.no_grad():
        for weight, slope in zip(model.parameters(), slopes, strict=True):
            if slope is not None:
                weight -= 1e-3 * before / size * slope
    torch.testing.assert_close(
        PENALTIES[name](model, data[0]) / before, torch.tensor(0.999).double(), rtol=0, atol=2e-4
    )


def test_training_with_it_leaves_a_flow_that_keeps_the_form_better(runge_kutta):
    x = 2 * torch.rand(32, 2, generator=torch.Generator().manual_seed(0)) - 1
    dx = Pendulum().field().f(torch.zeros(()), x.double()).float()
    t = torch.linspace(0, 1, 11)

    def defect(loss):
        torch.manual_seed(0)
        model = Baseline(Pendulum().spec, width=16)
        model.fit_scaling(x, dx)
        optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
        for _ in range(40):
            optimizer.zero_grad()
            loss(model, runge_kutta, t[:1].expand(32, 1), x[:, None], dx[:, None]).backward()
            optimizer.step()
        flow = jacobian(lambda y: runge_kutta.integrate(model, y, t).x[-1], x)
        return symplecticity_defect(flow).mean()

    alone = defect(DerivativeLoss())
    assert defect(Penalised(DerivativeLoss(), [Symplecticity()])) < alone / 2


def test_inputs_go_along():
    spec = StateSpec(("x",), (False,), inputs=("f",))
    model = Baseline(spec, width=8).double()
    x, u = torch.randn(5, 2).double(), torch.randn(5, 1).double()
    alone = torch.stack([Symplecticity()(model, x[k : k + 1], u[k : k + 1]) for k in range(5)])
    torch.testing.assert_close(Symplecticity()(model, x, u), alone.mean())
    assert (alone - Symplecticity()(model, x)).abs().min() > 1e-9


def batch(data):
    x, dx = (value.reshape(8, 5, 4) for value in data)
    t = torch.linspace(0, 0.4, 5, dtype=torch.float64).expand(8, -1)
    return t, x, dx


@pytest.mark.parametrize("loss", [DerivativeLoss(), RolloutLoss(steps=2)])
def test_penalties_add_up_beside_any_loss(loss, data, runge_kutta):
    model = fitted(PortHNN, *data)
    first, second = EnergyAnchor(weight=0.3), Symplecticity(weight=2.0)
    given = (model, runge_kutta, *batch(data))
    both = Penalised(loss, [first, second])
    assert both.window == loss.window
    expected = loss(*given)
    for one in (first, second):
        expected = expected + one.weight * one(model, given[3][:, 0])
    torch.testing.assert_close(both(*given), expected)
    assert both(*given) > loss(*given)


def test_a_weight_of_zero_changes_nothing(data, runge_kutta):
    class Never(Symplecticity):
        def __call__(self, *given):
            raise AssertionError

    given = (fitted(Baseline, *data), runge_kutta, *batch(data))
    assert Penalised(DerivativeLoss(), [Never(weight=0.0)])(*given) == DerivativeLoss()(*given)


def test_a_loss_keeps_its_stages():
    loss = Penalised(RolloutLoss(steps=8, growth=0.5), [Symplecticity()])
    assert isinstance(loss, Staged)
    assert [loss.at(done).loss.steps for done in (0.0, 0.25, 0.6)] == [1, 5, 8]
    assert loss.at(0.0).penalties == loss.penalties
    plain = Penalised(DerivativeLoss(), [Symplecticity()])
    assert plain.at(0.3) is plain


@pytest.mark.parametrize(
    ("penalty", "kind", "reason"),
    [
        (Symplecticity(), HNN, "zero"),
        (Symplecticity(), SympNet, "zero"),
        (Symplecticity(), SecondOrder, "v_x"),
        (Signature(), Baseline, "Lagrangian"),
        (Signature(), StepMLP, "Lagrangian"),
        (EnergyAnchor(), Baseline, "constant"),
        (EnergyAnchor(), LNN, "constant"),
        (EnergyAnchor(states=[[0.0, 1.0]]), HNN, "x, y, p_x, p_y"),
    ],
)
def test_a_model_that_does_not_fit_is_refused(penalty, kind, reason):
    with pytest.raises(ValueError, match=reason) as refused:
        penalty.check(kind(SPEC))
    assert "model=" in str(refused.value)


@pytest.mark.parametrize(
    ("kind", "reason"), [(HNN, "zero"), (StepMLP, "a field"), (SINDy, "has none")]
)
def test_what_loss_or_penalty_refuse_is_refused(kind, reason, runge_kutta):
    with pytest.raises(ValueError, match=reason):
        Penalised(DerivativeLoss(), [Symplecticity()]).check(kind(SPEC), runge_kutta)


@pytest.mark.parametrize(
    ("make", "word"),
    [
        (lambda: Symplecticity(weight=-1.0), "weight"),
        (lambda: EnergyAnchor(weight=float("inf")), "weight"),
        (lambda: Signature(margin=1.0), "margin"),
    ],
)
def test_settings_that_make_no_sense_are_refused(make, word):
    with pytest.raises(ValueError, match=word):
        make()
