"""What holds for every model in conf/model, whatever its weights."""

import math
import re

import pytest
import torch
from homes import MODELS, PAIRS, PLAIN

from src.integrators.iterate import Iterate
from src.losses.derivative import DerivativeLoss
from src.losses.rollout import RolloutLoss
from src.mechanics.symplectic import divergence

TIME = torch.zeros(())


def moved(model, x, u=None):
    """Return what the model says of states: their rates, or where a step takes them."""
    return model.step(x) if model.learns == "map" else model(TIME, x, u)


def sizes(name, **wanted):
    """Return those of the settings that the model has."""
    text = MODELS[name].read_text()
    return {key: value for key, value in wanted.items() if f"\n{key}:" in text}


def canonical(model):
    """Return the motion in pairs (q, p); None if the model has none."""
    try:
        problem = model.canonical()
    except ValueError:
        return None
    return problem if problem.paired else None


def test_every_model_has_a_state_space_to_be_tested_on():
    assert {name for name, _ in PAIRS} == set(MODELS)


def test_energy_is_conserved_along_the_field(model, x):
    if "energy" not in model.conserves:
        return
    gradient = torch.func.grad(lambda y: model.energy(y).sum())(x)
    rate = model(TIME, x)
    size = gradient.norm(dim=-1) * rate.norm(dim=-1)
    assert size.min() > 1e-3
    tolerance = 1e-10 if model.coordinates == "velocity" else 1e-12
    assert ((gradient * rate).sum(-1).abs() <= tolerance * size).all()


def test_phase_volume_is_kept_in_canonical_coordinates(model, x):
    if "volume" not in model.conserves:
        return
    if model.learns == "map":
        rows = torch.func.vmap(torch.func.jacrev(model.step))(x)
        torch.testing.assert_close(rows.det(), torch.ones(len(x)).double(), atol=1e-8, rtol=0.0)
        return
    problem = model.canonical()
    y = problem.enter(x)
    rates = divergence(lambda z: problem.f(TIME, z), y)
    torch.testing.assert_close(rates, torch.zeros_like(rates), atol=1e-8, rtol=0.0)


def test_canonical_field_is_the_same_motion(model, x):
    problem = canonical(model)
    if problem is None:
        return
    y = problem.enter(x)
    torch.testing.assert_close(problem.leave(y), x, atol=1e-9, rtol=1e-9)
    pushed = torch.func.jvp(problem.enter, (x,), (model(TIME, x),))[1]
    torch.testing.assert_close(problem.f(TIME, y), pushed, atol=1e-8, rtol=1e-8)


def test_samples_do_not_mix_and_batch_shape_is_free(model, x, u):
    whole = moved(model, x, u)
    assert torch.isfinite(whole).all()
    for i, one in enumerate(x):
        alone = moved(model, one, None if u is None else u[i])
        torch.testing.assert_close(alone, whole[i], atol=1e-12, rtol=1e-12)
    folded = x[:6].reshape(2, 3, -1)
    inputs = None if u is None else u[:6].reshape(2, 3, -1)
    torch.testing.assert_close(
        moved(model, folded, inputs), whole[:6].reshape(2, 3, -1), atol=1e-12, rtol=1e-12
    )
    energies = model.energy(x)
    if energies is not None:
        torch.testing.assert_close(
            model.energy(folded).flatten(), energies[:6], atol=1e-12, rtol=1e-12
        )


def test_float32_agrees_with_float64(build, x, u):
    single = build().float()
    rates = moved(single, x.float(), None if u is None else u.float())
    assert rates.dtype == torch.float32
    torch.testing.assert_close(rates.double(), moved(build(), x, u), atol=2e-3, rtol=2e-3)


def test_same_result_in_eval_no_grad_and_inference_mode(model, x, u):
    expected = moved(model, x, u).detach()
    problem = canonical(model)
    for mode in (torch.no_grad, torch.inference_mode):
        with mode():
            assert torch.equal(moved(model, x, u), expected)
            if problem is not None:
                assert torch.equal(problem.f(TIME, x), problem.f(TIME, x))
    assert torch.equal(moved(model.eval(), x, u), expected)


def test_state_dict_carries_weights_and_scales(build, x, u):
    trained, fresh = build(), build()
    with torch.no_grad():
        for tensor in fresh.state_dict().values():
            if tensor.is_floating_point():
                tensor.fill_(1.5)
    assert not torch.equal(moved(fresh, x, u), moved(trained, x, u))
    fresh.load_state_dict(trained.state_dict())
    assert torch.equal(moved(fresh, x, u), moved(trained, x, u))
    assert torch.equal(fresh.x_scale, trained.x_scale)


def test_initial_weights_depend_on_the_global_seed_alone(build):
    one, same = build(), build()
    for left, right in zip(one.parameters(), same.parameters(), strict=True):
        assert torch.equal(left, right)


def test_every_parameter_is_trained(model, x, u):
    if not list(model.parameters()):
        return
    dx = torch.randn(x.shape, generator=torch.Generator().manual_seed(3), dtype=x.dtype)
    if model.learns == "map":
        # Two steps: what a map remembers of the first acts on the second.
        times = torch.tensor([0.0, 0.1, 0.2]).expand(len(x), 3).double()
        path = torch.stack((x, x + 0.1 * dx, x + 0.2 * dx), dim=1)
        loss = RolloutLoss(steps=2)(model, Iterate(), times, path, None)
    else:
        inputs = None if u is None else u[:, None]
        times = torch.zeros(len(x), 1).double()
        loss = DerivativeLoss()(model, Iterate(), times, x[:, None], dx[:, None], inputs)
    loss.backward()
    for name, parameter in model.named_parameters():
        assert parameter.grad is not None, name
        assert torch.isfinite(parameter.grad).all(), name
        assert parameter.grad.abs().max() > 0, name


def test_parameter_gradients_are_those_of_finite_differences(pair, build, spec, home):
    model = build(**sizes(pair[0], width=4))
    if not list(model.parameters()):
        return
    names, values = zip(*model.named_parameters(), strict=True)
    x = home.states(1, seed=6)[0]
    u = torch.full((len(spec.inputs),), 0.3).double() if spec.inputs else None

    def motion(*parameters):
        given = dict(zip(names, parameters, strict=True))
        if model.learns != "map":
            return torch.func.functional_call(model, given, (TIME, x, u))
        return torch.func.functional_call(
            Stepping(model), {f"m.{k}": v for k, v in given.items()}, x
        )

    assert torch.autograd.gradcheck(motion, values, fast_mode=True)


class Stepping(torch.nn.Module):
    """A map as a module whose call is its step."""

    def __init__(self, model):
        super().__init__()
        self.m = model

    def forward(self, x):
        return self.m.step(x)


def test_angles_are_periodic(model, spec, x, u):
    turn = torch.zeros_like(x)
    for component, angular in enumerate(spec.angular):
        turn[:, component] = 2 * math.pi * angular
    there = moved(model, x, u) + (turn if model.learns == "map" else 0)
    torch.testing.assert_close(moved(model, x + turn, u), there, atol=1e-10, rtol=1e-10)


def test_motions_change_with_the_units_of_the_data(pair, model, spec, x):
    if pair[1] not in PLAIN:
        return  # units of a system depend on each other
    # The same weights on the same data in other units are the same motion in those units.
    factor = 1000.0
    units = torch.ones(spec.size, dtype=torch.float64)
    if model.coordinates == "canonical":
        units[spec.dof :] = factor  # the unit of mass, hence of momenta
    else:
        units[: spec.dof] = torch.tensor([1.0 if flag else factor for flag in spec.angular])
        units[spec.dof :] = units[: spec.dof]  # the unit of length; x and v share it
    data = torch.randn(40, spec.size, dtype=torch.float64)
    rates = torch.randn(40, spec.size, dtype=torch.float64)
    model.fit_scaling(data, rates)
    before = moved(model, x)
    model.fit_scaling(data * units, rates * units)
    torch.testing.assert_close(moved(model, x * units), before * units, atol=1e-10, rtol=1e-10)


def test_untrained_rates_have_the_size_of_the_data(pair, build, spec):
    if pair[1] not in PLAIN:
        return
    model = build(torch.float32, **sizes(pair[0], width=64))
    x, dx = torch.randn(200, spec.size) * 3e-3, torch.randn(200, spec.size) * 5e-2
    model.fit_scaling(x, dx)
    if model.coordinates == "canonical" and model.learns != "map":
        ratio = (model(TIME, x) / model.dx_scale).square().mean().sqrt()
        assert 1e-2 < ratio < 30


@pytest.mark.parametrize("change", [{"width": 0}, {"depth": 0}])
def test_sizes_must_be_positive(pair, build, change):
    if not sizes(pair[0], **change):
        return
    with pytest.raises(ValueError, match=r"whole number of at least 1; got 0"):
        build(**change)


OFFERS = {
    "split": r"Use model=separable_hnn|integrator=iterate",
    "lagrangian": r"Use model=lnn|Use loss=derivative|a model with a field: model=hnn, model=lnn",
    "steps": r"model=step_mlp",
}


@pytest.mark.parametrize("offer", OFFERS)
def test_models_without_a_structure_say_what_fits(model, offer):
    try:
        getattr(model, offer)()
    except ValueError as error:
        said = str(error)
    else:
        return
    assert re.search(OFFERS[offer], said)
