"""Models that take and supply energy, and those of states that are no pairs."""

import pytest
import torch

from src.mechanics.hamiltonian import energy_gradient
from src.mechanics.state import StateSpec, split_state
from src.models.dissipative_hnn import DissipativeHNN
from src.models.poisson_hnn import PoissonHNN
from src.models.port_hnn import PortHNN
from src.models.port_mass_matrix_hnn import PortMassMatrixHNN
from src.systems.pendulum_swingup import PendulumSwingup
from src.systems.rigid_body import RigidBody

TIME = torch.zeros(())


def fitted(kind, spec, **settings):
    torch.manual_seed(0)
    model = kind(spec, width=8, **settings).double()
    generator = torch.Generator().manual_seed(1)
    x = torch.randn(40, spec.size, generator=generator).double()
    u = torch.randn(40, len(spec.inputs), generator=generator).double() if spec.inputs else None
    model.fit_scaling(x, 3 * x.roll(1, 0), u)
    return model, x


def power(model, x, u=None):
    """Return what the learned energy gains."""
    return (energy_gradient(model.hamiltonian, x) * model(TIME, x, u)).sum(-1)


@pytest.mark.parametrize(
    ("kind", "system"),
    [
        (PortHNN, PendulumSwingup()),
        (PortHNN, RigidBody()),
        (PortMassMatrixHNN, PendulumSwingup()),
    ],
    ids=["pairs", "no pairs", "masses"],
)
def test_without_inputs_the_energy_of_a_port_model_never_grows(kind, system):
    model, x = fitted(kind, system.model_spec.left_alone())
    lost = power(model, x)
    assert (lost <= 1e-12).all()
    assert (lost < -1e-4).any()


def test_kinetic_energy_of_learned_masses_is_quadratic_in_the_momenta():
    model, x = fitted(PortMassMatrixHNN, PendulumSwingup().model_spec.left_alone())
    q, p = split_state(x)
    still, moving, twice = (model.energy(torch.cat((q, k * p), dim=-1)) for k in (0, 1, 2))
    torch.testing.assert_close(twice - still, 4 * (moving - still))
    assert (moving > still).all()


def test_learned_masses_need_pairs():
    with pytest.raises(ValueError, match="port_mass_matrix_hnn needs pairs"):
        PortMassMatrixHNN(RigidBody().model_spec)


def test_known_inputs_supply_their_work_and_nothing_else():
    system = PendulumSwingup()
    model, x = fitted(PortHNN, system.model_spec)
    u = torch.full((len(x), 1), 0.7).double()
    added = model(TIME, x, u) - model(TIME, x)
    expected = system.rate(x, u) - system.rate(x)
    torch.testing.assert_close(added, expected)


def test_learned_inputs_are_linear_and_act_on_momenta():
    spec = StateSpec(("a", "b"), (True, False), inputs=("u",))
    model, x = fitted(PortHNN, spec, actuation="learned")
    u = torch.full((len(x), 1), 0.7).double()
    once, twice = (model(TIME, x, k * u) - model(TIME, x) for k in (1, 2))
    torch.testing.assert_close(twice, 2 * once)
    assert once[:, :2].abs().max() == 0
    assert once[:, 2:].abs().min() > 0


def test_casimirs_are_kept_by_every_energy():
    system = RigidBody()
    model, x = fitted(PoissonHNN, system.model_spec)
    rate = model(TIME, x)
    assert rate.norm(dim=-1).min() > 1e-3
    for name in system.casimirs(x):
        gradient = energy_gradient(lambda y, t=None, name=name: system.casimirs(y)[name], x)
        assert (gradient * rate).sum(-1).abs().max() < 1e-12 * rate.norm(dim=-1).max()


def test_a_dissipation_function_makes_a_field_without_rotation():
    spec = StateSpec(("q",), (False,))
    model, x = fitted(DissipativeHNN, spec)
    model.hamiltonian.energy_scale.zero_()
    rows = torch.func.vmap(torch.func.jacrev(lambda y: model(TIME, y)))(x)
    scaled = rows * model.x_scale / model.dx_scale.unsqueeze(-1)
    assert scaled.abs().max() > 1e-3
    # Of D as a function of scaled states, the rates in their own units are the gradient.
    torch.testing.assert_close(scaled, scaled.mT)


def test_what_is_not_known_is_asked_for():
    pairs = StateSpec(("q",), (False,), inputs=("u",))
    with pytest.raises(ValueError, match=r"Set model.actuation=learned"):
        PortHNN(pairs)
    with pytest.raises(ValueError, match=r"known or learned; got 'guess'"):
        PortHNN(pairs, actuation="guess")
    with pytest.raises(ValueError, match=r"Use model=hnn for pairs"):
        PoissonHNN(pairs)
    with pytest.raises(ValueError, match=r"needs pairs \(q, p\) or known brackets"):
        PortHNN(StateSpec(("a", "b", "c"), (False,) * 3, coordinates="poisson"))
