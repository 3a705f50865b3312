"""A quarter of a car: body, wheel, suspension and tyre."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

import torch
from jaxtyping import Float
from torch import Tensor

from ..mechanics.state import StateSpec, split_state
from .car import CarParts, modes
from .constants import like
from .natural import SeparableSystem
from .ports import PortSystem
from .sampling import random_directions, uniform
from .sketch import Sketch


@dataclass(frozen=True)
class QuarterCar(CarParts, PortSystem, SeparableSystem):
    r"""A body on a suspension, on a wheel, on a tyre, on level ground; heights from rest.

    .. math:: H = \frac{p_s^2}{2 m_s} + \frac{p_u^2}{2 m_u} + \frac{k_s}{2} (z_s - z_u)^2
        + \frac{k_t}{2} z_u^2

    The body moves about once a second and the wheel ten times as often. A damper between them
    brakes with :math:`-c\,(v_s - v_u)`; an active suspension pushes them apart with the force u.
    Weights are left out: they move the place of rest alone, from which heights are counted.

    Source:
        D. Karnopp, *Active damping in road vehicle suspension systems*, Vehicle System Dynamics 12
        (1983) 291-311; the parameters are those of a usual passenger car.

    Raises:
        ValueError: if a mass, a stiffness or the range of travels is not positive, or the damper
            is negative.
    """

    domain: ClassVar[str] = "mechanical engineering"

    @property
    def spec(self) -> StateSpec:
        """Heights of body and wheel, in m, their momenta, and the force between them, in N."""
        return StateSpec(("body", "wheel"), (False, False), inputs=("force",))

    @property
    def input_scale(self) -> tuple[float, ...]:
        """The force of the suspension at the largest travel, in N."""
        return (self.suspension * self.travel[1],)

    def potential(self, q: Float[Tensor, "*batch dof"]) -> Float[Tensor, "*batch"]:
        """Return the energies of suspension and tyre."""
        body, wheel = q.unbind(-1)
        return (self.suspension * (body - wheel).square() + self.tyre * wheel.square()) / 2

    def force(self, q: Float[Tensor, "*batch dof"]) -> Float[Tensor, "*batch dof"]:
        """Return the forces on body and wheel."""
        body, wheel = q.unbind(-1)
        push = self.suspension * (wheel - body)
        return torch.stack((push, -push - self.tyre * wheel), dim=-1)

    def friction(
        self, q: Float[Tensor, "*batch dof"], v: Float[Tensor, "*batch dof"]
    ) -> Float[Tensor, "*batch dof"]:
        """Return the forces of the damper on body and wheel."""
        return _apart(self.damper * (v[..., 1:] - v[..., :1]))

    def actuation(
        self, q: Float[Tensor, "*batch dof"], u: Float[Tensor, "*batch inputs"]
    ) -> Float[Tensor, "*batch dof"]:
        """Return ``(u, -u)``."""
        return _apart(u)

    def invariants(self, x: Float[Tensor, "*batch state"]) -> Mapping[str, Float[Tensor, "*batch"]]:
        """Return the energies of both modes, of the undamped car."""
        body, wheel = (self._modal(x).square() / 2).unflatten(-1, (2, 2)).sum(-2).unbind(-1)
        return {"body_mode": body, "wheel_mode": wheel} if self.frictionless else {}

    def exact_flow(
        self, x0: Float[Tensor, "*batch state"], t: Float[Tensor, " time"]
    ) -> Float[Tensor, "time *batch state"] | None:
        """Return the rotation of each mode by its frequency, if undamped."""
        if not self.frictionless:
            return None
        stretch, rate = split_state(self._modal(x0))
        angle = like(self.frequencies, x0) * t.reshape(-1, *[1] * x0.ndim)
        cos, sin = angle.cos(), angle.sin()
        return self._from_modal(
            torch.cat((stretch * cos + rate * sin, rate * cos - stretch * sin), dim=-1)
        )

    def sketch(self, x: Float[Tensor, "*batch state"]) -> Sketch:
        """Return the ground, the wheel above it and the body above that, as a bar."""
        size, (body, wheel) = self.travel[1], split_state(x)[0].unbind(-1)
        wide, none = torch.full_like(body, 2 * size), torch.zeros_like(body)
        above, top = 2 * size + wheel, 5 * size + body
        sides = ((-wide, none), (none, none), (wide, none), (none, above))
        bar = ((-wide, top), (none, top), (wide, top))
        points = torch.stack([torch.stack(point, dim=-1) for point in (*sides, *bar)], dim=-2)
        links = ((0, 1), (1, 2), (1, 3), (3, 5), (4, 5), (5, 6))
        return Sketch(points, links, fixed=(0, 1, 2), trails=False)

    def sample_initial(
        self, count: int, generator: torch.Generator
    ) -> Float[Tensor, "count state"]:
        """Draw travels uniformly in their range, and all motions of that energy alike."""
        return self._sample(self.travel, count, generator)

    def sample_higher_energy(
        self, count: int, generator: torch.Generator
    ) -> Float[Tensor, "count state"]:
        """Draw travels up to a quarter above the largest one in training."""
        return self._sample((self.travel[1], 1.25 * self.travel[1]), count, generator)

    def _sample(self, travel: Sequence[float], count: int, generator: torch.Generator) -> Tensor:
        size = math.sqrt(self.ride_rate) * uniform(travel, (count, 1), generator)
        return self._from_modal(size * random_directions(count, 4, generator))

    def _modal(self, x: Tensor) -> Tensor:
        """Return ``(w a, b)`` of the modes: half of all squares is the energy."""
        frequencies, shapes = (torch.from_numpy(part).to(x) for part in modes(self))
        q, p = split_state(x)
        root = like(self.masses, x).sqrt()
        return torch.cat((frequencies * (root * q @ shapes), p / root @ shapes), dim=-1)

    def _from_modal(self, amplitudes: Tensor) -> Tensor:
        frequencies, shapes = (torch.from_numpy(part).to(amplitudes) for part in modes(self))
        stretch, rate = split_state(amplitudes)
        root = like(self.masses, amplitudes).sqrt()
        q, p = stretch / frequencies @ shapes.mT / root, rate @ shapes.mT * root
        return torch.cat((q, p), dim=-1)


def _apart(force: Tensor) -> Tensor:
    """Return a force on the body ``[*batch, 1]`` and its reaction on the wheel."""
    return torch.cat((force, -force), dim=-1)
