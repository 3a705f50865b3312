"""Small motions whose figures are known in closed form, and the means to follow them."""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass
from typing import ClassVar

import torch

from src.data.trajectories import Trajectories
from src.integrators.base import IntegrationError, Integrator, Path, check_times
from src.mechanics.problem import Canonical
from src.mechanics.state import StateSpec
from src.mechanics.symplectic import symplectic_form
from src.models.base import Dynamics
from src.systems.base import Kinematics
from src.systems.mass_spring import MassSpring
from src.systems.natural import SeparableSystem


@dataclass(frozen=True)
class RungeKutta(Integrator):
    """The classical method, with steps of equal length between samples."""

    order: ClassVar[int] = 4
    symplectic: ClassVar[bool] = False
    step: float = 0.1

    def integrate(self, motion, x0, t):
        check_times(t)
        f, states, evaluations = motion.field().f, [x0], 0
        for start, end in itertools.pairwise(t):
            count = max(1, math.ceil(abs(float(end - start)) / self.step))
            x, h = states[-1], (end - start) / count
            for _ in range(count):
                a = f(start, x)
                b = f(start, x + h / 2 * a)
                c = f(start, x + h / 2 * b)
                d = f(start, x + h * c)
                x = x + h / 6 * (a + 2 * b + 2 * c + d)
                evaluations += 4
            failed = ~torch.isfinite(x).all(-1)
            if bool(failed.any()):
                path = Path(t[: len(states)], torch.stack(states), evaluations)
                raise IntegrationError(failed, path, "it blew up", "Use a shorter step.")
            states.append(x)
        return Path(t, torch.stack(states), evaluations)


class Plain(Dynamics):
    """A field without an energy; subclasses say which."""

    kind = "baseline"

    def __init__(self, spec: StateSpec) -> None:
        super().__init__(spec)
        self.gain = torch.nn.Parameter(torch.tensor(1.0))  # float32, as trained models are

    def energy(self, x):
        return None

    def scale_nets(self):
        pass

    def canonical(self):
        raise ValueError("a baseline has no momenta")


def linear_field(system) -> torch.Tensor:
    """The matrix A of the true field ``dx/dt = A x`` of springs."""
    if isinstance(system, MassSpring):
        return torch.tensor([[0, 1 / system.mass], [-system.stiffness, 0]], dtype=torch.float64)
    return symplectic_form(2)


class Damped(Plain):
    """The true field of a mass on a spring plus a friction ``-(c/m) p``."""

    def __init__(self, system: MassSpring, friction: float) -> None:
        super().__init__(system.spec)
        self.matrix = linear_field(system)
        self.matrix[1, 1] = -friction / system.mass

    def forward(self, t, x, u=None):
        return x @ self.matrix.T


class BlowsUp(Plain):
    """``dx/dt = x |x|``: infinite at time ``1 / |x0|``."""

    def forward(self, t, x, u=None):
        return x * x.abs()


class LearnedHamiltonian(Plain):
    """The true field of springs, with an affine copy of their energy."""

    kind = "hnn"

    def __init__(self, system, factor: float = 1.0, constant: float = 0.0) -> None:
        super().__init__(system.spec)
        self.system, self.factor, self.constant = system, factor, constant
        self.matrix = linear_field(system)

    def energy(self, x):
        return self.factor * self.system.hamiltonian(x) + self.constant

    def forward(self, t, x, u=None):
        return x @ self.matrix.T

    def canonical(self):
        return Canonical(self.field().f)


class LearnedLagrangian(Plain):
    """``L = factor (m(q) v^2 - k q^2) / 2`` in (q, v), with ``m(q) = mass + bend q^2``."""

    kind = "lnn"

    def __init__(self, spec, mass, stiffness, bend=0.0, factor=1.0) -> None:
        super().__init__(spec.expressed_in("velocity"))
        self.mass, self.stiffness, self.bend, self.factor = mass, stiffness, bend, factor

    def inertia(self, q):
        return self.mass + self.bend * q**2

    def energy(self, x):
        q, v = x.unbind(-1)
        return self.factor * (self.inertia(q) * v**2 + self.stiffness * q**2) / 2

    def forward(self, t, x, u=None):
        q, v = x.unbind(-1)
        force = -self.stiffness * q - self.bend * q * v**2
        return torch.stack((v, force / self.inertia(q)), dim=-1)

    def canonical(self):
        def enter(x):
            q, v = x.unbind(-1)
            return torch.stack((q, self.factor * self.inertia(q) * v), dim=-1)

        def leave(z):
            q, p = z.unbind(-1)
            return torch.stack((q, p / self.factor / self.inertia(q)), dim=-1)

        def field(t, z):
            x = leave(z)
            return torch.func.jvp(enter, (x,), (self(t, x),))[1]

        return Canonical(field, enter, leave)


class FreeFall(Plain):
    """The particles of a constrained system, whose rods are gone."""

    def __init__(self, system) -> None:
        super().__init__(system.spec)
        self.system = system

    def forward(self, t, x, u=None):
        q, p = x.chunk(2, -1)
        return torch.cat((p / self.system.mass, self.system.force(q)), -1)


@dataclass(frozen=True)
class PlanarSpring(SeparableSystem):
    """A mass on a spring that swings in a plane: its angular momentum is kept."""

    spec = StateSpec(positions=("x", "y"), angular=(False, False))
    masses = (1.0, 1.0)
    time_scale = 2 * math.pi
    energy_scale = 1.0

    def potential(self, q):
        return q.square().sum(-1) / 2

    def invariants(self, x):
        return {"angular_momentum": x[..., 0] * x[..., 3] - x[..., 1] * x[..., 2]}

    def sample_initial(self, count, generator):
        return torch.randn(count, 4, generator=generator, dtype=torch.float64)

    def sample_higher_energy(self, count, generator):
        return 2 * self.sample_initial(count, generator)

    def exact_flow(self, x0, t):
        q, p = x0.chunk(2, -1)
        t = t.reshape(-1, *[1] * x0.ndim)
        return torch.cat((q * t.cos() + p * t.sin(), p * t.cos() - q * t.sin()), -1)


@dataclass(frozen=True)
class Recording(Kinematics):
    """One position and its velocity, read from an instrument: nothing else is known."""

    coordinates: str = "canonical"

    @property
    def spec(self):
        return StateSpec(("o",), (False,), coordinates=self.coordinates)

    def to_velocity(self, x):
        return x

    def to_canonical(self, x):
        return x


def motions(system, horizon, samples=21, count=4, seed=0, noise=0.0, recorded=False):
    """True motions of a system that has an exact flow."""
    generator = torch.Generator().manual_seed(seed)
    x0 = system.sample_initial(count, generator)
    t = torch.linspace(0, horizon, samples, dtype=torch.float64)
    clean = system.exact_flow(x0, t).transpose(0, 1)
    x = clean + noise * torch.randn(clean.shape, generator=generator, dtype=torch.float64)
    return Trajectories(
        spec=system.spec,
        t=t.repeat(count, 1),
        x=x,
        mask=torch.ones(count, samples, dtype=torch.bool),
        dx=system.vector_field(clean),
        clean=None if recorded else clean,
    )


RK4 = RungeKutta()
SPRING = MassSpring(mass=2.0, stiffness=3.0)
