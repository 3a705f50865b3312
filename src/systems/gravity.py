"""What point masses have in common that attract each other, in space or in a plane."""

from __future__ import annotations

import math
from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import replace
from itertools import combinations

import torch
from jaxtyping import Float
from torch import Tensor

from ..mechanics.known import Known, Particles
from ..mechanics.pairs import gaps, sum_over_pairs
from ..mechanics.state import StateSpec, split_state
from .constants import like
from .natural import SeparableSystem


class Gravity(SeparableSystem):
    r"""Point masses under Newton's law, in Cartesian coordinates.

    .. math:: V = -\sum_{i<j} \frac{G m_i m_j}{\sqrt{|r_i - r_j|^2 + \varepsilon^2}}

    with positions ``(x1, y1, z1, x2, y2, z2, ...)``. The softening length :math:`\varepsilon` is
    zero for point masses; Plummer spheres of that size never collide. Units are any that fit each
    other; a system names its own.

    Source:
        S. J. Aarseth, *Gravitational N-Body Simulations*, 2003, eqs. (1.1) and (2.4).
    """

    @property
    def axes(self) -> str:
        """The coordinates of each body."""
        return "xyz"

    @property
    @abstractmethod
    def bodies(self) -> tuple[float, ...]:
        """The masses of the bodies."""

    @property
    @abstractmethod
    def coupling(self) -> float:
        """The constant of gravitation G."""

    @property
    def softening_length(self) -> float:
        """The length epsilon."""
        return 0.0

    @property
    def spec(self) -> StateSpec:
        """The coordinates of one body after the other, and their momenta."""
        names = tuple(f"{axis}{i + 1}" for i in range(len(self.bodies)) for axis in self.axes)
        return StateSpec(positions=names, angular=(False,) * len(names))

    @property
    def known(self) -> Known:
        """Bodies in open space, with their masses."""
        particles = Particles(len(self.bodies), len(self.axes), self.bodies)
        return replace(super().known, particles=particles)

    @property
    def masses(self) -> tuple[float, ...]:
        """The mass of each body, once a coordinate."""
        return tuple(mass for mass in self.bodies for _ in self.axes)

    def potential(self, q: Float[Tensor, "*batch dof"]) -> Float[Tensor, "*batch"]:
        """Return the sum over pairs of ``-G m_i m_j / distance``."""
        _, strength, inverse = self._pairs(q)
        return -(strength * inverse).sum(-1)

    def force(self, q: Float[Tensor, "*batch dof"]) -> Float[Tensor, "*batch dof"]:
        """Return the sum over the others of ``G m_i m_j / distance^3`` times the way to them."""
        gap, strength, inverse = self._pairs(q)
        pull = (strength * inverse**3).unsqueeze(-1) * gap
        return -sum_over_pairs(pull, len(self.bodies)).flatten(start_dim=-2)

    def _pairs(self, q: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Return, of all pairs, their gaps, ``G m_i m_j`` and ``1 / distance``."""
        gap = gaps(q.unflatten(-1, (-1, len(self.axes))))
        square = gap.square().sum(-1) + self.softening_length**2
        strengths = tuple(self.coupling * a * b for a, b in combinations(self.bodies, 2))
        return gap, like(strengths, q), square.rsqrt()

    def invariants(self, x: Float[Tensor, "*batch state"]) -> Mapping[str, Float[Tensor, "*batch"]]:
        """Return the total momentum and the angular momentum about the origin.

        In space this has three components, in a plane the one at right angles to it.
        """
        position, momentum = (half.unflatten(-1, (-1, len(self.axes))) for half in split_state(x))
        total = momentum.sum(-2)
        values = {f"momentum_{axis}": total[..., k] for k, axis in enumerate(self.axes)}
        turns = {"angular_momentum": (0, 1)}
        if len(self.axes) == 3:
            turns = {
                f"angular_momentum_{axis}": ((k + 1) % 3, (k + 2) % 3)
                for k, axis in enumerate("xyz")
            }
        for name, (a, b) in turns.items():
            spin = position[..., a] * momentum[..., b] - position[..., b] * momentum[..., a]
            values[name] = spin.sum(-1)
        return values

    def _state(self, position: Tensor, velocity: Tensor) -> Tensor:
        """Return canonical states of ``[count, bodies, axes]``, with the total momentum removed."""
        mass = torch.tensor(self.bodies, dtype=position.dtype)[:, None]
        drift = (mass * velocity).sum(1, keepdim=True) / mass.sum()
        momentum = mass * (velocity - drift)
        return torch.cat((position.flatten(1), momentum.flatten(1)), dim=-1)


class PlanarGravity(Gravity):
    """Bodies in a plane, in m, kg and s, that start as a turning figure."""

    @property
    def axes(self) -> str:
        """Those of the plane."""
        return "xy"

    @property
    def training_horizon(self) -> float:
        """One time scale: the centre of mass rests in all motions, longer ones tell no more."""
        return self.time_scale

    def _angular_speed(self, distance: Tensor) -> Tensor:
        """Return the rate at which equal distances between all bodies turn about their centre.

        Two bodies on a circle, or three of any masses on an equilateral triangle: each feels the
        force ``m G M / (d^2 + epsilon^2)^(3/2)`` times its offset from the centre of mass.
        """
        return (
            self.coupling * sum(self.bodies) / (distance.square() + self.softening_length**2) ** 1.5
        ).sqrt()

    def _turning(
        self, shape: Float[Tensor, "bodies 2"], distance: Float[Tensor, " count"], angle: Tensor
    ) -> tuple[Tensor, Tensor]:
        """Return positions and velocities ``[count, bodies, 2]`` that turn as a rigid figure.

        ``shape`` has unit distances between all bodies; it is scaled, turned by ``angle`` and
        put with its centre of mass at the origin, at rest.
        """
        mass = torch.tensor(self.bodies, dtype=shape.dtype)
        centred = shape - (mass @ shape) / mass.sum()
        cos, sin = angle.cos(), angle.sin()
        turn = torch.stack((cos, -sin, sin, cos), dim=-1).unflatten(-1, (2, 2))
        position = distance[:, None, None] * (centred @ turn.mT)
        normal = torch.stack((-position[..., 1], position[..., 0]), dim=-1)
        return position, self._angular_speed(distance)[:, None, None] * normal

    def _turning_period(self, distance: float) -> float:
        """Return the time of one turn of the rigid figure with this distance between bodies."""
        speed = self._angular_speed(torch.tensor(distance, dtype=torch.float64))
        return 2 * math.pi / float(speed)
