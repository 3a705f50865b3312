"""What holds for every model in conf/model, whatever its weights."""

import math

import pytest
import torch

from src.integrators.base import Integrator
from src.losses.derivative import DerivativeLoss
from src.mechanics.symplectic import divergence

TIME = torch.zeros(())


class Unused(Integrator):
    """Stands where the derivative loss takes an integrator that it does not use."""

    order = 1
    symplectic = False

    def integrate(self, motion, x0, t):
        raise NotImplementedError


ODE = Unused()


def conserves(model) -> bool:
    return model.kind != "baseline"


def gradient_of_energy(model, x):
    return torch.func.grad(lambda y: model.energy(y).sum())(x)


def test_energy_is_conserved_along_the_field(model, x):
    if not conserves(model):
        assert model.energy(x) is None
        return
    gradient, rate = gradient_of_energy(model, x), model(TIME, x)
    size = gradient.norm(dim=-1) * rate.norm(dim=-1)
    assert size.min() > 1e-3
    tolerance = 1e-12 if model.coordinates == "canonical" else 1e-10
    assert ((gradient * rate).sum(-1).abs() <= tolerance * size).all()


def test_phase_volume_is_kept_in_canonical_coordinates(model, x):
    if not conserves(model):
        assert divergence(lambda y: model(TIME, y), x).abs().max() > 1e-3
        return
    canonical = model.canonical()
    y = canonical.enter(x)
    rates = divergence(lambda z: canonical.f(TIME, z), y)
    torch.testing.assert_close(rates, torch.zeros_like(rates), atol=1e-8, rtol=0.0)


def test_canonical_field_is_the_same_motion(model, x):
    canonical = model.canonical()
    y = canonical.enter(x)
    torch.testing.assert_close(canonical.leave(y), x, atol=1e-9, rtol=1e-9)
    pushed = torch.func.jvp(canonical.enter, (x,), (model(TIME, x),))[1]
    torch.testing.assert_close(canonical.f(TIME, y), pushed, atol=1e-8, rtol=1e-8)


def test_samples_do_not_mix_and_batch_shape_is_free(model, x):
    whole = model(TIME, x)
    for row, rate in zip(x, whole, strict=True):
        torch.testing.assert_close(model(TIME, row), rate, atol=1e-12, rtol=1e-12)
    folded = x[:6].reshape(2, 3, -1)
    torch.testing.assert_close(
        model(TIME, folded), whole[:6].reshape(2, 3, -1), atol=1e-12, rtol=1e-12
    )
    if conserves(model):
        energies = model.energy(folded).flatten()
        torch.testing.assert_close(energies, model.energy(x)[:6], atol=1e-12, rtol=1e-12)


def test_float32_agrees_with_float64(build, spec, x):
    double, single = build(spec), build(spec)
    single = single.float()
    rates = single(TIME, x.float())
    assert rates.dtype == torch.float32
    torch.testing.assert_close(rates.double(), double(TIME, x), atol=2e-3, rtol=2e-3)


def test_same_result_in_eval_no_grad_and_inference_mode(model, x):
    expected = model(TIME, x).detach()
    modes = (torch.no_grad, torch.inference_mode)
    for mode in modes:
        with mode():
            assert torch.equal(model(TIME, x), expected)
            assert torch.equal(model.canonical().f(TIME, x), model.canonical().f(TIME, x))
    assert torch.equal(model.eval()(TIME, x), expected)


def test_state_dict_carries_weights_and_scales(build, spec, x):
    trained = build(spec)
    torch.manual_seed(5)
    fresh = build(spec)
    with torch.no_grad():
        for tensor in (*fresh.parameters(), *fresh.buffers()):
            if tensor.is_floating_point():
                tensor.fill_(1.5)
    assert not torch.equal(fresh(TIME, x), trained(TIME, x))
    fresh.load_state_dict(trained.state_dict())
    assert torch.equal(fresh(TIME, x), trained(TIME, x))
    assert torch.equal(fresh.x_scale, trained.x_scale)


def test_initial_weights_depend_on_the_global_seed_alone(build, spec):
    one, same = build(spec), build(spec)
    for left, right in zip(one.parameters(), same.parameters(), strict=True):
        assert torch.equal(left, right)


def test_every_parameter_is_trained(model, spec, x):
    dx = torch.randn(x.shape, generator=torch.Generator().manual_seed(3), dtype=x.dtype)
    loss = DerivativeLoss()(model, ODE, torch.zeros(len(x), 1), x[:, None], dx[:, None])
    loss.backward()
    for name, parameter in model.named_parameters():
        assert parameter.grad is not None, name
        assert torch.isfinite(parameter.grad).all(), name
        assert parameter.grad.abs().max() > 0, name


def test_parameter_gradients_are_those_of_finite_differences(build, spec):
    model = build(spec, width=4)
    names, values = zip(*model.named_parameters(), strict=True)
    x = torch.linspace(-0.7, 0.9, spec.size, dtype=torch.float64)

    def field(*parameters):
        given = dict(zip(names, parameters, strict=True))
        return torch.func.functional_call(model, given, (TIME, x))

    assert torch.autograd.gradcheck(field, values, fast_mode=True)


def test_angles_are_periodic(model, spec, x):
    turn = torch.zeros_like(x)
    for component, angular in enumerate(spec.angular):
        turn[:, component] = 2 * math.pi * angular
    assert turn.abs().max() > 6
    torch.testing.assert_close(model(TIME, x + turn), model(TIME, x), atol=1e-10, rtol=1e-10)


def test_rates_change_with_the_units_of_the_data(build, spec, x):
    # The same weights on the same data in other units are the same motion in those units.
    factor = 1000.0
    units = torch.ones(spec.size, dtype=torch.float64)
    model = build(spec)
    if model.coordinates == "canonical":
        units[spec.dof :] = factor  # the unit of mass, hence of momenta
    else:
        units[: spec.dof] = torch.tensor([1.0 if flag else factor for flag in spec.angular])
        units[spec.dof :] = units[: spec.dof]  # the unit of length; x and v share it
    data = torch.randn(40, spec.size, dtype=torch.float64)
    rates = torch.randn(40, spec.size, dtype=torch.float64)
    model.fit_scaling(data, rates)
    before = model(TIME, x)
    model.fit_scaling(data * units, rates * units)
    torch.testing.assert_close(model(TIME, x * units), before * units, atol=1e-10, rtol=1e-10)


def test_untrained_rates_have_the_size_of_the_data(build, spec):
    model = build(spec, width=64)
    x, dx = torch.randn(200, spec.size) * 3e-3, torch.randn(200, spec.size) * 5e-2
    model = model.float()
    model.fit_scaling(x, dx)
    ratio = (model(TIME, x) / model.dx_scale).square().mean().sqrt()
    if model.coordinates == "canonical":
        assert 1e-2 < ratio < 30


@pytest.mark.parametrize("change", [{"width": 0}, {"depth": 0}])
def test_sizes_must_be_positive(build, spec, change):
    with pytest.raises(ValueError, match=r"whole number of at least 1; got 0"):
        build(spec, **change)


def test_models_without_the_structure_say_what_fits(model):
    if model.kind != "separable_hnn":
        with pytest.raises(ValueError, match=r"Use model=separable_hnn"):
            model.split()
    if model.kind != "lnn":
        with pytest.raises(ValueError, match=r"Use model=lnn"):
            model.lagrangian()
