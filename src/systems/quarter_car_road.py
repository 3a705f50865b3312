"""A quarter of a car on a road."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

import torch
from jaxtyping import Float
from torch import Tensor

from ..mechanics.state import StateSpec
from .car import CarParts
from .constants import like
from .port_poisson import PortPoissonSystem
from .sampling import random_directions, uniform
from .sketch import Sketch

_BRACKETS = (0.0, 0.0, 1.0, -1.0, 0.0, 0.0, 0.0, 1.0, -1.0, 0.0, 0.0, 0.0, 1.0, -1.0, 0.0, 0.0)


@dataclass(frozen=True)
class QuarterCarRoad(CarParts, PortPoissonSystem):
    r"""Body, suspension, wheel and tyre on a road that rises and falls below.

    .. math:: H = \frac{p_s^2}{2 m_s} + \frac{p_u^2}{2 m_u} + \frac{k_s}{2} s^2
        + \frac{k_t}{2} r^2, \qquad \dot s = v_s - v_u, \quad \dot r = v_u - w

    with the stretches s of the suspension and r of the tyre. The road acts by its vertical velocity
    w below the wheel: held from sample to sample, it is a road of straight pieces. Energy needs the
    stretches alone and no height, which no driver can tell. They are no partners of the momenta,
    and the brackets are constant.

    Source:
        A. van der Schaft, D. Jeltsema, *Port-Hamiltonian Systems Theory: An Introductory Overview*,
        2014, sections 2.2 and 2.4; the car is that of :class:`QuarterCar`.

    Raises:
        ValueError: if a mass, a stiffness or the range of travels is not positive, or the damper
            is negative.
    """

    domain: ClassVar[str] = "mechanical engineering"

    damper: float = 1000.0
    """Coefficient c of the damper, in N s/m."""

    @property
    def spec(self) -> StateSpec:
        """Stretches, in m, momenta, in kg m/s; velocity of the road, in m/s, and a force, in N."""
        return StateSpec(
            ("suspension", "tyre", "p_body", "p_wheel"),
            (False,) * 4,
            coordinates="poisson",
            inputs=("road", "force"),
        )

    @property
    def input_scale(self) -> tuple[float, ...]:
        """The speed of the body at the largest energy, and the force of the suspension then."""
        speed = math.sqrt(2 * self.energy_scale / self.body_mass)
        return speed, self.suspension * self.travel[1]

    def hamiltonian(
        self, x: Float[Tensor, "*batch state"], t: Tensor | None = None
    ) -> Float[Tensor, "*batch"]:
        """Return the energies of both springs and both masses."""
        return (x * self.efforts(x)).sum(-1) / 2

    def efforts(self, x: Float[Tensor, "*batch state"]) -> Float[Tensor, "*batch state"]:
        """Return the forces of suspension and tyre, and the velocities of body and wheel."""
        stiff = (self.suspension, self.tyre, 1 / self.body_mass, 1 / self.wheel_mass)
        return like(stiff, x) * x

    def structure(self, x: Float[Tensor, "*batch state"]) -> Float[Tensor, "*batch state state"]:
        """Return the constant J: stretches take momentum from those above to those below."""
        return like(_BRACKETS, x).reshape(4, 4).expand(*x.shape, 4)

    def casimirs(self, x: Float[Tensor, "*batch state"]) -> Mapping[str, Float[Tensor, "*batch"]]:
        """Return none: J has an inverse."""
        return {}

    def vector_field(
        self, x: Float[Tensor, "*batch state"], t: Tensor | None = None
    ) -> Float[Tensor, "*batch state"]:
        """Return the motion on level ground without the damper."""
        pull, push, body, wheel = self.efforts(x).unbind(-1)
        return torch.stack((body - wheel, wheel, -pull, pull - push), dim=-1)

    def dissipation(self, x: Float[Tensor, "*batch state"]) -> Float[Tensor, "*batch state state"]:
        """Return R: the damper between both momenta."""
        sign = like((0.0, 0.0, 1.0, -1.0), x)
        return (self.damper * torch.outer(sign, sign)).expand(*x.shape, 4)

    def actuation(
        self, x: Float[Tensor, "*batch state"], u: Float[Tensor, "*batch inputs"]
    ) -> Float[Tensor, "*batch state"]:
        """Return ``(0, -road, force, -force)``."""
        road, force = u.unbind(-1)
        return torch.stack((torch.zeros_like(road), -road, force, -force), dim=-1)

    def tyre_load(self, x: Float[Tensor, "*batch state"]) -> Float[Tensor, "*batch"]:
        """Return how far the tyre's load exceeds that at rest, in N: it is pressed where r < 0."""
        return -self.tyre * x[..., 1]

    def body_acceleration(
        self, x: Float[Tensor, "*batch state"], u: Float[Tensor, "*batch inputs"] | None = None
    ) -> Float[Tensor, "*batch"]:
        """Return the vertical acceleration of the body, in m/s^2: what its passengers feel."""
        return self.rate(x, u)[..., 2] / self.body_mass

    def sketch(self, x: Float[Tensor, "*batch state"]) -> Sketch:
        """Return road, wheel and body, one above the other, as seen from the place of the road."""
        size, (stretch, squash) = self.travel[1], x[..., :2].unbind(-1)
        wide, none = torch.full_like(stretch, 2 * size), torch.zeros_like(stretch)
        above, top = 2 * size + squash, 5 * size + squash + stretch
        parts = ((none, none), (none, above), (-wide, top), (none, top), (wide, top))
        points = torch.stack([torch.stack(part, dim=-1) for part in parts], dim=-2)
        return Sketch(points, ((0, 1), (1, 3), (2, 3), (3, 4)), fixed=(0,), trails=False)

    def sample_initial(
        self, count: int, generator: torch.Generator
    ) -> Float[Tensor, "count state"]:
        """Draw travels uniformly in their range, and all states of that energy alike."""
        return self._sample(self.travel, count, generator)

    def sample_higher_energy(
        self, count: int, generator: torch.Generator
    ) -> Float[Tensor, "count state"]:
        """Draw travels up to a quarter above the largest one in training."""
        return self._sample((self.travel[1], 1.25 * self.travel[1]), count, generator)

    def _sample(self, travel: Sequence[float], count: int, generator: torch.Generator) -> Tensor:
        size = math.sqrt(self.ride_rate) * uniform(travel, (count, 1), generator)
        root = self.efforts(torch.ones(4, dtype=torch.float64)).sqrt()
        return size * random_directions(count, 4, generator) / root
