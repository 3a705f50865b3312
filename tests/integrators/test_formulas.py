"""Known formulas that are followed without torch move as torch moves them."""

import pytest
import torch
from motions import Driven, Separable
from shipped import SHIPPED
from torch import Tensor

from src.integrators import stepping
from src.integrators.dop853 import DOP853
from src.integrators.leapfrog import Leapfrog
from src.integrators.ode_solver import ODESolver
from src.integrators.runge_kutta import RungeKutta8
from src.integrators.yoshida import Yoshida4
from src.kernels.compiler import compiler
from src.lowering.performance import performing
from src.mechanics.problem import Formula
from src.systems.base import System
from src.systems.double_pendulum import DoublePendulum
from src.systems.pendulum import Pendulum
from src.systems.two_body import TwoBody

LEFT_TO_TORCH = {"kdv", "nls", "schroedinger_1d", "schroedinger_barrier", "schroedinger_morse"}
"""Fourier transforms, and matrices so large that torch is faster."""
LEFT_TO_TORCH |= {"rotor", "gyroscope"}
"""Twelve constrained coordinates, whose multipliers solve six or nine equations at once."""
LARGE = {"n_body", "wave_1d"}
"""Faster in torch as well at some numbers of samples, unless they are compiled."""


def shaken(t: Tensor, x: Tensor) -> Tensor:
    q, p = x.unbind(-1)
    return torch.stack((p, -q + (2.3 * t).cos()), dim=-1)


class Runaway(Separable, Formula):
    """``V = -q^4``."""

    __hash__ = object.__hash__

    def __init__(self) -> None:
        super().__init__(lambda q: -(q**4), lambda q: -4 * q**3)


def starts(system: System, count: int) -> Tensor:
    return system.sample_initial(count, torch.Generator().manual_seed(0))


def method(system: System) -> Leapfrog | ODESolver:
    step = system.time_scale / 1000
    try:
        system.split()
    except ValueError:
        return ODESolver(method="rk4", step=step)
    return Yoshida4(step=step)


def ways(integrator, system, x0, t, level) -> tuple[Tensor, int, set]:
    with performing(level) as chosen:
        path = integrator.integrate(system, x0, t)
    return path.x, path.field_evaluations, chosen.ways


def agree(got: Tensor, expected: Tensor) -> bool:
    size = expected.abs().amax()
    return bool(((got - expected).abs() <= 1e-12 * size).all())


@pytest.mark.parametrize("name", SHIPPED)
def test_every_system_moves_the_same_by_every_way(name, monkeypatch):
    monkeypatch.setattr(stepping, "LEAST", 1)
    system, count = SHIPPED[name], 40
    x0 = starts(system, count)
    t = torch.linspace(0, system.time_scale / 100, 3, dtype=torch.float64)
    integrator = method(system)
    expected, calls, ran = ways(integrator, system, x0, t, "reference")
    assert not ran
    for rows in (1, count):
        got, counted, ran = ways(integrator, system, x0[:rows], t, "fast")
        assert counted == calls
        assert agree(got, expected[:, :rows])
        assert bool(ran) == (name not in LEFT_TO_TORCH) or name in LARGE


class Shaken(Driven, Formula):
    """A spring under a force that depends on the time."""

    __hash__ = object.__hash__

    def __init__(self) -> None:
        super().__init__(shaken)


@pytest.mark.parametrize("integrator", [ODESolver(method="rk4", step=0.05), RungeKutta8(step=0.1)])
def test_time_may_matter(integrator):
    x0 = torch.tensor([[1.0, 0.2], [0.3, -1.0]], dtype=torch.float64).repeat(8, 1)
    t = torch.linspace(2, 14, 5, dtype=torch.float64)
    for times in (t, t.flip(0)):
        expected, _, _ = ways(integrator, Shaken(), x0, times, "reference")
        for rows in (1, 16):
            got, _, ran = ways(integrator, Shaken(), x0[:rows], times, "fast")
            assert ran
            assert agree(got, expected[:, :rows])


@pytest.mark.parametrize("motion", [TwoBody(), Shaken(), DoublePendulum()])
@pytest.mark.slow
def test_adaptive_steps_are_the_same(motion):
    x0 = torch.tensor([[1.0, 0.2], [0.3, -1.0]]).double().repeat(8, 1)
    x0 = starts(motion, 16) if isinstance(motion, System) else x0
    t = torch.tensor([0, 0.1, 0.15, 2.0, 5.0], dtype=torch.float64)
    solver = DOP853()
    for times in (t, -t):
        expected, _, ran = ways(solver, motion, x0, times, "reference")
        assert not ran
        for rows in (1, 16):
            got, calls, ran = ways(solver, motion, x0[:rows], times, "fast")
            assert ran
            assert calls > 0
            # Steps depend on errors, and so on rounding; both paths keep the tolerance.
            assert (got - expected[:, :rows]).abs().max() < 1e-10 * expected.abs().max()


def test_what_torch_is_asked_for_stays_with_torch():
    x0, t = starts(Pendulum(), 3), torch.linspace(0, 1, 201, dtype=torch.float64)
    for start in (x0.float(), x0.clone().requires_grad_()):
        path, _, ran = ways(Leapfrog(), Pendulum(), start, t.to(start.dtype), "fast")
        assert not ran
        assert path.dtype == start.dtype
        assert path.requires_grad == start.requires_grad
    slope = torch.func.jacrev(lambda x: Leapfrog().integrate(Pendulum(), x, t).x[-1])(x0[0])
    assert slope.det().item() == pytest.approx(1, abs=1e-12)


def test_a_sample_that_runs_away_does_so_in_every_way():
    t = torch.linspace(0, 40, 401, dtype=torch.float64)
    x0 = torch.tensor([[0.1, 0.0], [9.0, 9.0]], dtype=torch.float64)
    expected, _, _ = ways(Leapfrog(), Runaway(), x0, t, "reference")
    assert not expected[-1].isfinite().all()
    for rows in (1, 2):
        got, _, ran = ways(Leapfrog(), Runaway(), x0[-rows:], t, "fast")
        assert ran
        assert got.isfinite().equal(expected[:, -rows:].isfinite())


@pytest.mark.skipif(compiler() is None, reason="there is no C++ compiler here")
@pytest.mark.parametrize("name", ["pendulum", "double_pendulum", "two_body", "n_link_pendulum"])
def test_compiled_code_moves_the_same(name):
    system = SHIPPED[name]
    x0 = starts(system, 70)  # a full block of samples, and a part of one
    t = torch.tensor([0, 0.3, 1.0, 1.2], dtype=torch.float64) * system.time_scale / 10
    integrator = method(system)
    expected, calls, _ = ways(integrator, system, x0, t, "reference")
    got, counted, ran = ways(integrator, system, x0, t, "compiled")
    assert ran == {"c++"}
    assert counted == calls
    assert agree(got, expected)
    back, _, _ = ways(integrator, system, got[-1], t.flip(0), "compiled")
    assert (back[-1] - x0).abs().max() < 1e-6 * x0.abs().max()
