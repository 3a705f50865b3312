"""Known formulas that are followed without torch move as torch moves them."""

from dataclasses import dataclass

import pytest
import torch
from hydra.utils import get_class, instantiate
from torch import Tensor

from src.config.options import options
from src.integrators import stepping
from src.integrators.leapfrog import Leapfrog
from src.integrators.ode_solver import ODESolver
from src.integrators.yoshida import Yoshida4
from src.lowering.compiler import compiler
from src.lowering.performance import performing
from src.mechanics.problem import Formula
from src.systems.base import System
from src.systems.double_pendulum import DoublePendulum
from src.systems.pendulum import Pendulum

LEFT_TO_TORCH = {"kdv", "nls", "schroedinger_1d", "schroedinger_barrier", "schroedinger_morse"}
"""Fourier transforms, and matrices so large that torch is faster."""
LARGE = {"n_body", "wave_1d"}
"""Faster in torch as well at some numbers of samples, unless they are compiled."""


SYSTEMS: dict[str, System] = {
    name: instantiate(node)
    for name, node in options("system")
    if issubclass(get_class(node["_target_"]), System)
}


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


@pytest.mark.parametrize("name", SYSTEMS)
def test_every_system_moves_the_same_by_every_way(name, monkeypatch):
    monkeypatch.setattr(stepping, "LEAST", 1)
    system, count = SYSTEMS[name], 40
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


@pytest.mark.skipif(compiler() is None, reason="there is no C++ compiler here")
@pytest.mark.parametrize("name", ["pendulum", "double_pendulum", "two_body", "n_link_pendulum"])
def test_compiled_code_moves_the_same(name):
    system = SYSTEMS[name]
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
