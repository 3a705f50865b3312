"""Two small integrators, so that losses are tested without those of src/integrators."""

from dataclasses import dataclass

import pytest
import torch

from src.integrators.base import Integrator, Path
from src.mechanics.state import StateSpec, split_state


@dataclass(frozen=True)
class RungeKutta(Integrator):
    """Classical Runge-Kutta in many equal internal steps per output interval."""

    substeps: int = 4
    order = 4
    symplectic = False

    def integrate(self, motion, x0, t):
        f = motion.field().f
        states = [x0]
        for k in range(len(t) - 1):
            x, h = states[-1], (t[k + 1] - t[k]) / self.substeps
            for _ in range(self.substeps):
                k1 = f(t[k], x)
                k2 = f(t[k], x + h / 2 * k1)
                k3 = f(t[k], x + h / 2 * k2)
                k4 = f(t[k], x + h * k3)
                x = x + h / 6 * (k1 + 2 * k2 + 2 * k3 + k4)
            states.append(x)
        return Path(t, torch.stack(states), 4 * self.substeps * (len(t) - 1))


@dataclass(frozen=True)
class KickDrift(Integrator):
    """Leapfrog in many equal internal steps per output interval."""

    substeps: int = 60
    order = 2
    symplectic = True

    def integrate(self, motion, x0, t):
        split = motion.split()
        states = [x0]
        for k in range(len(t) - 1):
            (q, p), h = split_state(states[-1]), (t[k + 1] - t[k]) / self.substeps
            for _ in range(self.substeps):
                p = p + h / 2 * split.force(q)
                q = q + h * split.velocity(p)
                p = p + h / 2 * split.force(q)
            states.append(torch.cat((q, p), dim=-1))
        return Path(t, torch.stack(states), self.substeps * (len(t) - 1))


@dataclass(frozen=True)
class Symplectic(Integrator):
    """Runge-Kutta of the canonical problem: takes the way in and out that such methods take."""

    order = 4
    symplectic = True

    def integrate(self, motion, x0, t):
        canonical = motion.canonical()

        class Inside:
            def field(self):
                return canonical

        path = RungeKutta().integrate(Inside(), canonical.enter(x0), t)
        return Path(t, canonical.leave(path.x), path.field_evaluations)


@pytest.fixture(params=[RungeKutta(), KickDrift(), Symplectic()], ids=lambda i: type(i).__name__)
def integrator(request):
    return request.param


@pytest.fixture
def runge_kutta():
    return RungeKutta(substeps=1)


@pytest.fixture
def kick_drift():
    return KickDrift(substeps=2)


@pytest.fixture
def symplectic():
    return Symplectic()


@pytest.fixture
def line():
    return StateSpec(("q",), (False,))
