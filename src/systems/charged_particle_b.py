"""A charged particle in a uniform magnetic field."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

import torch
from jaxtyping import Float
from torch import Tensor

from ..mechanics.state import StateSpec, split_state
from .gyroscopic import GyroscopicSystem
from .magnetic import SPACE, about_the_axis, helix, symmetric_gauge
from .sampling import check_finite, check_positive, check_range, random_directions, uniform


@dataclass(frozen=True)
class ChargedParticleB(GyroscopicSystem):
    r"""A charge in a uniform magnetic field along z, and a uniform electric one along x.

    .. math:: H = \frac{|p - e A(q)|^2}{2 m} - e E x, \qquad A = \frac{B}{2}(-y, x, 0),
        \qquad \omega_c = \frac{e B}{m}

    The motion is a helix about z that turns clockwise at :math:`\omega_c`, whatever its radius;
    an electric field makes it drift along -y at :math:`E / B`, across both fields. The momentum is
    :math:`p = m v + e A`: a model that takes :math:`m v` for it learns from motions that no
    H can have.

    Source:
        L. D. Landau, E. M. Lifshitz, *The Classical Theory of Fields*, 4th ed., sections 21 and 22.

    Raises:
        ValueError: if the mass, the charge, the magnetic field, the range of speeds or the largest
            position is not positive, or the electric field is not finite.
    """

    domain: ClassVar[str] = "particle physics"

    mass: float = 1.0
    """Mass m, in kg."""
    charge: float = 1.0
    """Charge e, in C."""
    magnetic_field: float = 1.0
    """Field B along z, in T."""
    electric_field: float = 0.0
    """Field E along x, in V/m."""
    speed: Sequence[float] = (0.5, 1.5)
    """Range of the speeds of training motions, in m/s."""
    position: float = 1.0
    """Largest coordinate of a start, in m."""

    def __post_init__(self) -> None:
        check_positive(self, mass="kg", charge="C", magnetic_field="T", position="m")
        check_finite(self, electric_field="V/m")
        check_range(self, speed="m/s")

    @property
    def spec(self) -> StateSpec:
        """Positions x, y and z, in m, and their canonical momenta, in kg m/s."""
        return SPACE

    @property
    def masses(self) -> tuple[float, ...]:
        """The mass, once a coordinate."""
        return (self.mass,) * 3

    @property
    def cyclotron_frequency(self) -> float:
        """The angular frequency ``e B / m`` of all orbits, in rad/s."""
        return self.charge * self.magnetic_field / self.mass

    @property
    def drift(self) -> float:
        """The velocity ``-E / B`` along y with which orbits drift, in m/s."""
        return -self.electric_field / self.magnetic_field

    @property
    def time_scale(self) -> float:
        """The period of an orbit."""
        return 2 * math.pi / self.cyclotron_frequency

    @property
    def energy_scale(self) -> float:
        """The kinetic energy at the largest speed, and the work of E along the largest position."""
        work = self.charge * abs(self.electric_field) * self.position
        return self.mass * self.speed[1] ** 2 / 2 + work

    def vector_potential(self, q: Float[Tensor, "*batch dof"]) -> Float[Tensor, "*batch dof"]:
        """Return ``e B / 2 (-y, x, 0)``."""
        return symmetric_gauge(q, self.charge * self.magnetic_field)

    def potential(self, q: Float[Tensor, "*batch dof"]) -> Float[Tensor, "*batch"]:
        """Return ``-e E x``."""
        return -self.charge * self.electric_field * q[..., 0]

    def invariants(self, x: Float[Tensor, "*batch state"]) -> Mapping[str, Float[Tensor, "*batch"]]:
        """Return what fields that are the same everywhere keep.

        ``p_z``; the momentum along y of the centre of the orbit, ``m v_y + e B x``; and without an
        electric field that along x and the angular momentum about z,
        ``m (x v_y - y v_x) + e B rho^2 / 2``.
        """
        q, p = split_state(x)
        gauge = self.vector_potential(q)
        kept = {"momentum_z": p[..., 2], "centre_momentum_y": p[..., 1] + gauge[..., 1]}
        if self.electric_field == 0:
            kept["centre_momentum_x"] = p[..., 0] + gauge[..., 0]
            kept["angular_momentum_z"] = about_the_axis(q, p)
        return kept

    def exact_flow(
        self, x0: Float[Tensor, "*batch state"], t: Float[Tensor, " time"]
    ) -> Float[Tensor, "time *batch state"]:
        """Return the helix in the frame that drifts along."""
        q, v = split_state(self.to_velocity(x0))
        drift = torch.zeros_like(v)
        drift[..., 1] = self.drift
        times = t.reshape(-1, *[1] * (x0.ndim - 1))
        rate = torch.full_like(q[..., 0], self.cyclotron_frequency)
        position, velocity = helix(q, v - drift, rate, times)
        position = position + drift * times.unsqueeze(-1)
        return self.to_canonical(torch.cat((position, velocity + drift), dim=-1))

    def sample_initial(
        self, count: int, generator: torch.Generator
    ) -> Float[Tensor, "count state"]:
        """Draw speeds and positions uniformly in their ranges, and all directions alike."""
        return self._sample(self.speed, (-self.position, self.position), count, generator)

    def sample_higher_energy(
        self, count: int, generator: torch.Generator
    ) -> Float[Tensor, "count state"]:
        """Draw speeds up to a fifth above the largest one, on the side where V is highest."""
        side = self.position if self.electric_field < 0 else -self.position
        bounds = (-self.position, self.position) if self.electric_field == 0 else (side, side)
        return self._sample((self.speed[1], 1.2 * self.speed[1]), bounds, count, generator)

    def _sample(
        self, speed: Sequence[float], x: Sequence[float], count: int, generator: torch.Generator
    ) -> Tensor:
        position = uniform((-self.position, self.position), (count, 3), generator)
        position[:, 0] = uniform(x, (count,), generator)
        size = uniform(speed, (count, 1), generator)
        velocity = size * random_directions(count, 3, generator)
        return self.to_canonical(torch.cat((position, velocity), dim=-1))
