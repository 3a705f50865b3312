"""Ensembles: members that are trained apart, all at once."""

import copy
from functools import partial

import pytest
import torch

from src.config.build import build
from src.config.listing import home
from src.config.options import options
from src.integrators.ode_solver import ODESolver
from src.losses.derivative import DerivativeLoss
from src.losses.euler_lagrange import EulerLagrangeLoss
from src.losses.one_step import OneStepLoss
from src.mechanics.state import StateSpec
from src.models.baseline import Baseline
from src.models.ensemble import Ensemble
from src.models.hnn import HNN
from src.models.lnn import LNN
from src.models.step_mlp import StepMLP

SPEC = StateSpec(("theta",), (True,))
TIME = torch.zeros(())


def ensemble(member=HNN, members=3, **settings) -> Ensemble:
    torch.manual_seed(0)
    made = Ensemble(SPEC, partial(member, width=8), members, settings).double()
    x, dx = torch.randn(40, 2).double(), torch.randn(40, 2).double()
    made.fit_scaling(x, 3 * dx)
    return made


def batch(window=1):
    draw = torch.Generator().manual_seed(1)
    x = torch.randn(16, window, 2, generator=draw).double()
    t = 0.1 * torch.arange(window).double().expand(16, -1)
    return t, x, torch.randn(16, window, 2, generator=draw).double()


def test_its_field_and_energy_are_the_means_of_its_members():
    made = ensemble()
    x = batch()[1][:, 0]
    rates = torch.stack([one(TIME, x) for one in made.members()])
    energies = torch.stack([one.energy(x) for one in made.members()])
    torch.testing.assert_close(made(TIME, x), rates.mean(0))
    torch.testing.assert_close(made.energy(x), energies.mean(0))
    assert (rates.std(0) > 1e-3).all()


@pytest.mark.parametrize(
    ("member", "loss", "window"),
    [
        (HNN, DerivativeLoss(), 1),
        (Baseline, DerivativeLoss(), 1),
        (LNN, EulerLagrangeLoss(), 1),
        (HNN, OneStepLoss(), 2),
    ],
)
@pytest.mark.parametrize("solver", ["rk4", "dopri5"])
def test_members_learn_as_they_would_alone(member, loss, window, solver):
    made, given, integrator = ensemble(member), batch(window), ODESolver(solver)
    alone = [copy.deepcopy(one) for one in made.members()]
    for model in (made, *alone):
        optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
        for _ in range(3):
            optimizer.zero_grad()
            score = model.averaged(lambda one: loss(one, integrator, *given))
            count = 3 if model is made else 1  # of whose scores it is the mean
            (count * score).backward()
            optimizer.step()
    for ours, theirs in zip(made.members(), alone, strict=True):
        for mine, other in zip(ours.parameters(), theirs.parameters(), strict=True):
            torch.testing.assert_close(mine, other, atol=1e-6, rtol=1e-4)


def members_of_every_kind():
    for name, node in options("model"):
        if name not in ("ensemble", "nearest_neighbours", "sindy", "perturbed_truth"):
            spec = home(node).model_spec.left_alone()
            member = partial(build, node, "model")
            if member(spec=spec).learns != "map":
                yield pytest.param(member, spec, id=name)


@pytest.mark.parametrize(("member", "spec"), list(members_of_every_kind()))
def test_every_model_with_a_field_can_be_a_member(member, spec):
    torch.manual_seed(0)
    made = Ensemble(spec, member, 2)
    x = torch.rand(20, made.spec.size) + 0.5
    made.fit_scaling(x, torch.rand(20, made.spec.size))
    rates = made(TIME, x)
    assert torch.isfinite(rates).all()
    alone = torch.stack([one(TIME, x) for one in made.members()]).mean(0)
    torch.testing.assert_close(rates, alone, atol=1e-4, rtol=1e-4)


def test_only_members_in_canonical_coordinates_share_an_energy():
    assert ensemble(LNN).energy(batch()[1][:, 0]) is None
    assert not ensemble(LNN).conserves
    assert "energy" in ensemble(HNN).conserves
    with pytest.raises(ValueError, match=r"Use model.member=hnn"):
        ensemble(LNN).canonical()


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: ensemble(members=1), "model.members must be at least 2"),
        (lambda: ensemble(StepMLP), "model.member must have a field"),
    ],
)
def test_what_makes_no_ensemble_is_refused(make, message):
    with pytest.raises(ValueError, match=message):
        make()
