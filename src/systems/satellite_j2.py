"""A satellite of a planet that is flattened at its poles."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

import torch
from jaxtyping import Float
from torch import Tensor

from ..mechanics.state import StateSpec, split_state
from . import orbit
from .natural import SeparableSystem
from .sampling import (
    check_below_one,
    check_not_negative,
    check_positive,
    check_range,
    is_positive,
    uniform,
)


@dataclass(frozen=True)
class SatelliteJ2(SeparableSystem):
    r"""A satellite of unit mass in a low orbit about the flattened Earth, without air.

    .. math:: H = \frac{|p|^2}{2} - \frac{\mu}{r}
              \left(1 - J_2 \frac{R^2}{r^2} \frac{3 z^2 / r^2 - 1}{2}\right)

    with the pole along z. The bulge at the equator turns the plane of the orbit slowly about the
    pole, by about a degree in a day: of the angular momentum only the component along z is
    conserved. The term is a thousandth of the energy and adds up over many turns, so that it takes
    long motions and little noise to see it: ``data.horizon=86.4 data.noise=0`` is a day.

    Lengths are in Mm (1000 km), times in ks (1000 s) and hence speeds in km/s: a turn takes 6 ks,
    and no numbers are large. Energies and momenta are per unit of the satellite's mass.

    Starts are nearly circular, spread evenly over axes, inclinations, nodes and phases.

    Source:
        D. A. Vallado, *Fundamentals of Astrodynamics and Applications*, 4th ed., sections 8.6.1 and
        9.6; constants of WGS 84 (mu, R) and EGM96 (J2).

    Raises:
        ValueError: if mu, the planet's radius or the range of semi-major axes is not positive, J2
            is negative, the eccentricity is not one of an ellipse, the inclination exceeds half a
            turn, or orbits meet the ground.
    """

    domain: ClassVar[str] = "celestial mechanics"

    gravitational_parameter: float = 398.6004418
    """Constant of gravitation times the planet's mass, mu, in Mm^3/ks^2 (1000 km^3/s^2)."""
    radius: float = 6.378137
    """Radius R of the planet's equator, in Mm."""
    j2: float = 1.08262668e-3
    """Flattening of the field, J2, without unit; 0 is a sphere."""
    semi_major_axis: Sequence[float] = (6.7, 8.0)
    """Range of the semi-major axes of training orbits, in Mm from the planet's centre."""
    eccentricity: float = 0.02
    """Largest eccentricity of training orbits; 0 is a circle."""
    inclination: float = 1.92
    """Largest inclination of training orbits, in rad; from pi / 2 on they run westwards."""

    def __post_init__(self) -> None:
        check_positive(self, gravitational_parameter="Mm^3/ks^2", radius="Mm")
        check_not_negative(self, j2="(0 is a sphere)")
        check_range(self, semi_major_axis="Mm")
        check_below_one(self, eccentricity="(0 is a circle)")
        if not (is_positive(self.inclination) and self.inclination <= math.pi):
            raise ValueError(
                f"system.inclination must be positive and at most pi; got {self.inclination} rad."
            )
        lowest = self.semi_major_axis[0] * (1 - self.eccentricity)
        if lowest <= self.radius:
            raise ValueError(
                f"system.semi_major_axis must keep orbits above the ground: the smallest one times "
                f"1 - system.eccentricity is {lowest:g} Mm, and system.radius is {self.radius} Mm."
            )

    @property
    def time_unit(self) -> str:
        """Kiloseconds."""
        return "ks"

    @property
    def spec(self) -> StateSpec:
        """The place from the planet's centre, in Mm, and its momenta, in km/s per unit of mass."""
        return StateSpec(positions=("x", "y", "z"), angular=(False,) * 3)

    @property
    def landmarks(self) -> tuple[tuple[float, float], ...]:
        """The planet's centre."""
        return ((0.0, 0.0),)

    @property
    def masses(self) -> tuple[float, ...]:
        """One: all is per unit of mass."""
        return (1.0, 1.0, 1.0)

    @property
    def time_scale(self) -> float:
        """The period in the middle of the range about a sphere, in ks."""
        return orbit.period(sum(self.semi_major_axis) / 2, self.gravitational_parameter)

    @property
    def energy_scale(self) -> float:
        """The binding energy in the middle of the range about a sphere, in km^2/s^2."""
        return self.gravitational_parameter / sum(self.semi_major_axis)

    def potential(self, q: Float[Tensor, "*batch dof"]) -> Float[Tensor, "*batch"]:
        """Return the attraction of the sphere and of the bulge."""
        square = q.square().sum(-1)
        tilt = (3 * q[..., 2].square() / square - 1) / 2
        bulge = self.j2 * self.radius**2 / square * tilt
        return -self.gravitational_parameter * square.rsqrt() * (1 - bulge)

    def invariants(self, x: Float[Tensor, "*batch state"]) -> Mapping[str, Float[Tensor, "*batch"]]:
        """Return the angular momentum about the pole; the other components turn about it."""
        q, p = split_state(x)
        return {"angular_momentum_z": q[..., 0] * p[..., 1] - q[..., 1] * p[..., 0]}

    def node_rate(self, semi_major_axis: float, eccentricity: float, inclination: float) -> float:
        """Return how fast the plane of an orbit turns eastwards, in rad/ks, to first order in J2.

        Source:
            Vallado, section 9.6: ``-3/2 n J2 (R / p)^2 cos i`` with ``p = a (1 - e^2)``.
        """
        rate = 2 * math.pi / orbit.period(semi_major_axis, self.gravitational_parameter)
        flattened = self.radius / (semi_major_axis * (1 - eccentricity**2))
        return -1.5 * rate * self.j2 * flattened**2 * math.cos(inclination)

    def sample_initial(
        self, count: int, generator: torch.Generator
    ) -> Float[Tensor, "count state"]:
        """Draw all six elements of the orbits uniformly, as if the planet were a sphere."""
        return self._sample(self.semi_major_axis, count, generator)

    def sample_higher_energy(
        self, count: int, generator: torch.Generator
    ) -> Float[Tensor, "count state"]:
        """Draw semi-major axes a twentieth to a fifth above the largest one."""
        high = self.semi_major_axis[1]
        return self._sample((1.05 * high, 1.2 * high), count, generator)

    def _sample(self, axis: Sequence[float], count: int, generator: torch.Generator) -> Tensor:
        turn = (0, 2 * math.pi)
        vectors = orbit.on_ellipse(
            uniform(axis, (count,), generator),
            uniform((0, self.eccentricity), (count,), generator),
            uniform(turn, (count,), generator),
            self.gravitational_parameter,
        )
        angles = (
            uniform(turn, (count,), generator),
            uniform((0, self.inclination), (count,), generator),
            uniform(turn, (count,), generator),
        )
        return torch.cat([orbit.oriented(vector, *angles) for vector in vectors], dim=-1)
