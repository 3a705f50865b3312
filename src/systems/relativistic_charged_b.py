"""A relativistic charge in a uniform magnetic field."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

import torch
from jaxtyping import Float
from torch import Tensor

from ..mechanics.state import StateSpec, split_state
from .base import System
from .magnetic import SPACE, about_the_axis, helix, symmetric_gauge
from .relativistic import (
    free_lagrangian,
    kinetic_energy,
    lorentz_factor,
    momentum_of,
    velocity_of,
)
from .sampling import check_positive, check_range, random_directions, uniform


@dataclass(frozen=True)
class RelativisticChargedB(System):
    r"""A fast charge in a uniform magnetic field along z, without radiation.

    .. math:: L = m c^2 \left(1 - \sqrt{1 - v^2/c^2}\right) + e A \cdot v, \qquad
        H = \sqrt{m^2 c^4 + c^2 |p - e A|^2} - m c^2, \qquad \omega = \frac{e B}{\gamma m}

    A helix as of a slow charge, but fast ones turn more slowly: the energy shows in the frequency.
    The energy at rest is taken off.

    Source:
        L. D. Landau, E. M. Lifshitz, *The Classical Theory of Fields*, 4th ed., sections 16 and 21.

    Raises:
        ValueError: if a parameter is not positive.
    """

    domain: ClassVar[str] = "particle physics"

    mass: float = 1.0
    """Mass m, in kg."""
    charge: float = 1.0
    """Charge e, in C."""
    magnetic_field: float = 1.0
    """Field B along z, in T."""
    light_speed: float = 1.0
    """Speed of light c, in m/s: the unit of speeds, so that these motions are fast."""
    momentum: Sequence[float] = (0.3, 1.5)
    """Range of the kinetic momenta ``gamma m v`` of training motions, in units of m c."""
    position: float = 1.0
    """Largest coordinate of a start, in m."""

    def __post_init__(self) -> None:
        check_positive(
            self, mass="kg", charge="C", magnetic_field="T", light_speed="m/s", position="m"
        )
        check_range(self, momentum="m c")

    @property
    def spec(self) -> StateSpec:
        """Positions x, y and z, in m, and their canonical momenta, in kg m/s."""
        return SPACE

    @property
    def reversible(self) -> bool:
        """Not: reversing the momenta does not reverse the field."""
        return False

    @property
    def time_scale(self) -> float:
        """The period of an orbit in the middle of the range of momenta."""
        gamma = math.hypot(1, sum(self.momentum) / 2)
        return 2 * math.pi * gamma * self.mass / (self.charge * self.magnetic_field)

    @property
    def energy_scale(self) -> float:
        """The kinetic energy at the largest momentum."""
        return self.mass * self.light_speed**2 * (math.hypot(1, self.momentum[1]) - 1)

    def vector_potential(self, q: Float[Tensor, "*batch dof"]) -> Float[Tensor, "*batch dof"]:
        """Return ``e B / 2 (-y, x, 0)``."""
        return symmetric_gauge(q, self.charge * self.magnetic_field)

    def gamma(self, x: Float[Tensor, "*batch state"]) -> Float[Tensor, "*batch"]:
        """Return the Lorentz factor at ``x = (q, p)``."""
        return lorentz_factor(self._kinetic_momentum(x), self.mass, self.light_speed).squeeze(-1)

    def _kinetic_momentum(self, x: Tensor) -> Tensor:
        q, p = split_state(x)
        return p - self.vector_potential(q)

    def to_velocity(self, x: Float[Tensor, "*batch state"]) -> Float[Tensor, "*batch state"]:
        """Return ``(q, (p - e A) / (gamma m))``."""
        q, _ = split_state(x)
        v = velocity_of(self._kinetic_momentum(x), self.mass, self.light_speed)
        return torch.cat((q, v), dim=-1)

    def to_canonical(self, x: Float[Tensor, "*batch state"]) -> Float[Tensor, "*batch state"]:
        """Return ``(q, gamma m v + e A)``."""
        q, v = split_state(x)
        p = momentum_of(v, self.mass, self.light_speed) + self.vector_potential(q)
        return torch.cat((q, p), dim=-1)

    def hamiltonian(
        self, x: Float[Tensor, "*batch state"], t: Tensor | None = None
    ) -> Float[Tensor, "*batch"]:
        """Return ``m c^2 (gamma - 1)``."""
        return kinetic_energy(self._kinetic_momentum(x), self.mass, self.light_speed)

    def lagrangian(
        self, x: Float[Tensor, "*batch state"], t: Tensor | None = None
    ) -> Float[Tensor, "*batch"]:
        """Return ``m c^2 (1 - 1 / gamma) + e A . v``."""
        q, v = split_state(x)
        magnetic = (self.vector_potential(q) * v).sum(-1)
        return free_lagrangian(v, self.mass, self.light_speed) + magnetic

    def invariants(self, x: Float[Tensor, "*batch state"]) -> Mapping[str, Float[Tensor, "*batch"]]:
        """Return ``p_z`` and the angular momentum about z; gamma is constant with the energy."""
        q, p = split_state(x)
        return {"momentum_z": p[..., 2], "angular_momentum_z": about_the_axis(q, p)}

    def exact_flow(
        self, x0: Float[Tensor, "*batch state"], t: Float[Tensor, " time"]
    ) -> Float[Tensor, "time *batch state"]:
        """Return the helix of each start, at its own frequency."""
        q, v = split_state(self.to_velocity(x0))
        rate = self.charge * self.magnetic_field / (self.mass * self.gamma(x0))
        position, velocity = helix(q, v, rate, t.reshape(-1, *[1] * (x0.ndim - 1)))
        return self.to_canonical(torch.cat((position, velocity), dim=-1))

    def sample_initial(
        self, count: int, generator: torch.Generator
    ) -> Float[Tensor, "count state"]:
        """Draw momenta and positions uniformly in their ranges, and all directions alike."""
        return self._sample(self.momentum, count, generator)

    def sample_higher_energy(
        self, count: int, generator: torch.Generator
    ) -> Float[Tensor, "count state"]:
        """Draw kinetic momenta up to a fifth above the largest one."""
        return self._sample((self.momentum[1], 1.2 * self.momentum[1]), count, generator)

    def _sample(self, momentum: Sequence[float], count: int, generator: torch.Generator) -> Tensor:
        q = uniform((-self.position, self.position), (count, 3), generator)
        size = self.mass * self.light_speed * uniform(momentum, (count, 1), generator)
        p = size * random_directions(count, 3, generator) + self.vector_potential(q)
        return torch.cat((q, p), dim=-1)
