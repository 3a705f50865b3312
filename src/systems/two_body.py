"""Two bodies that attract each other."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import torch
from jaxtyping import Float
from torch import Tensor

from . import orbit
from .gravity import PlanarGravity
from .sampling import check_not_negative, check_positive, check_range, uniform


@dataclass(frozen=True)
class TwoBody(PlanarGravity):
    r"""Two point masses in a plane, about their common centre of mass at rest in the origin.

    .. math:: H = \frac{|p_1|^2}{2 m_1} + \frac{|p_2|^2}{2 m_2} - \frac{G m_1 m_2}{|r_1 - r_2|}

    The distance moves as one body about a mass :math:`m_1 + m_2`: orbits are ellipses with
    :math:`E = -G m_1 m_2 / 2a` and the period :math:`2\pi\sqrt{a^3 / G(m_1 + m_2)}`.

    Starts are nearly circular and turn counter-clockwise, as in the data of Greydanus et al., but
    point in every direction and have any radius of the range (there: each coordinate of the first
    body, so that its radius is 0.7 to 2.1).

    Source:
        H. Goldstein, *Classical Mechanics*, 3rd ed., sections 3.1 and 3.7;
        Greydanus, Dzamba, Yosinski, *Hamiltonian Neural Networks*, 2019, arXiv:1906.01563,
        section 4.

    Raises:
        ValueError: if a mass, the constant of gravitation or the range of radii is not positive, or
            the spread of speeds is negative.
    """

    domain: ClassVar[str] = "celestial mechanics"

    mass_1: float = 1.0
    """Mass of the first body, in kg."""
    mass_2: float = 1.0
    """Mass of the second body, in kg."""
    gravitation: float = 1.0
    """Constant G, in m^3/(kg s^2)."""
    radius: Sequence[float] = (0.5, 1.5)
    """Range of half the initial distance, in m: the radius of both orbits of equal masses."""
    speed_spread: float = 0.05
    """Standard deviation of the initial speed, as a fraction of the one of a circular orbit."""

    def __post_init__(self) -> None:
        check_positive(self, mass_1="kg", mass_2="kg", gravitation="m^3/(kg s^2)")
        check_range(self, radius="m")
        check_not_negative(self, speed_spread="of the circular speed")

    @property
    def bodies(self) -> tuple[float, ...]:
        """The two masses."""
        return (self.mass_1, self.mass_2)

    @property
    def coupling(self) -> float:
        """The constant G."""
        return self.gravitation

    @property
    def time_scale(self) -> float:
        """The period of the circular orbit in the middle of the range."""
        return self.period(sum(self.radius))

    @property
    def energy_scale(self) -> float:
        """The binding energy of the circular orbit in the middle of the range."""
        return self.gravitation * self.mass_1 * self.mass_2 / (2 * sum(self.radius))

    def period(self, semi_major_axis: float) -> float:
        """Return the period of an orbit whose distance has this semi-major axis, in m."""
        return orbit.period(semi_major_axis, self.gravitation * (self.mass_1 + self.mass_2))

    def sample_initial(
        self, count: int, generator: torch.Generator
    ) -> Float[Tensor, "count state"]:
        """Draw radii and directions uniformly, and nearly circular speeds."""
        spread = torch.randn(count, generator=generator, dtype=torch.float64)
        return self._sample(self.radius, 1 + self.speed_spread * spread, count, generator)

    def sample_higher_energy(
        self, count: int, generator: torch.Generator
    ) -> Float[Tensor, "count state"]:
        """Draw radii a quarter to a half above the largest one, and speeds above the circular ones.

        Speeds have no upper end, hence neither have training energies; these starts lie above all
        but some thousandths of them.
        """
        wider = (1.25 * self.radius[1], 1.5 * self.radius[1])
        spread = torch.randn(count, generator=generator, dtype=torch.float64).abs()
        return self._sample(wider, 1 + self.speed_spread * spread, count, generator)

    def _sample(
        self, radius: Sequence[float], speed: Tensor, count: int, generator: torch.Generator
    ) -> Tensor:
        shape = torch.tensor([[1.0, 0.0], [0.0, 0.0]], dtype=torch.float64)
        distance = 2 * uniform(radius, (count,), generator)
        angle = uniform((0, 2 * math.pi), (count,), generator)
        position, velocity = self._turning(shape, distance, angle)
        return self._state(position, speed[:, None, None] * velocity)
