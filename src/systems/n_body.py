"""Any number of bodies that attract each other."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import torch
from jaxtyping import Float
from torch import Tensor

from ..mechanics.state import split_state
from .gravity import Gravity
from .sampling import (
    check_count,
    check_not_negative,
    check_positive,
    check_range,
    is_positive,
    uniform,
)

MOST = 64
"""Bodies in the largest cluster."""
SIZING_STEPS = 30
"""Fixed-point steps for the size of a cluster: the error shrinks by the part of softening."""


@dataclass(frozen=True)
class NBody(Gravity):
    r"""A cluster of bodies in a plane or in space, about its centre of mass at rest in the origin.

    .. math:: H = \sum_i \frac{|p_i|^2}{2 m_i}
        - \sum_{i<j} \frac{G m_i m_j}{\sqrt{|r_i - r_j|^2 + \varepsilon^2}}

    Starts are in virial equilibrium, ``2 T = -V``, with normal positions and velocities: a cluster
    of the total mass M and the virial radius R has the energy :math:`-G M^2 / 4R`. With G = M = R =
    1 these are the standard units of N-body simulations, in which a body crosses the cluster in
    :math:`2\sqrt2`. Motions are chaotic, and the potential is softened so that bodies may meet.

    Source:
        D. C. Heggie, R. D. Mathieu, *Standardised units and time scales*, in *The Use of
        Supercomputers in Stellar Dynamics*, Lecture Notes in Physics 267 (1986), 233.

    Raises:
        ValueError: if there are not from 2 to 64 bodies, in two or three dimensions, a mass, the
            constant of gravitation or the range of radii is not positive, or the softening is
            negative or exceeds a quarter of the smallest radius, in which no such cluster would be.
    """

    domain: ClassVar[str] = "celestial mechanics"

    mass: Sequence[float] = (0.2, 0.2, 0.2, 0.2, 0.2)
    """Masses of the bodies, in kg: as many as there are."""
    dimensions: int = 2
    """2 for a plane, 3 for space."""
    gravitation: float = 1.0
    """Constant G, in m^3/(kg s^2)."""
    softening: float = 0.1
    """Plummer's length epsilon, in m."""
    radius: Sequence[float] = (0.9, 1.2)
    """Range of the virial radii R of training motions, in m."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "mass", tuple(self.mass))
        if not 2 <= len(self.mass) <= MOST or not all(map(is_positive, self.mass)):
            raise ValueError(
                f"system.mass must hold from 2 to {MOST} positive masses; got {list(self.mass)} kg."
            )
        check_count(self, "dimensions", 2, 3, "dimensions")
        check_positive(self, gravitation="m^3/(kg s^2)")
        check_not_negative(self, softening="m")
        check_range(self, radius="m")
        if self.softening > self.radius[0] / 4:
            raise ValueError(
                f"system.softening must be at most a quarter of the smallest radius, "
                f"{self.radius[0] / 4:g} m; got {self.softening} m."
            )

    @property
    def axes(self) -> str:
        """Those of the plane, or of space."""
        return "xyz"[: self.dimensions]

    @property
    def bodies(self) -> tuple[float, ...]:
        """The masses."""
        return tuple(self.mass)

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
        """The crossing time ``G M^(5/2) / (2 |E|)^(3/2)`` in the middle of the range."""
        middle = sum(self.radius) / 2
        return 2 * math.sqrt(2 * middle**3 / (self.gravitation * sum(self.mass)))

    @property
    def training_horizon(self) -> float:
        """One time scale: the centre of mass rests in all motions, longer ones tell no more."""
        return self.time_scale

    @property
    def energy_scale(self) -> float:
        """The binding energy ``G M^2 / 4R`` in the middle of the range."""
        return self._strength / (2 * sum(self.radius))

    def sample_initial(
        self, count: int, generator: torch.Generator
    ) -> Float[Tensor, "count state"]:
        """Draw virial radii uniformly, and normal clusters of that size."""
        return self._sample(self.radius, count, generator)

    def sample_higher_energy(
        self, count: int, generator: torch.Generator
    ) -> Float[Tensor, "count state"]:
        """Draw virial radii from a quarter to a half above the largest one."""
        return self._sample((1.25 * self.radius[1], 1.5 * self.radius[1]), count, generator)

    @property
    def _strength(self) -> float:
        return self.gravitation * sum(self.mass) ** 2

    def _sample(self, radius: Sequence[float], count: int, generator: torch.Generator) -> Tensor:
        energy = -self._strength / (4 * uniform(radius, (count, 1), generator))
        shape = (2, count, len(self.mass), self.dimensions)
        position, velocity = torch.randn(shape, generator=generator, dtype=torch.float64)
        mass = torch.tensor(self.mass, dtype=torch.float64)[:, None]
        centred = position - (mass * position).sum(1, keepdim=True) / mass.sum()
        # Bodies of any mass share the kinetic energy.
        q, p = split_state(self._state(centred, velocity / mass.sqrt()))
        for _ in range(SIZING_STEPS):  # one would do without softening
            q = q * self.potential(q).unsqueeze(-1) / (2 * energy)
        kinetic = (p * self.velocity(p)).sum(-1, keepdim=True) / 2
        return torch.cat((q, p * (-energy / kinetic).sqrt()), dim=-1)
