"""Small systems, integrators and recordings that the tests of the data room share."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import torch
from jaxtyping import Float
from torch import Tensor

from src.integrators.base import Integrator
from src.integrators.base import Path as Solution
from src.mechanics.state import StateSpec
from src.systems.natural import NaturalSystem


@dataclass(frozen=True)
class RungeKutta(Integrator):
    """Classical RK4 with a fixed number of steps per output interval."""

    substeps: int = 10
    order = 4
    symplectic = False

    def integrate(self, motion, x0, t):
        f, x, path = motion.field().f, x0, [x0]
        for start, end in pairwise(t):
            h = (end - start) / self.substeps
            for _ in range(self.substeps):
                k1 = f(start, x)
                k2 = f(start, x + h / 2 * k1)
                k3 = f(start, x + h / 2 * k2)
                k4 = f(start, x + h * k3)
                x = x + h / 6 * (k1 + 2 * k2 + 2 * k3 + k4)
            path.append(x)
        return Solution(t, torch.stack(path), 0)


@dataclass(frozen=True)
class Bead(NaturalSystem):
    """A bead on the wire ``y = x^2 / 2``: its inertia ``1 + q^2`` depends on where it is."""

    gravity: float = 1.0

    @property
    def spec(self) -> StateSpec:
        return StateSpec(("q",), (False,))

    @property
    def time_scale(self) -> float:
        return 2 * math.pi / math.sqrt(self.gravity)

    @property
    def energy_scale(self) -> float:
        return self.gravity / 2

    def mass_matrix(self, q: Float[Tensor, "*batch dof"]) -> Float[Tensor, "*batch dof dof"]:
        return (1 + q.square()).unsqueeze(-1)

    def potential(self, q: Float[Tensor, "*batch dof"]) -> Float[Tensor, "*batch"]:
        return self.gravity * q.square().sum(-1) / 2

    def vector_field(self, x, t=None):
        q, p = x.chunk(2, dim=-1)
        inertia = 1 + q.square()
        return torch.cat((p / inertia, q * (p / inertia).square() - self.gravity * q), dim=-1)

    def sample_initial(self, count, generator):
        return torch.rand(count, 2, generator=generator, dtype=torch.float64)

    def sample_higher_energy(self, count, generator):
        return 1 + torch.rand(count, 2, generator=generator, dtype=torch.float64)


def write_table(file: Path, header: str, rows: Sequence[Sequence[float]]) -> str:
    """Write a table as the recordings of the literature are: marker, blanks, long exponents."""

    def cell(value: float) -> str:
        mantissa, exponent = f"{value:.16e}".split("e")
        return f"{mantissa}e{exponent[0]}{int(exponent[1:]):03d}"

    lines = ["  " + "  ".join(map(cell, row)) + " " for row in rows]
    file.write_text("\n".join([header, *lines]) + "\n")
    return str(file)


def oscillation(times: Sequence[float], trial: float = 0.0) -> list[list[float]]:
    """Return rows trial, t, x, v of a slowly damped oscillation of period 1 s."""
    w, rows = 2 * math.pi, []
    for t in times:
        decay = math.exp(-0.02 * t)
        x, v = math.cos(w * t), -w * math.sin(w * t) - 0.02 * math.cos(w * t)
        rows.append([trial, t, decay * x, decay * v])
    return rows
