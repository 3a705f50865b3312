"""A crank, a coupler on its pin, and a follower that guides the coupler's far end."""

from __future__ import annotations

import math
from abc import abstractmethod
from collections.abc import Sequence
from functools import cached_property

import torch
from jaxtyping import Float
from torch import Tensor

from ..mechanics.state import split_state
from .constants import like
from .constrained import ConstrainedSystem
from .loop import Loop, cross
from .sampling import random_signs, uniform

HIGHER = 0.1
"""How much faster the crank is in the test set with higher energies, over that of training."""
_ANGLES = 720
"""Positions of the crank at which a whole turn is looked at."""


class CrankMechanism(ConstrainedSystem):
    r"""q = (angle of the crank, angle of the coupler, follower), bound by a closed loop.

    Uniform rods of lengths a and b, the second on the pin of the first, and a follower with an
    inertia of its own; gravity acts along -y:

    .. math::
        M = \begin{pmatrix} A & K \cos(q_1 - q_2) & 0 \\ \cdot & B & 0 \\ 0 & 0 & C \end{pmatrix},
        \quad A = (\tfrac13 m_a + m_b) a^2, \quad B = \tfrac13 m_b b^2, \quad
        K = \tfrac12 m_b a b, \quad V = \sum_i w_i \sin q_i

    One degree of freedom is left, that of the crank, which turns round and round. Subclasses are
    frozen dataclasses of the parameters named here.

    Source:
        A. A. Shabana, *Computational Dynamics*, 3rd ed., chapters 3 and 6 (loop closure, equations
        of motion with multipliers).
    """

    density: float
    gravity: float
    excess: Sequence[float]

    @property
    @abstractmethod
    def rods(self) -> tuple[float, float]:
        """Lengths a and b of crank and coupler, in m."""

    @property
    @abstractmethod
    def follower_inertia(self) -> float:
        """C, in kg m^2 for an angle, in kg for a slider."""

    @property
    @abstractmethod
    def follower_weight(self) -> float:
        """The largest torque of gravity on the follower about its pivot, in N m; 0 for a slider."""

    @abstractmethod
    def loop(self, q: Float[Tensor, "*batch 3"]) -> Loop:
        """Return where the parts are, whether or not the loop is closed."""

    @abstractmethod
    def assembled(self, crank: Float[Tensor, "*batch"]) -> Float[Tensor, "*batch 3"]:
        """Return q for the angle of the crank, with the loop closed the usual way."""

    @property
    def inertias(self) -> tuple[float, float, float, float]:
        """A, B, K and C."""
        a, b = self.rods
        crank, coupler = self.density * a, self.density * b
        upper, between = (crank / 3 + coupler) * a**2, coupler * a * b / 2
        return upper, coupler * b**2 / 3, between, self.follower_inertia

    @property
    def weights(self) -> tuple[float, float, float]:
        """The largest torques of gravity on each coordinate, in N m."""
        a, b = self.rods
        crank, coupler = self.density * a, self.density * b
        g = self.gravity
        return (crank / 2 + coupler) * g * a, coupler * g * b / 2, self.follower_weight

    @cached_property
    def least_speed(self) -> float:
        """Speed of the crank along the x axis with which it just comes round, in rad/s."""
        angles = self._turn()
        heights = self.potential(self.assembled(angles))
        return float((2 * (heights.max() - heights[0]) / self.inertia(angles[:1])).sqrt())

    @property
    def time_scale(self) -> float:
        """The time of a turn of the crank at the middle of the range of excess speeds."""
        return self._turn_time

    @cached_property
    def _turn_time(self) -> float:
        angles = self._turn()
        middle = self._energy(angles.new_tensor(sum(self.excess) / 2))
        return 2 * math.pi * float((1 / self.speeds(angles, middle)).mean())

    @property
    def energy_scale(self) -> float:
        """The largest energy of training motions."""
        return float(self._energy(torch.tensor(self.excess[1], dtype=torch.float64)))

    @property
    def constraint_scale(self) -> float:
        """The length of the crank, in m."""
        return self.rods[0]

    def constraints(self, q: Float[Tensor, "*batch dof"]) -> Float[Tensor, "*batch constraints"]:
        """Return the two components of the gap in the loop, in m."""
        return self.loop(q).gap

    def constraint_jacobian(
        self, q: Float[Tensor, "*batch dof"]
    ) -> Float[Tensor, "*batch constraints dof"]:
        """Return ``d phi/dq``, in m; dimensionless for a slider."""
        return self.loop(q).rows

    def mass_matrix(self, q: Float[Tensor, "*batch dof"]) -> Float[Tensor, "*batch dof dof"]:
        """Return M."""
        upper, lower, between, follower = self.inertias
        coupling = between * (q[..., 0] - q[..., 1]).cos()
        zero = torch.zeros_like(coupling)
        entries = (zero + upper, coupling, zero, coupling, zero + lower, zero, zero, zero)
        return torch.stack((*entries, zero + follower), dim=-1).unflatten(-1, (3, 3))

    def potential(self, q: Float[Tensor, "*batch dof"]) -> Float[Tensor, "*batch"]:
        """Return V, zero with all centres of mass on the line of the pivots."""
        return (like(self.weights, q) * q.sin()).sum(-1)

    def to_velocity(self, x: Float[Tensor, "*batch state"]) -> Float[Tensor, "*batch state"]:
        """Return ``(q, M(q)^-1 p)``."""
        q, p = split_state(x)
        return torch.cat((q, self._over_mass(q, p)), dim=-1)

    def vector_field(
        self, x: Float[Tensor, "*batch state"], t: Tensor | None = None
    ) -> Float[Tensor, "*batch state"]:
        """Return the field in closed form; two multipliers close the loop by Cramer's rule."""
        q, p = split_state(x)
        v = self._over_mass(q, p)
        falling = -like(self.weights, q) * q.cos()
        bend = self.inertias[2] * (q[..., 0] - q[..., 1]).sin()
        first, second, _ = v.unbind(-1)
        none = torch.zeros_like(bend)
        pull = torch.stack((-bend * first * second, bend * first * second, none), dim=-1)
        thrown = torch.stack((-bend * second.square(), bend * first.square(), none), dim=-1)
        loop = self.loop(q)
        rows = loop.rows
        free = self._over_mass(q, falling + thrown)
        opening = (rows * free.unsqueeze(-2)).sum(-1) + loop.bending(v)
        responses = self._over_mass(q.unsqueeze(-2), rows)
        # (rows . responses) multipliers = opening
        columns = (rows.unsqueeze(-3) * responses.unsqueeze(-2)).sum(-1)
        left, right = columns.unbind(-2)
        whole = cross(left, right)
        multipliers = torch.stack((cross(opening, right), cross(left, opening)), dim=-1)
        hold = (multipliers / whole.unsqueeze(-1)).unsqueeze(-1) * rows
        return torch.cat((v, falling + pull - hold.sum(-2)), dim=-1)

    def inertia(self, crank: Float[Tensor, "*batch"]) -> Float[Tensor, "*batch"]:
        """Return the inertia that the crank feels in a closed loop, in kg m^2."""
        q = self.assembled(crank)
        ratios = self.loop(q).ratios()
        return (ratios * (self.mass_matrix(q) @ ratios.unsqueeze(-1)).squeeze(-1)).sum(-1)

    def moving(
        self, crank: Float[Tensor, "*batch"], speed: Float[Tensor, "*batch"]
    ) -> Float[Tensor, "*batch state"]:
        """Return the states with a closed loop for the angle of the crank and its speed."""
        q = self.assembled(crank)
        v = speed.unsqueeze(-1) * self.loop(q).ratios()
        return self.to_canonical(torch.cat((q, v), dim=-1))

    def draw(
        self, count: int, generator: torch.Generator, *, higher: bool
    ) -> tuple[Float[Tensor, " count"], Float[Tensor, " count"]]:
        """Draw angles of the crank uniformly, and its speeds, of either sense.

        Speeds are those of the energies that the crank has where it lies along the x axis with an
        excess from the range; or, for ``higher`` energies, from just above it.
        """
        most = self.excess[1]
        bounds = (most, most + HIGHER * (1 + most)) if higher else self.excess
        angles = uniform((-math.pi, math.pi), (count,), generator)
        energy = self._energy(uniform(bounds, (count,), generator))
        return angles, random_signs((count,), generator) * self.speeds(angles, energy)

    def speeds(
        self, crank: Float[Tensor, "*batch"], energy: Float[Tensor, "*#batch"]
    ) -> Float[Tensor, "*batch"]:
        """Return the sizes of the speed of the crank at its angles for given energies, in rad/s."""
        left = energy - self.potential(self.assembled(crank))
        return (2 * left / self.inertia(crank)).sqrt()

    def sample_initial(
        self, count: int, generator: torch.Generator
    ) -> Float[Tensor, "count state"]:
        """Draw energies of excess speeds, and angles uniformly; see :meth:`draw`."""
        return self.moving(*self.draw(count, generator, higher=False))

    def sample_higher_energy(
        self, count: int, generator: torch.Generator
    ) -> Float[Tensor, "count state"]:
        """Draw energies of speeds just above those of training."""
        return self.moving(*self.draw(count, generator, higher=True))

    def _turn(self) -> Tensor:
        """Return angles of the crank, evenly around."""
        return 2 * math.pi / _ANGLES * torch.arange(_ANGLES, dtype=torch.float64)

    def _energy(self, excess: Tensor) -> Tensor:
        """Return the energy in J for a speed along the x axis that exceeds the least one."""
        start, speed = torch.zeros_like(excess), self.least_speed * (1 + excess)
        return self.inertia(start) * speed.square() / 2 + self.potential(self.assembled(start))

    def _over_mass(self, q: Tensor, p: Tensor) -> Tensor:
        """Return ``M(q)^-1 p``."""
        upper, lower, between, follower = self.inertias
        coupling = between * (q[..., 0] - q[..., 1]).cos()
        first, second, third = p.unbind(-1)
        whole = upper * lower - coupling.square()
        return torch.stack(
            (
                (lower * first - coupling * second) / whole,
                (upper * second - coupling * first) / whole,
                third / follower,
            ),
            dim=-1,
        )
