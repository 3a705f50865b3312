"""The Sun and some of its planets."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import torch
from jaxtyping import Float
from torch import Tensor

from . import orbit
from .gravity import Gravity
from .sampling import check_range, uniform

_AU, _YEAR = 149597870.7, 365.25 * 86400.0
"""The astronomical unit, in km (IAU, 2012), and the Julian year, in s."""
_SUN = 132712440041.27942
"""Constant of gravitation times the mass of the Sun, in km^3/s^2 (DE440)."""
_GRAVITATION = _SUN / _AU**3 * _YEAR**2
"""Constant of gravitation, in AU^3/yr^2 for each mass of the Sun: 39.4769, close to 4 pi^2."""

_PLANETS = {
    "mercury": 22031.868551,
    "venus": 324858.592,
    "earth": 403503.235625,
    "mars": 42828.375816,
    "jupiter": 126712764.1,
    "saturn": 37940584.8418,
    "uranus": 5794556.4,
    "neptune": 6836527.10058,
}
"""Constant of gravitation times the mass of each planet with its moons, in km^3/s^2 (DE440)."""

_ELEMENTS = {
    "mercury": (
        (0.38709927, 0.20563593, 7.00497902, 252.25032350, 77.45779628, 48.33076593),
        (0.00000037, 0.00001906, -0.00594749, 149472.67411175, 0.16047689, -0.12534081),
    ),
    "venus": (
        (0.72333566, 0.00677672, 3.39467605, 181.97909950, 131.60246718, 76.67984255),
        (0.00000390, -0.00004107, -0.00078890, 58517.81538729, 0.00268329, -0.27769418),
    ),
    "earth": (
        (1.00000261, 0.01671123, -0.00001531, 100.46457166, 102.93768193, 0.0),
        (0.00000562, -0.00004392, -0.01294668, 35999.37244981, 0.32327364, 0.0),
    ),
    "mars": (
        (1.52371034, 0.09339410, 1.84969142, -4.55343205, -23.94362959, 49.55953891),
        (0.00001847, 0.00007882, -0.00813131, 19140.30268499, 0.44441088, -0.29257343),
    ),
    "jupiter": (
        (5.20288700, 0.04838624, 1.30439695, 34.39644051, 14.72847983, 100.47390909),
        (-0.00011607, -0.00013253, -0.00183714, 3034.74612775, 0.21252668, 0.20469106),
    ),
    "saturn": (
        (9.53667594, 0.05386179, 2.48599187, 49.95424423, 92.59887831, 113.66242448),
        (-0.00125060, -0.00050991, 0.00193609, 1222.49362201, -0.41897216, -0.28867794),
    ),
    "uranus": (
        (19.18916464, 0.04725744, 0.77263783, 313.23810451, 170.95427630, 74.01692503),
        (-0.00196176, -0.00004397, -0.00242939, 428.48202785, 0.40805281, 0.04240589),
    ),
    "neptune": (
        (30.06992276, 0.00859048, 1.77004347, -55.12002969, 44.96476227, 131.78422574),
        (0.00026291, 0.00005105, 0.00035372, 218.45945325, -0.32241464, -0.00508664),
    ),
}
"""Semi-major axis (AU), eccentricity, inclination, mean longitude, longitudes of the perihelion and
of the node (degrees), on 1 January 2000 at noon and as rates a century; of the barycentres of the
planets with their moons, on the ecliptic and equinox of that day.

E. M. Standish, J. G. Williams, *Approximate positions of the planets*, Jet Propulsion Laboratory,
table 1; good to 20 arc seconds within Mars, 600 for Saturn.
"""
_VALID = (1800.0, 2050.0)


@dataclass(frozen=True)
class SolarSystem(Gravity):
    r"""The Sun and some of its planets as point masses in space, under Newton's law.

    .. math:: H = \sum_i \frac{|p_i|^2}{2 m_i} - \sum_{i<j} \frac{G m_i m_j}{|r_i - r_j|}

    Body 1 is the Sun and the others are planets, in the order of ``planets``; "earth" is the Earth
    and the Moon together. Coordinates are those of the ecliptic, about the centre of mass at rest.
    Lengths are in AU, times in Julian years, masses in those of the Sun, hence energies in solar
    masses times AU^2/yr^2.

    Training motions start where the planets stood at some moment of ``years``, so that they are all
    on the same orbits, each planet at any place of its own. The masses of Sun and Mercury differ
    by six million: planets of like masses, as the default ones, are easier to learn together.

    Source:
        Orbits: E. M. Standish, J. G. Williams, *Approximate positions of the planets*, Jet
        Propulsion Laboratory, table 1. Masses: R. S. Park et al., *The JPL planetary and lunar
        ephemerides DE440 and DE441*, The Astronomical Journal 161:105, 2021, table 2.

    Raises:
        ValueError: if the planets are not of the eight, once each, or the years do not lie
            within 1800 and 2050, for which the orbits hold.
    """

    domain: ClassVar[str] = "celestial mechanics"

    planets: Sequence[str] = ("jupiter", "saturn")
    """Names of the planets: mercury, venus, earth, mars, jupiter, saturn, uranus, neptune."""
    years: Sequence[float] = (1800.0, 2050.0)
    """Range of the moments at which training motions start, as Julian years."""

    def __post_init__(self) -> None:
        planets = () if isinstance(self.planets, str) else tuple(self.planets)
        if not planets or len(set(planets)) < len(planets) or not _PLANETS.keys() >= set(planets):
            raise ValueError(
                f"system.planets must name planets out of {', '.join(_PLANETS)}, once each; "
                f"got {self.planets if isinstance(self.planets, str) else list(planets)}."
            )
        object.__setattr__(self, "planets", planets)
        check_range(self, years="yr")
        if not (_VALID[0] <= self.years[0] and self.years[1] <= _VALID[1]):
            raise ValueError(
                f"system.years must lie within {_VALID[0]:g} and {_VALID[1]:g}, for which the "
                f"orbits of the planets are given; got {list(self.years)} yr."
            )

    @property
    def time_unit(self) -> str:
        """Years."""
        return "yr"

    @property
    def bodies(self) -> tuple[float, ...]:
        """The masses, in those of the Sun."""
        return (1.0, *(_PLANETS[planet] / _SUN for planet in self.planets))

    @property
    def coupling(self) -> float:
        """The constant of gravitation, in AU^3/yr^2 for each mass of the Sun."""
        return _GRAVITATION

    @property
    def time_scale(self) -> float:
        """The period of the innermost planet, in yr: it sets the step."""
        axis, mass = min(self._circles())
        return orbit.period(axis, self.coupling * (1 + mass))

    @property
    def energy_scale(self) -> float:
        """The sum of what binds each planet to the Sun, ``G m / 2a``."""
        return self.coupling * sum(mass / (2 * axis) for axis, mass in self._circles())

    def _circles(self) -> list[tuple[float, float]]:
        axes = [_ELEMENTS[planet][0][0] for planet in self.planets]
        return list(zip(axes, self.bodies[1:], strict=True))

    def at(self, years: Float[Tensor, " count"]) -> Float[Tensor, "count state"]:
        """Return where Sun and planets stood at these moments, as Julian years.

        The year 2000 began, in this count, at noon of 1 January (barycentric dynamical time).
        """
        return self._places(years.double(), torch.ones(1, len(self.planets)).double())

    def sample_initial(
        self, count: int, generator: torch.Generator
    ) -> Float[Tensor, "count state"]:
        """Draw moments uniformly out of the years."""
        return self.at(uniform(self.years, (count,), generator))

    def sample_higher_energy(
        self, count: int, generator: torch.Generator
    ) -> Float[Tensor, "count state"]:
        """Draw moments too, and make each planet 1 to 3 percent faster about the Sun."""
        years = uniform(self.years, (count,), generator)
        return self._places(years, uniform((1.01, 1.03), (count, len(self.planets)), generator))

    def _places(self, years: Tensor, speed: Tensor) -> Tensor:
        """Return states with the planets' speeds about the Sun multiplied by ``speed``."""
        sun = torch.zeros(len(years), 3, dtype=torch.float64)
        positions, velocities = [sun], [sun]
        for k, (planet, mass) in enumerate(zip(self.planets, self.bodies[1:], strict=True)):
            start, rate = torch.tensor(_ELEMENTS[planet], dtype=torch.float64)
            elements = start + (years[:, None] - 2000) / 100 * rate
            axis, eccentricity = elements[:, 0], elements[:, 1]
            inclination, longitude, perihelion, node = (elements[:, 2:] * math.pi / 180).unbind(-1)
            mu = self.coupling * (1 + mass)
            # Within a turn, for the last digits of its sine.
            anomaly = torch.remainder(longitude - perihelion, 2 * math.pi)
            vectors = orbit.on_ellipse(axis, eccentricity, anomaly, mu)
            position, velocity = (
                orbit.oriented(vector, node, inclination, perihelion - node) for vector in vectors
            )
            positions.append(position)
            velocities.append(speed[:, k : k + 1] * velocity)
        position = torch.stack(positions, dim=1)
        mass = torch.tensor(self.bodies, dtype=torch.float64)[:, None]
        centre = (mass * position).sum(1, keepdim=True) / mass.sum()
        return self._state(position - centre, torch.stack(velocities, dim=1))
