"""Three bodies that attract each other."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import torch
from jaxtyping import Float
from torch import Tensor

from .gravity import PlanarGravity
from .sampling import check_not_negative, check_positive, check_range, uniform


@dataclass(frozen=True)
class ThreeBody(PlanarGravity):
    r"""Three point masses in a plane, about their common centre of mass at rest in the origin.

    .. math:: H = \sum_i \frac{|p_i|^2}{2 m_i}
        - \sum_{i<j} \frac{G m_i m_j}{\sqrt{|r_i - r_j|^2 + \varepsilon^2}}

    Starts are Lagrange's equilateral triangles, turning counter-clockwise, with disturbed
    velocities, as in the data of Greydanus et al.; here the total momentum is removed, so that the
    triangle does not leave the place where a model has seen it. The triangle is unstable, so bodies
    meet closely. The default potential is softened (Plummer) because an unsoftened one has
    unbounded accelerations there, which no net can fit; ``softening=0`` is Newton's law.

    Source:
        V. I. Arnold, V. V. Kozlov, A. I. Neishtadt, *Mathematical Aspects of Classical and
        Celestial Mechanics*, 3rd ed., section 2.3; Greydanus, Dzamba, Yosinski, *Hamiltonian
        Neural Networks*, 2019, arXiv:1906.01563, section 4.

    Raises:
        ValueError: if a mass, the constant of gravitation or the range of radii is not positive, or
            the softening or the spread of velocities is negative.
    """

    domain: ClassVar[str] = "celestial mechanics"

    mass_1: float = 1.0
    """Mass of the first body, in kg."""
    mass_2: float = 1.0
    """Mass of the second body, in kg."""
    mass_3: float = 1.0
    """Mass of the third body, in kg."""
    gravitation: float = 1.0
    """Constant G, in m^3/(kg s^2)."""
    softening: float = 0.05
    """Plummer's length epsilon, in m."""
    radius: Sequence[float] = (0.9, 1.2)
    """Range of the circumscribed radius of the initial triangle, in m."""
    velocity_spread: float = 0.2
    """Largest relative change of each component of the initial velocities."""

    def __post_init__(self) -> None:
        check_positive(self, mass_1="kg", mass_2="kg", mass_3="kg", gravitation="m^3/(kg s^2)")
        check_range(self, radius="m")
        check_not_negative(self, softening="m", velocity_spread="of the circular velocity")

    @property
    def bodies(self) -> tuple[float, ...]:
        """The three masses."""
        return (self.mass_1, self.mass_2, self.mass_3)

    @property
    def coupling(self) -> float:
        """The constant G."""
        return self.gravitation

    @property
    def softening_length(self) -> float:
        """The length epsilon."""
        return self.softening

    @property
    def time_scale(self) -> float:
        """Half a turn of the undisturbed triangle: soon after, disturbed ones fall apart."""
        return self._turning_period(math.sqrt(3) * sum(self.radius) / 2) / 2

    @property
    def energy_scale(self) -> float:
        """The binding energy of the undisturbed triangle in the middle of the range."""
        pairs = self.mass_1 * self.mass_2 + (self.mass_1 + self.mass_2) * self.mass_3
        return self.gravitation * pairs / (math.sqrt(3) * sum(self.radius))

    def sample_initial(
        self, count: int, generator: torch.Generator
    ) -> Float[Tensor, "count state"]:
        """Draw radii and directions uniformly; change every velocity component at random."""
        change = uniform((-self.velocity_spread, self.velocity_spread), (count, 3, 2), generator)
        return self._sample(self.radius, 1 + change, count, generator)

    def sample_higher_energy(
        self, count: int, generator: torch.Generator
    ) -> Float[Tensor, "count state"]:
        """Draw radii from a quarter to a half above the largest one; change velocities upwards."""
        wider = (1.25 * self.radius[1], 1.5 * self.radius[1])
        change = uniform((0, self.velocity_spread), (count, 3, 2), generator)
        return self._sample(wider, 1 + change, count, generator)

    def _sample(
        self, radius: Sequence[float], change: Tensor, count: int, generator: torch.Generator
    ) -> Tensor:
        corners = torch.arange(3, dtype=torch.float64) * (2 * math.pi / 3)
        shape = torch.stack((corners.cos(), corners.sin()), dim=-1) / math.sqrt(3)
        distance = math.sqrt(3) * uniform(radius, (count,), generator)
        angle = uniform((0, 2 * math.pi), (count,), generator)
        position, velocity = self._turning(shape, distance, angle)
        return self._state(position, change * velocity)
