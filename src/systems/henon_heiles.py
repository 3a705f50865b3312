"""A star in the middle of a galaxy, after Henon and Heiles."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import torch
from jaxtyping import Float
from torch import Tensor

from ..mechanics.state import StateSpec
from .natural import SeparableSystem
from .sampling import at_energy, check_positive, check_range, random_directions, uniform
from .sketch import Sketch


@dataclass(frozen=True)
class HenonHeiles(SeparableSystem):
    r"""A mass in a plane potential with the symmetry of a triangle.

    .. math:: V = k \left[\frac{x^2 + y^2}{2} + \lambda \left(x^2 y - \frac{y^3}{3}\right)\right]

    Slow motions are those of two equal springs. The corners of the triangle, ``1/lambda`` from the
    middle, are saddles of V at the energy :math:`k / 6\lambda^2`: below it a mass inside never
    leaves, above it may escape through a corner. Most motions are regular up to half of that
    energy, some are chaotic at three quarters of it, and nearly all are just below it.

    Source:
        M. Henon, C. Heiles, *The applicability of the third integral of motion: some numerical
        experiments*, Astron. J. 69 (1964), 73-79.

    Raises:
        ValueError: if a parameter or the range of energies is not positive, or an energy reaches
            that of escape.
    """

    domain: ClassVar[str] = "textbook mechanics"

    mass: float = 1.0
    """Mass m, in kg."""
    stiffness: float = 1.0
    """Stiffness k near the middle, in N/m."""
    coupling: float = 1.0
    """Strength lambda of the cubic terms, in 1/m: the inverse distance of the saddles."""
    energy: Sequence[float] = (0.25, 0.75)
    """Range of the energies of training motions, as a fraction of the energy of escape."""

    def __post_init__(self) -> None:
        check_positive(self, mass="kg", stiffness="N/m", coupling="1/m")
        check_range(self, energy="of the energy of escape")
        if self.energy[1] >= 1:
            raise ValueError(
                f"system.energy must stay below 1, where motions escape from the triangle; "
                f"got {self.energy[1]} of the energy of escape."
            )

    @property
    def spec(self) -> StateSpec:
        """Positions x and y, in m, and their momenta, in kg m/s."""
        return StateSpec(positions=("x", "y"), angular=(False, False))

    @property
    def masses(self) -> tuple[float, ...]:
        """The mass, once a coordinate."""
        return (self.mass, self.mass)

    @property
    def escape_energy(self) -> float:
        """The energy ``k / 6 lambda^2`` of the saddles, in J."""
        return self.stiffness / (6 * self.coupling**2)

    @property
    def landmarks(self) -> tuple[tuple[float, float], ...]:
        """The three saddles, in m: the corners of the triangle."""
        side, low, top = (s / self.coupling for s in (math.sqrt(0.75), -0.5, 1.0))
        return (0.0, top), (-side, low), (side, low)

    @property
    def time_scale(self) -> float:
        """The period of small oscillations."""
        return 2 * math.pi * math.sqrt(self.mass / self.stiffness)

    @property
    def energy_scale(self) -> float:
        """The largest energy of training motions."""
        return self.energy[1] * self.escape_energy

    def potential(self, q: Float[Tensor, "*batch dof"]) -> Float[Tensor, "*batch"]:
        """Return V, zero in the middle."""
        x, y = q.unbind(-1)
        quadratic = (x.square() + y.square()) / 2
        return self.stiffness * (quadratic + self.coupling * y * (x.square() - y.square() / 3))

    def force(self, q: Float[Tensor, "*batch dof"]) -> Float[Tensor, "*batch dof"]:
        """Return ``-dV/dq = -k (x + 2 lambda x y, y + lambda (x^2 - y^2))``."""
        x, y = q.unbind(-1)
        cubic = torch.stack((2 * x * y, x.square() - y.square()), dim=-1)
        return -self.stiffness * (q + self.coupling * cubic)

    def sketch(self, x: Float[Tensor, "*batch state"]) -> Sketch:
        """Return the mass in the triangle that it cannot leave."""
        return super().sketch(x)._replace(links=((0, 1), (1, 2), (2, 0)))

    def sample_initial(
        self, count: int, generator: torch.Generator
    ) -> Float[Tensor, "count state"]:
        """Draw energies uniformly in their range, and directions from the middle of phase space."""
        return self._sample(self.energy, count, generator)

    def sample_higher_energy(
        self, count: int, generator: torch.Generator
    ) -> Float[Tensor, "count state"]:
        """Draw energies from the largest one in training to half way from there to escape."""
        high = self.energy[1]
        return self._sample((high, (high + 1) / 2), count, generator)

    def _sample(self, energy: Sequence[float], count: int, generator: torch.Generator) -> Tensor:
        """Draw states inside the triangle: along every ray from rest, escape costs more energy."""
        levels = self.escape_energy * uniform(energy, (count,), generator)
        draws = random_directions(count, 4, generator)
        q = math.sqrt(2 / self.stiffness) * draws[:, :2]
        p = math.sqrt(2 * self.mass) * draws[:, 2:]
        return at_energy(self.hamiltonian, torch.cat((q, p), dim=-1), levels)
