"""Point masses on rods, one hanging from the other, in Cartesian coordinates."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise
from typing import ClassVar

import torch
from jaxtyping import Float
from torch import Tensor

from ..mechanics.state import StateSpec, split_state
from .constants import like
from .constrained import ConstrainedParticles
from .n_link_pendulum import NLinkPendulum
from .planar_links import check_release
from .sampling import check_count, check_each_positive, each
from .sketch import Sketch, chain, hanging

MOST_LINKS = 8


@dataclass(frozen=True)
class NLinkCartesian(ConstrainedParticles):
    r"""Point masses in a plane on massless rods, the first from a pivot.

    .. math:: H = \sum_i \frac{|p_i|^2}{2m_i} + m_i g y_i, \qquad
              \varphi_i = \tfrac12 \left(|r_i - r_{i-1}|^2 - l_i^2\right) = 0, \quad r_0 = 0

    The masses are constant and the energy is separable, where angles (see n_link_pendulum) have
    neither; the price are constraint forces, the pulls of the rods. Small oscillations of equal
    rods have :math:`\omega^2 = x\, g/l` for the zeros x of the Laguerre polynomial of degree n.

    Source:
        Hairer, Lubich, Wanner, *Geometric Numerical Integration*, 2nd ed., section VII.1.1 (the
        pendulum in Cartesian coordinates). The modes of the hanging chain satisfy the recurrence
        of Laguerre polynomials, G. Szego, *Orthogonal Polynomials*, 4th ed., eq. (5.1.10).

    Raises:
        ValueError: if there is no rod, a mass, a length, gravity or the angle is not positive, not
            every rod has a mass and a length, or the angles of the test set with higher energies
            (a quarter larger) would pass pi.
    """

    domain: ClassVar[str] = "mechanical engineering"

    number: int = 2
    """Number of rods."""
    mass: float | Sequence[float] = 1.0
    """Mass of each point, in kg: one for all, or one for each from the pivot on."""
    length: float | Sequence[float] = 1.0
    """Length of each rod, in m: one for all, or one for each from the pivot on."""
    gravity: float = 9.81
    """Acceleration g, in m/s^2."""
    angle: float = 1.57
    """Largest angle from which training motions are released at rest, in rad."""

    def __post_init__(self) -> None:
        check_count(self, "number", 1, MOST_LINKS, "rods")
        check_each_positive(self, self.number, "rods", mass="kg", length="m")
        check_release(self)

    @property
    def spec(self) -> StateSpec:
        """Two coordinates per point, in m, and their momenta, in kg m/s; y points upwards."""
        names = tuple(f"{axis}{i}" for i in range(1, self.number + 1) for axis in "xy")
        return StateSpec(positions=names, angular=(False,) * len(names))

    @property
    def masses(self) -> tuple[float, ...]:
        """The mass of its point, for every coordinate."""
        return tuple(mass for mass in self.points for _ in range(2))

    @property
    def points(self) -> tuple[float, ...]:
        """The mass of each point."""
        return each(self.mass, self.number)

    @property
    def lengths(self) -> tuple[float, ...]:
        """The length of each rod."""
        return each(self.length, self.number)

    @property
    def depths(self) -> tuple[float, ...]:
        """How far below the pivot each point hangs at rest, in m."""
        return tuple(accumulate(self.lengths))

    @property
    def frequencies(self) -> tuple[float, ...]:
        """The angular frequencies of small oscillations, in rad/s, slowest first."""
        return self.in_angles.frequencies

    @property
    def time_scale(self) -> float:
        """The period of the slowest small oscillation."""
        return self.in_angles.time_scale

    @property
    def energy_scale(self) -> float:
        """The largest energy of training motions: all rods released from the largest angle."""
        return self.in_angles.energy_scale

    @property
    def in_angles(self) -> NLinkPendulum:
        """The same chain in angles."""
        return NLinkPendulum(self.gravity, self.angle, self.points, self.lengths)

    def rods(self, q: Float[Tensor, "*batch dof"]) -> Float[Tensor, "*batch rods 2"]:
        """Return the vectors along the rods, from the pivot on; of velocities, their rates."""
        return self._joined(q) @ q.unflatten(-1, (self.number, 2))

    @property
    def constraint_scale(self) -> float:
        """The mean square of the lengths, in m^2: a violation is the relative error of one."""
        return sum(length**2 for length in self.lengths) / self.number

    def constraints(self, q: Float[Tensor, "*batch dof"]) -> Float[Tensor, "*batch constraints"]:
        """Return ``(|r_i - r_i-1|^2 - l_i^2) / 2`` for each rod, in m^2."""
        return (self.rods(q).square().sum(-1) - like(self.lengths, q).square()) / 2

    def constraint_jacobian(
        self, q: Float[Tensor, "*batch dof"]
    ) -> Float[Tensor, "*batch constraints dof"]:
        """Return the vector of each rod at its far end, and its opposite at the near one, in m."""
        return (self._joined(q).unsqueeze(-1) * self.rods(q).unsqueeze(-2)).flatten(-2)

    def potential(self, q: Float[Tensor, "*batch dof"]) -> Float[Tensor, "*batch"]:
        """Return ``m g y``, summed over the points; zero where all rods hang."""
        heights = q[..., 1::2] + like(self.depths, q)
        return self.gravity * (like(self.points, q) * heights).sum(-1)

    def force(self, q: Float[Tensor, "*batch dof"]) -> Float[Tensor, "*batch dof"]:
        """Return the weights."""
        down = torch.zeros_like(q)
        down[..., 1::2] = -self.gravity * like(self.points, q)
        return down

    def vector_field(
        self, x: Float[Tensor, "*batch state"], t: Tensor | None = None
    ) -> Float[Tensor, "*batch state"]:
        """Return the field in closed form: the pulls of the rods solve a tridiagonal system.

        Each rod must supply the centripetal acceleration of its far end about the near one, with
        its neighbours' pulls; gravity acts on all points alike, so it drops out but at the pivot.
        """
        q, p = split_state(x)
        v = self.velocity(p)
        rods, turns = self.rods(q), self.rods(v)
        right = list(turns.square().sum(-1).unbind(-1))
        right[0] = right[0] - self.gravity * rods[..., 0, 1]
        pulls = self._pulls(rods, right)
        along = pulls.unsqueeze(-1) * rods
        on_points = (self._joined(q).mT @ along).flatten(-2)
        return torch.cat((v, self.force(q) - on_points), dim=-1)

    def _joined(self, q: Tensor) -> Tensor:
        """Return the matrix ``[rods, points]`` that takes the ends of each rod: 1 far, -1 near."""
        count = range(self.number)
        ends = tuple(float((i == j) - (i == j + 1)) for i in count for j in count)
        return like(ends, q).reshape(self.number, self.number)

    def _pulls(self, rods: Tensor, right: list[Tensor]) -> Tensor:
        """Return the multipliers ``[*batch, rods]`` by elimination from the pivot on."""
        light = [1 / mass for mass in self.points]
        moved = [light[0], *(near + far for near, far in pairwise(light))]
        pivots = list((rods.square().sum(-1) * like(tuple(moved), rods)).unbind(-1))
        between = (rods[..., 1:, :] * rods[..., :-1, :]).sum(-1) * like(tuple(light), rods)[:-1]
        for i in range(1, self.number):
            factor = between[..., i - 1] / pivots[i - 1]
            pivots[i] = pivots[i] - factor * between[..., i - 1]
            right[i] = right[i] + factor * right[i - 1]
        pulls = [right[-1] / pivots[-1]]
        for i in range(self.number - 2, -1, -1):
            pulls.append((right[i] + between[..., i] * pulls[-1]) / pivots[i])
        return torch.stack(pulls[::-1], dim=-1)

    def from_angles(self, x: Float[Tensor, "*batch angles"]) -> Float[Tensor, "*batch state"]:
        """Return ``(q, p)`` for angles to the downward vertical and their rates, ``(theta, w)``."""
        angles, rates = split_state(x)

        def place(theta: Tensor) -> Tensor:
            return hanging(theta, like(self.lengths, theta)).flatten(-2)

        moving = torch.func.jvp(place, (angles,), (rates,))
        return torch.cat((moving[0], self.momentum(moving[1])), dim=-1)

    def sketch(self, x: Float[Tensor, "*batch state"]) -> Sketch:
        """Return the points and the pivot."""
        q, _ = split_state(x)
        return chain(q.unflatten(-1, (self.number, 2)))

    def sample_initial(
        self, count: int, generator: torch.Generator
    ) -> Float[Tensor, "count state"]:
        """Release all rods at rest, from angles drawn uniformly up to the largest one."""
        return self.from_angles(self.in_angles.sample_initial(count, generator))

    def sample_higher_energy(
        self, count: int, generator: torch.Generator
    ) -> Float[Tensor, "count state"]:
        """Release all rods at rest, each from up to a quarter beyond the largest angle."""
        return self.from_angles(self.in_angles.sample_higher_energy(count, generator))
