"""Rutherford scattering."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

import torch
from jaxtyping import Float
from torch import Tensor

from ..mechanics.state import StateSpec, split_state
from .natural import SeparableSystem
from .sampling import check_positive, check_range, uniform


@dataclass(frozen=True)
class CoulombScatter(SeparableSystem):
    r"""A charge that flies past another one, fixed in the origin, that repels it.

    .. math:: H = \frac{|p|^2}{2 m} + \frac{k}{r}

    A particle that comes from far away with the speed v, on a line that would miss the centre by
    b, is deflected by :math:`\tan(\theta / 2) = k / (m v^2 b)`.

    Source:
        L. D. Landau, E. M. Lifshitz, *Mechanics*, 3rd ed., sections 15 and 19, eq. (19.1).

    Raises:
        ValueError: if a parameter is not positive, or the largest offset exceeds the distance.
    """

    domain: ClassVar[str] = "particle physics"

    mass: float = 1.0
    """Mass m, in kg."""
    strength: float = 1.0
    """Strength k of the repulsion, in J m: the product of both charges over 4 pi epsilon_0."""
    speed: Sequence[float] = (1.0, 2.0)
    """Range of the speeds at the start of training motions, in m/s."""
    distance: float = 5.0
    """Distance of the starts, along the line of flight, from the point nearest to the centre, in m.
    """
    offset: float = 2.0
    """Largest distance b between the line of flight and the centre, in m."""

    def __post_init__(self) -> None:
        check_positive(self, mass="kg", strength="J m", distance="m", offset="m")
        check_range(self, speed="m/s")
        if self.offset > self.distance:
            raise ValueError(
                f"system.offset must be at most system.distance = {self.distance} m, for particles "
                f"to come from afar; got {self.offset} m."
            )

    @property
    def spec(self) -> StateSpec:
        """Positions x and y, in m, and their momenta, in kg m/s."""
        return StateSpec(positions=("x", "y"), angular=(False, False))

    @property
    def landmarks(self) -> tuple[tuple[float, float], ...]:
        """The fixed charge."""
        return ((0.0, 0.0),)

    @property
    def masses(self) -> tuple[float, ...]:
        """The mass, once a coordinate."""
        return (self.mass,) * 2

    @property
    def time_scale(self) -> float:
        """The time from the start to the centre at middle speed; nothing is periodic."""
        return 2 * self.distance / sum(self.speed)

    @property
    def energy_scale(self) -> float:
        """The energy of the fastest start."""
        return self.mass * self.speed[1] ** 2 / 2 + self.strength / self.distance

    def deflection(self, speed: float, offset: float) -> float:
        """Return the angle between the directions of flight long before and long after, in rad.

        ``speed`` is that far away, in m/s, and ``offset`` the distance b, in m.

        Source:
            Landau and Lifshitz, section 19, eq. (19.1).
        """
        return 2 * math.atan2(self.strength, self.mass * speed**2 * offset)

    def closest(self, speed: float, offset: float) -> float:
        """Return the least distance from the centre, in m, of a particle that comes from far away.

        It follows from the conserved energy and angular momentum where the radial velocity is zero.
        """
        half = self.strength / (self.mass * speed**2)
        return half + math.hypot(half, offset)

    def potential(self, q: Float[Tensor, "*batch dof"]) -> Float[Tensor, "*batch"]:
        """Return ``k / r``."""
        return self.strength * q.square().sum(-1).rsqrt()

    def invariants(self, x: Float[Tensor, "*batch state"]) -> Mapping[str, Float[Tensor, "*batch"]]:
        """Return the angular momentum and the two components of the Laplace-Runge-Lenz vector.

        That is ``p x L + m k q / r``: for a repulsion the sign is the opposite of gravity's.
        """
        q, p = split_state(x)
        turning = q[..., 0] * p[..., 1] - q[..., 1] * p[..., 0]
        direction = q * q.square().sum(-1, keepdim=True).rsqrt()
        pull = self.mass * self.strength * direction
        return {
            "angular_momentum": turning,
            "runge_lenz_x": p[..., 1] * turning + pull[..., 0],
            "runge_lenz_y": -p[..., 0] * turning + pull[..., 1],
        }

    def sample_initial(
        self, count: int, generator: torch.Generator
    ) -> Float[Tensor, "count state"]:
        """Draw speeds, offsets to both sides and directions of flight uniformly."""
        return self._sample(self.speed, count, generator)

    def sample_higher_energy(
        self, count: int, generator: torch.Generator
    ) -> Float[Tensor, "count state"]:
        """Draw speeds up to a tenth above the largest one."""
        return self._sample((self.speed[1], 1.1 * self.speed[1]), count, generator)

    def _sample(self, speed: Sequence[float], count: int, generator: torch.Generator) -> Tensor:
        size = uniform(speed, (count, 1), generator)
        offset = uniform((-self.offset, self.offset), (count, 1), generator)
        angle = uniform((0, 2 * math.pi), (count,), generator)
        flight = torch.stack((angle.cos(), angle.sin()), dim=-1)
        across = torch.stack((-angle.sin(), angle.cos()), dim=-1)
        position = offset * across - self.distance * flight
        return torch.cat((position, self.mass * size * flight), dim=-1)
