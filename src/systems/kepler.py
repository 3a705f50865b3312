"""One body about a fixed centre."""

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
from .sampling import check_below_one, check_positive, check_range, uniform


@dataclass(frozen=True)
class Kepler(SeparableSystem):
    r"""A planet of unit mass about a fixed sun, in a plane.

    .. math:: H = \frac{|p|^2}{2} - \frac{\mu}{|r|}

    Orbits are conic sections with the sun in a focus; ellipses have the energy
    :math:`-\mu/2a` and the period :math:`2\pi\sqrt{a^3/\mu}`. They neither precess nor open,
    since the Laplace-Runge-Lenz vector is conserved: one invariant more than the symmetries of
    space would give.

    Astronomical units: lengths in AU, times in years, so that the default :math:`\mu = 4\pi^2`
    is the sun and the Earth's orbit has a = 1 and the period 1. The planet's mass does not matter,
    and all energies and momenta are per unit of it.

    Starts lie on ellipses that turn counter-clockwise, with any direction of the pericentre,
    evenly distributed in time. Very eccentric ones need a small step at the pericentre.

    Source:
        H. Goldstein, *Classical Mechanics*, 3rd ed., eqs. (3.71) and (3.82), section 3.8.

    Raises:
        ValueError: if mu or the range of semi-major axes is not positive, or the eccentricity is
            not one of an ellipse.
    """

    domain: ClassVar[str] = "celestial mechanics"

    gravitational_parameter: float = 4 * math.pi**2
    """Constant of gravitation times the mass of the sun, mu, in AU^3/yr^2."""
    semi_major_axis: Sequence[float] = (0.5, 2.0)
    """Range of half the longest diameters of training orbits, in AU."""
    eccentricity: float = 0.6
    """Largest eccentricity of training orbits: 0 is a circle, 1 would be a parabola."""

    def __post_init__(self) -> None:
        check_positive(self, gravitational_parameter="AU^3/yr^2")
        check_range(self, semi_major_axis="AU")
        check_below_one(self, eccentricity="(0 is a circle)")

    @property
    def time_unit(self) -> str:
        """Years."""
        return "yr"

    @property
    def spec(self) -> StateSpec:
        """The place, in AU, and its momenta, in AU/yr for each unit of mass."""
        return StateSpec(positions=("x", "y"), angular=(False, False))

    @property
    def landmarks(self) -> tuple[tuple[float, float], ...]:
        """The sun."""
        return ((0.0, 0.0),)

    @property
    def masses(self) -> tuple[float, ...]:
        """One: all is per unit of mass."""
        return (1.0, 1.0)

    @property
    def time_scale(self) -> float:
        """The period in the middle of the range, in yr.

        Two of them, a training motion, are one turn of an orbit 1.59 times as wide as that.
        """
        return orbit.period(sum(self.semi_major_axis) / 2, self.gravitational_parameter)

    @property
    def energy_scale(self) -> float:
        """The binding energy in the middle of the range, in AU^2/yr^2."""
        return self.gravitational_parameter / sum(self.semi_major_axis)

    def potential(self, q: Float[Tensor, "*batch dof"]) -> Float[Tensor, "*batch"]:
        """Return ``-mu / |r|``."""
        return -self.gravitational_parameter * q.square().sum(-1).rsqrt()

    def invariants(self, x: Float[Tensor, "*batch state"]) -> Mapping[str, Float[Tensor, "*batch"]]:
        """Return the angular momentum and the two components of the Laplace-Runge-Lenz vector."""
        q, p = split_state(x)
        vector = orbit.runge_lenz(q, p, self.gravitational_parameter)
        return {
            "angular_momentum": q[..., 0] * p[..., 1] - q[..., 1] * p[..., 0],
            "runge_lenz_x": vector[..., 0],
            "runge_lenz_y": vector[..., 1],
        }

    def exact_flow(
        self, x0: Float[Tensor, "*batch state"], t: Float[Tensor, " time"]
    ) -> Float[Tensor, "time *batch state"]:
        """Return the motion on any conic section, by Kepler's equation."""
        q, p = split_state(x0)
        times = t.reshape(-1, *[1] * (x0.ndim - 1))
        return torch.cat(orbit.follow(q, p, self.gravitational_parameter, times), dim=-1)

    def sample_initial(
        self, count: int, generator: torch.Generator
    ) -> Float[Tensor, "count state"]:
        """Draw axes, eccentricities, directions and times since the pericentre uniformly."""
        return self._sample(self.semi_major_axis, count, generator)

    def sample_higher_energy(
        self, count: int, generator: torch.Generator
    ) -> Float[Tensor, "count state"]:
        """Draw semi-major axes from just above the largest one to a quarter above it."""
        high = self.semi_major_axis[1]
        return self._sample((1.01 * high, 1.25 * high), count, generator)

    def _sample(self, axis: Sequence[float], count: int, generator: torch.Generator) -> Tensor:
        turn, none = (0, 2 * math.pi), torch.zeros(count, dtype=torch.float64)
        vectors = orbit.on_ellipse(
            uniform(axis, (count,), generator),
            uniform((0, self.eccentricity), (count,), generator),
            uniform(turn, (count,), generator),
            self.gravitational_parameter,
        )
        direction = uniform(turn, (count,), generator)
        plane = [orbit.oriented(vector, none, none, direction)[:, :2] for vector in vectors]
        return torch.cat(plane, dim=-1)
