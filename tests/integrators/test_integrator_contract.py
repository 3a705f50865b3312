"""What every integrator must do, found by its yaml: a new one is tested by these tests."""

import math
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest
import torch
from hydra.utils import instantiate
from motions import Learned, pendulum, runaway, spring
from omegaconf import OmegaConf
from torch import Tensor

from src.integrators.base import Integrator, integrate_surviving
from src.integrators.ode_solver import ODESolver
from src.mechanics.symplectic import symplecticity_defect
from src.systems.mass_spring import MassSpring

CONF = Path(__file__).parents[2] / "conf" / "integrator"
MAPS = ("iterate",)
"""Not for fields: tested in a file of its own."""
CONFIGS = {
    path.stem: OmegaConf.load(path) for path in sorted(CONF.glob("*.yaml")) if path.stem not in MAPS
}
INTEGRATORS: dict[str, Integrator] = {name: instantiate(conf) for name, conf in CONFIGS.items()}
FIXED = {name: it for name, it in INTEGRATORS.items() if "step" in CONFIGS[name]}
ADAPTIVE = {name: it for name, it in INTEGRATORS.items() if "step" not in CONFIGS[name]}
SYMPLECTIC = {name: it for name, it in INTEGRATORS.items() if it.symplectic}

SYSTEM = MassSpring(mass=1.0, stiffness=2.3)
SPRING = spring(2.3)
PERIOD = SYSTEM.time_scale


def each(integrators: dict[str, Integrator]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("name", list(integrators))


def times(*values: float) -> Tensor:
    return torch.tensor(values, dtype=torch.float64)


def starts(count: int = 3) -> Tensor:
    return SYSTEM.sample_initial(count, torch.Generator().manual_seed(0))


def quick(name: str, steps_per_period: int = 60) -> Integrator:
    """The integrator with a step or a tolerance that is cheap."""
    if name in FIXED:
        return replace(INTEGRATORS[name], step=PERIOD / steps_per_period)
    tolerance = 10.0 ** -(INTEGRATORS[name].order + 2)
    return replace(INTEGRATORS[name], rtol=tolerance, atol=tolerance)


def accuracy(name: str, steps_per_period: int = 60) -> float:
    """A bound on the error of ``quick`` over a period or so."""
    if name in FIXED:
        return 20 * (2 * math.pi / steps_per_period) ** INTEGRATORS[name].order
    return 10.0 ** (2 - INTEGRATORS[name].order)


def jacobian(integrator: Integrator, motion, x0: Tensor, t: Tensor) -> Tensor:
    x0 = x0.clone().requires_grad_()
    end = integrator.integrate(motion, x0, t).x[-1]
    rows = [torch.autograd.grad(part.sum(), x0, retain_graph=True)[0] for part in end.unbind(-1)]
    return torch.stack(rows, dim=-2)


def test_there_are_integrators():
    assert {"dopri5", "leapfrog", "implicit_midpoint"} <= set(INTEGRATORS)


@each(INTEGRATORS)
def test_yaml_lists_every_setting_and_says_what_to_try(name):
    integrator, lines = INTEGRATORS[name], (CONF / f"{name}.yaml").read_text().splitlines()
    assert isinstance(integrator, Integrator)
    assert integrator.order >= 1
    assert lines[0].startswith("# ")
    assert "Try: " in lines[0]
    assert all("#" in line for line in lines[2:] if not line.startswith("method:"))
    for key, value in CONFIGS[name].items():
        if key != "_target_":
            assert getattr(integrator, key) == value


@each(FIXED)
def test_measured_order_is_the_stated_one(name):
    x0, t = starts(2), times(0, PERIOD / 4, PERIOD / 2)
    exact = SYSTEM.exact_flow(x0, t)[-1]
    errors = [
        (replace(FIXED[name], step=PERIOD / n).integrate(SPRING, x0, t).x[-1] - exact).norm()
        # Of high order, finer steps are exact to rounding.
        for n in ((40, 80, 160) if FIXED[name].order < 8 else (8, 16, 32))
    ]
    coarse, fine = (float((a / b).log2()) for a, b in pairwise(errors))
    assert 2 * fine - coarse == pytest.approx(FIXED[name].order, abs=0.05)  # at step zero


@each({name: it for name, it in ADAPTIVE.items() if isinstance(it, ODESolver)})
def test_stated_order_is_that_of_the_steps_without_control(name):
    # A huge tolerance accepts every step, and output times cut them.
    free = replace(ADAPTIVE[name], rtol=1e9, atol=1e9)
    x0 = starts(2)
    errors = []
    for n in (8, 16):
        t = torch.linspace(0, PERIOD / 2, n + 1, dtype=torch.float64)
        errors.append((free.integrate(SPRING, x0, t).x - SYSTEM.exact_flow(x0, t))[-1].norm())
    measured = float((errors[0] / errors[1]).log2())
    assert ADAPTIVE[name].order - 0.2 < measured < ADAPTIVE[name].order + 1


@each(ADAPTIVE)
def test_error_falls_with_tolerance(name):
    x0, t = starts(2), times(0, PERIOD / 3)
    exact = SYSTEM.exact_flow(x0, t)
    errors = []
    for tolerance in (1e-3, 1e-6):
        tight = replace(ADAPTIVE[name], rtol=tolerance, atol=tolerance)
        errors.append(float((tight.integrate(SPRING, x0, t).x - exact).abs().max()))
    assert errors[1] < errors[0] / 20
    assert errors[1] < 1e-3


@each(INTEGRATORS)
def test_irregular_times_and_time_reversed_agree_with_the_exact_flow(name):
    x0 = starts(2)
    for t in (times(0, 0.11, 0.5, 0.52, 1.9, 2.0), times(0, -0.3, -0.31, -1.0, -2.0)):
        path = quick(name).integrate(SPRING, x0, t)
        assert path.x[0].equal(x0)
        error = (path.x - SYSTEM.exact_flow(x0, t)).abs().max()
        assert error < accuracy(name)


@each(INTEGRATORS)
def test_times_may_start_anywhere(name):
    x0, t = starts(2), times(0, 0.3, 0.7)
    early, late = (quick(name).integrate(SPRING, x0, t + shift).x for shift in (0.0, 50.0))
    assert torch.allclose(early, late, atol=1e-6, rtol=0)


@each(INTEGRATORS)
def test_batch_shape_is_free_and_samples_do_not_mix(name):
    x0, t = starts(6), times(0, 0.3, 0.7)
    integrator = quick(name)
    together = integrator.integrate(SPRING, x0, t).x
    shaped = integrator.integrate(SPRING, x0.reshape(2, 3, 2), t).x
    alone = integrator.integrate(SPRING, x0[0], t).x
    assert shaped.shape == (3, 2, 3, 2)
    assert alone.shape == (3, 2)
    assert torch.allclose(shaped.reshape(3, 6, 2), together, atol=1e-13, rtol=0)
    atol = 1e-13 if name in FIXED else accuracy(name)
    assert torch.allclose(alone, together[:, 0], atol=atol, rtol=0)


@each(INTEGRATORS)
def test_float32_stays_float32(name):
    x0, t = starts(2), times(0, 0.3, 0.7)
    double = quick(name).integrate(SPRING, x0, t).x
    single = quick(name).integrate(SPRING, x0.float(), t.float()).x
    assert single.dtype == torch.float32
    atol = 1e-5 if name in FIXED else max(1e-5, accuracy(name))
    assert torch.allclose(single.double(), double, atol=atol, rtol=0)


@each(INTEGRATORS)
def test_result_is_the_same_without_gradients(name):
    x0, t = starts(2), times(0, 0.3, 0.7)
    recorded = quick(name).integrate(SPRING, x0.clone().requires_grad_(), t).x
    with torch.no_grad():
        plain = quick(name).integrate(SPRING, x0, t).x
    with torch.inference_mode():
        inferred = quick(name).integrate(SPRING, x0.clone(), t.clone()).x
    assert recorded.requires_grad
    assert not plain.requires_grad
    assert torch.allclose(recorded, plain, atol=1e-13, rtol=0)
    assert torch.allclose(inferred.clone(), plain, atol=1e-13, rtol=0)


@each(INTEGRATORS)
def test_gradients_are_those_of_finite_differences(name):
    x0, t = times(0.9, -0.4), times(0, 0.3, 0.7)
    # A loose tolerance would make the finite differences noisy, not the gradients wrong.
    integrator = quick(name) if name in FIXED else replace(INTEGRATORS[name], rtol=1e-5, atol=1e-5)

    def loss(x: Tensor, gravity: float) -> tuple[Tensor, Learned]:
        motion = Learned(gravity)
        return integrator.integrate(motion, x, t).x.square().sum(), motion

    x = x0.clone().requires_grad_()
    value, motion = loss(x, 1.3)
    value.backward()
    size = 1e-4 if name in FIXED else 1e-2
    nudges = size * torch.eye(2, dtype=torch.float64)
    expected = [(loss(x0 + d, 1.3)[0] - loss(x0 - d, 1.3)[0]) / (2 * size) for d in nudges]
    slope = (loss(x0, 1.3 + size)[0] - loss(x0, 1.3 - size)[0]) / (2 * size)
    tolerance = 1e-6 if name in FIXED else 2e-3
    assert torch.allclose(x.grad, torch.stack(expected).detach(), atol=tolerance, rtol=0)
    assert float(motion.gravity.grad) == pytest.approx(float(slope.detach()), abs=tolerance)


@each(INTEGRATORS)
def test_field_evaluations_are_counted(name):
    motion = pendulum()
    path = quick(name).integrate(motion, starts(2), times(0, 0.3, 0.7))
    assert path.field_evaluations == motion.calls > 0


@each(INTEGRATORS)
def test_jacobian_is_near_the_exact_one(name):
    x0, t = starts(2), times(0, PERIOD / 3)
    exact = torch.stack(
        [SYSTEM.exact_flow(row, t)[-1] for row in torch.eye(2, dtype=torch.float64)], dim=-1
    )
    computed = jacobian(quick(name), SPRING, x0, t)
    assert (computed - exact).abs().max() < accuracy(name)
    assert (exact - torch.eye(2)).abs().max() > 1


@each(INTEGRATORS)
def test_symplectic_methods_keep_the_form_at_any_step_and_the_others_do_not(name):
    x0, t = starts(3), times(0, 0.9, 1.8)
    integrator = (
        INTEGRATORS[name] if name in FIXED else replace(INTEGRATORS[name], rtol=10.0, atol=10.0)
    )
    defect = symplecticity_defect(jacobian(integrator, pendulum(), x0, t)).max()
    if INTEGRATORS[name].symplectic:
        assert defect < 1e-13
    else:
        assert defect > 1e-8


@each(SYMPLECTIC)
def test_forward_then_backward_returns(name):
    # Symmetric methods: nearly all symplectic ones in use, and all of ours.
    x0, t = starts(3), times(0, 0.4, 0.9, 1.2)
    there = INTEGRATORS[name].integrate(pendulum(), x0, t).x
    back = INTEGRATORS[name].integrate(pendulum(), there[-1], t.flip(0)).x
    assert (back - there.flip(0)).abs().max() < 1e-13
    assert (there[-1] - x0).abs().max() > 0.1


@each(SYMPLECTIC)
def test_energy_error_stays_where_it_is(name):
    motion, x0 = pendulum(), times(1.5, 0.0)
    t = torch.arange(0, 121, dtype=torch.float64) * 0.4
    with torch.no_grad():
        energy = motion.hamiltonian(INTEGRATORS[name].integrate(motion, x0, t).x)
    error = (energy - energy[0]).abs()
    assert error[61:].max() < 1.1 * error[:61].max() + 1e-12
    assert error.max() < 0.1 * float(energy[0])


@each(INTEGRATORS)
def test_a_sample_that_ends_does_not_end_the_others(name):
    motion, t = runaway(), torch.linspace(0, 1.6, 5, dtype=torch.float64)
    bad, good = times(1.0, 1.0), times(0.1, 0.0)
    integrator = (
        replace(INTEGRATORS[name], step=0.1)
        if name in FIXED
        else replace(INTEGRATORS[name], rtol=1e-2, atol=1e-2)
    )
    with torch.no_grad():
        path = integrate_surviving(integrator, motion, torch.stack((good, bad)), t)
        alone = integrator.integrate(motion, good, t).x
    # The steps of adaptive methods, and the start of multistep ones, depend on the others.
    atol = 1e-2 if name in ADAPTIVE else 1e-6
    assert torch.allclose(path.x[:, 0], alone, atol=atol, rtol=0)
    assert path.x[0, 1].equal(bad)
    assert path.t.equal(t)
    if name in ADAPTIVE:  # fixed steps may step over the end
        assert not torch.isfinite(path.x[-1, 1]).all()


@each(INTEGRATORS)
def test_times_must_run_one_way(name):
    with pytest.raises(ValueError, match="increase or decrease strictly"):
        INTEGRATORS[name].integrate(SPRING, starts(2), times(0, 1, 1))
    with pytest.raises(ValueError, match="two times at least; got shape"):
        INTEGRATORS[name].integrate(SPRING, starts(2), times(0))
