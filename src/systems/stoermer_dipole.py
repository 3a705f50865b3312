"""A charged particle in the field of a magnetic dipole."""

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
from .magnetic import SPACE, about_the_axis
from .sampling import check_positive, check_range, uniform

FASTER = 1.2
"""How much faster than the fastest training motion the starts of higher energies may be."""
STEEPEST = 0.7
"""Largest cosine of the angle between initial velocity and field: mirrors stay in low latitudes."""


@dataclass(frozen=True)
class StoermerDipole(GyroscopicSystem):
    r"""A charge in the field of a magnetic dipole along z: a particle of a radiation belt.

    .. math:: H = \frac{|p - e A(q)|^2}{2 m}, \qquad A = \mu \frac{(-y, x, 0)}{r^3}

    The field on the equator is :math:`\mu / r^3`, along -z. The charge turns about a line of the
    field, bounces between the latitudes where the field is strong, and drifts about the axis. Its
    speed is constant, as is :math:`p_\varphi`, and they bound the motion: a particle that starts
    inside :math:`C = \sqrt{e \mu / m v}` with :math:`p_\varphi > 2 m v C` never leaves. Beyond,
    the motion is chaotic.

    Source:
        C. Stoermer, *The Polar Aurora*, 1955, part II; A. J. Dragt, *Trapped orbits in a magnetic
        dipole field*, Rev. Geophys. 3, 255 (1965).

    Raises:
        ValueError: if a parameter is not positive, or the fastest starts would not be trapped.
    """

    domain: ClassVar[str] = "particle physics"

    mass: float = 1.0
    """Mass m, in kg."""
    charge: float = 1.0
    """Charge e, in C."""
    moment: float = 12.0
    """Strength mu of the dipole, in T m^3: ``mu_0 / 4 pi`` times its magnetic moment."""
    radius: Sequence[float] = (0.9, 1.1)
    """Range of the distances of starts from the dipole, in m, on the equator."""
    speed: Sequence[float] = (0.5, 1.0)
    """Range of the speeds of training motions, in m/s."""

    def __post_init__(self) -> None:
        check_positive(self, mass="kg", charge="C", moment="T m^3")
        check_range(self, radius="m", speed="m/s")
        self._check_trapped()

    def _check_trapped(self) -> None:
        """Refuse starts outside the inner region that the speed and p_phi allow.

        The least p_phi is that of a start at the largest radius against the drift.
        """
        speed, radius, coupling = FASTER * self.speed[1], self.radius[1], self.charge * self.moment
        edge = math.sqrt(coupling / (self.mass * speed))
        least = coupling / radius - self.mass * speed * radius
        if radius >= edge or least <= 2 * self.mass * speed * edge:
            raise ValueError(
                f"system.speed and system.radius must keep the charge trapped near the dipole; got "
                f"speeds up to {self.speed[1]} m/s at radii up to {radius} m, and with a fifth "
                f"more speed the field of system.moment={self.moment} T m^3 holds it only well "
                f"inside of {edge:.4g} m. Use slower or closer starts, or a larger system.moment."
            )

    @property
    def spec(self) -> StateSpec:
        """Positions x, y and z, in m, and their canonical momenta, in kg m/s."""
        return SPACE

    @property
    def landmarks(self) -> tuple[tuple[float, float], ...]:
        """The dipole."""
        return ((0.0, 0.0),)

    @property
    def masses(self) -> tuple[float, ...]:
        """The mass, once a coordinate."""
        return (self.mass,) * 3

    @property
    def time_scale(self) -> float:
        """The period of a turn about the field, on the equator in the middle of the range."""
        middle = sum(self.radius) / 2
        return 2 * math.pi * self.mass * middle**3 / (self.charge * self.moment)

    @property
    def training_horizon(self) -> float:
        r"""About one bounce between north and south, at middle speed and radius.

        A bounce takes :math:`4 R / v \cdot (1.30 - 0.56 \sin\alpha)` with the angle alpha of
        velocity and field on the equator: 0.74 to 0.9 of ``4 R / v`` for those of the starts.

        Source:
            Hamlin, Karplus, Vik, Watson, *Mirror and azimuthal drift frequencies for
            geomagnetically trapped particles*, J. Geophys. Res. 66, 1 (1961).
        """
        return 4 * sum(self.radius) / sum(self.speed)

    @property
    def energy_scale(self) -> float:
        """The energy at the largest speed."""
        return self.mass * self.speed[1] ** 2 / 2

    def vector_potential(self, q: Float[Tensor, "*batch dof"]) -> Float[Tensor, "*batch dof"]:
        """Return ``e mu (-y, x, 0) / r^3``."""
        x, y, z = q.unbind(-1)
        strength = self.charge * self.moment * q.square().sum(-1) ** -1.5
        return torch.stack((-y * strength, x * strength, torch.zeros_like(z)), dim=-1)

    def potential(self, q: Float[Tensor, "*batch dof"]) -> Float[Tensor, "*batch"]:
        """Return zero: a magnetic field does no work."""
        return torch.zeros_like(q[..., 0])

    def invariants(self, x: Float[Tensor, "*batch state"]) -> Mapping[str, Float[Tensor, "*batch"]]:
        """Return the angular momentum about z, ``p_phi``; the speed is constant with the energy."""
        return {"angular_momentum_z": about_the_axis(*split_state(x))}

    def sample_initial(
        self, count: int, generator: torch.Generator
    ) -> Float[Tensor, "count state"]:
        """Draw starts on the equator: radii, speeds, longitudes and gyration phases uniformly."""
        return self._sample(self.speed, count, generator)

    def sample_higher_energy(
        self, count: int, generator: torch.Generator
    ) -> Float[Tensor, "count state"]:
        """Draw speeds up to a fifth above the largest one."""
        return self._sample((self.speed[1], FASTER * self.speed[1]), count, generator)

    def _sample(self, speed: Sequence[float], count: int, generator: torch.Generator) -> Tensor:
        radius, size = (
            uniform(self.radius, (count,), generator),
            uniform(speed, (count,), generator),
        )
        longitude, phase = uniform((0, 2 * math.pi), (2, count), generator)
        along = uniform((-STEEPEST, STEEPEST), (count,), generator)
        across = (1 - along.square()).sqrt()
        zero = torch.zeros_like(radius)
        q = radius.unsqueeze(-1) * torch.stack((longitude.cos(), longitude.sin(), zero), dim=-1)
        direction = torch.stack((across * phase.cos(), across * phase.sin(), along), dim=-1)
        return self.to_canonical(torch.cat((q, size.unsqueeze(-1) * direction), dim=-1))
