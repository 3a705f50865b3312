"""A rigid body that tumbles freely, as four points."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

import torch
from jaxtyping import Float
from torch import Tensor

from ..mechanics.constraints import combine, solve
from ..mechanics.state import StateSpec, split_state
from .constants import like
from .constrained import ConstrainedMasses
from .sampling import check_positive, is_positive, random_directions, uniform

POINTS = 4
FIRST, SECOND = (0, 0, 0, 1, 1, 2), (1, 2, 3, 2, 3, 3)
"""The pairs of points that are as far apart as ever."""


@dataclass(frozen=True)
class Rotor(ConstrainedMasses):
    r"""A free rigid body: its centre of mass r0, and the ends of unit vectors along its axes.

    .. math:: T = \tfrac m2 |v_0|^2 + \sum_{i=1}^3 \tfrac{\lambda_i}{2} |v_i - v_0|^2, \qquad
        |r_i - r_0|^2 = 1, \quad |r_i - r_j|^2 = 2

    with the second moments :math:`\lambda_i` of the mass along the axes; the moments of inertia are
    sums of two of them. Masses are constant and there are no poles, where Euler's angles have
    both; the price are twelve coordinates and six constraints. The mass matrix couples the points.

    Source:
        M. Finzi, K. A. Wang, A. G. Wilson, *Simplifying Hamiltonian and Lagrangian Neural Networks
        via Explicit Constraints*, 2020, arXiv:2010.13581, section 4 (extended bodies).

    Raises:
        ValueError: if the mass, a moment, the spin or the speed is not positive.
    """

    domain: ClassVar[str] = "mechanical engineering"

    mass: float = 3.0
    """Mass m, in kg."""
    moments: Sequence[float] = (1.0, 2.0, 3.0)
    """Second moments of the mass along the three axes, in kg m^2."""
    spin: float = 2.0
    """Largest angular velocity of training motions, in rad/s; a half of it at least."""
    speed: float = 1.0
    """Speed of the centre of mass, in m/s."""

    def __post_init__(self) -> None:
        check_positive(self, mass="kg", spin="rad/s", speed="m/s")
        if not (len(self.moments) == 3 and all(map(is_positive, self.moments))):
            raise ValueError(
                f"system.moments must hold three positive values; got {list(self.moments)} kg m^2."
            )
        object.__setattr__(self, "moments", tuple(self.moments))

    @property
    def spec(self) -> StateSpec:
        """Three coordinates per point, in m, and their momenta, in kg m/s."""
        names = tuple(f"{axis}{i}" for i in range(POINTS) for axis in "xyz")
        return StateSpec(positions=names, angular=(False,) * len(names))

    @property
    def time_scale(self) -> float:
        """The time of a turn at the largest angular velocity."""
        return 2 * math.pi / self.spin

    @property
    def energy_scale(self) -> float:
        """That of the largest spin about an axis with the mean moment of inertia."""
        inertia = 2 * sum(self.moments) / 3
        return self.mass * self.speed**2 / 2 + inertia * self.spin**2 / 2

    @property
    def constraint_scale(self) -> float:
        """The square of the unit vectors, in m^2."""
        return 1.0

    def mass_matrix(self, q: Float[Tensor, "*batch dof"]) -> Float[Tensor, "*batch dof dof"]:
        """Return the constant matrix, which couples the first point to the others."""
        moments = like(tuple(self.moments), q)
        whole = moments.new_full((1,), self.mass) + moments.sum()
        corner = torch.cat((whole, -moments)).unsqueeze(0)
        rest = torch.cat((-moments.unsqueeze(-1), torch.diag(moments)), dim=-1)
        points = torch.cat((corner, rest), dim=0)
        matrix = torch.kron(points, torch.eye(3, dtype=q.dtype, device=q.device))
        return matrix.expand(*q.shape, q.shape[-1])

    def momentum(self, v: Float[Tensor, "*batch dof"]) -> Float[Tensor, "*batch dof"]:
        """Return ``M v``."""
        first, others = self._points(v)
        turning = like(tuple(self.moments), v).unsqueeze(-1) * (others - first)
        whole = self.mass * first - turning.sum(-2, keepdim=True)
        return torch.cat((whole, turning), dim=-2).flatten(-2)

    def velocity(self, p: Float[Tensor, "*batch dof"]) -> Float[Tensor, "*batch dof"]:
        """Return ``M^-1 p``: all momenta together move the centre of mass."""
        first, others = self._points(p)
        centre = (first + others.sum(-2, keepdim=True)) / self.mass
        turning = others / like(tuple(self.moments), p).unsqueeze(-1)
        return torch.cat((centre, centre + turning), dim=-2).flatten(-2)

    def potential(self, q: Float[Tensor, "*batch dof"]) -> Float[Tensor, "*batch"]:
        """Return zero."""
        return torch.zeros_like(q[..., 0])

    def force(self, q: Float[Tensor, "*batch dof"]) -> Float[Tensor, "*batch dof"]:
        """Return zeros."""
        return torch.zeros_like(q)

    def spans(self, q: Float[Tensor, "*batch dof"]) -> Float[Tensor, "*batch pairs 3"]:
        """Return the vectors between the points of each pair."""
        points = q.unflatten(-1, (POINTS, 3))
        return points[..., SECOND, :] - points[..., FIRST, :]

    def constraints(self, q: Float[Tensor, "*batch dof"]) -> Float[Tensor, "*batch constraints"]:
        """Return half the errors of the squared distances, in m^2."""
        squares = like(tuple(1.0 if i == 0 else 2.0 for i in FIRST), q)
        return (self.spans(q).square().sum(-1) - squares) / 2

    def constraint_jacobian(
        self, q: Float[Tensor, "*batch dof"]
    ) -> Float[Tensor, "*batch constraints dof"]:
        """Return the vector of each pair at its far end, and its opposite at the near one."""
        ends = tuple(
            float(k == j) - float(k == i)
            for i, j in zip(FIRST, SECOND, strict=True)
            for k in range(POINTS)
        )
        joined = like(ends, q).reshape(len(FIRST), POINTS)
        return (joined.unsqueeze(-1) * self.spans(q).unsqueeze(-2)).flatten(-2)

    def vector_field(
        self, x: Float[Tensor, "*batch state"], t: Tensor | None = None
    ) -> Float[Tensor, "*batch state"]:
        """Return the field in closed form: distances stay, so ends that turn are pulled in."""
        q, p = split_state(x)
        v, rows = self.velocity(p), self.constraint_jacobian(q)
        directions = self.velocity(rows).mT
        pulls = solve(rows @ directions, self.spans(v).square().sum(-1))
        return torch.cat((v, -combine(rows.mT, pulls)), dim=-1)

    def invariants(self, x: Float[Tensor, "*batch state"]) -> Mapping[str, Float[Tensor, "*batch"]]:
        """Return momentum and angular momentum about the origin, each by its three components."""
        places, momenta = (part.unflatten(-1, (POINTS, 3)) for part in split_state(x))
        turning = torch.linalg.cross(places, momenta).sum(-2)
        moving = momenta.sum(-2)
        named = {f"P_{axis}": moving[..., i] for i, axis in enumerate("xyz")}
        return named | {f"L_{axis}": turning[..., i] for i, axis in enumerate("xyz")}

    def of_body(
        self,
        axes: Float[Tensor, "*batch 3 3"],
        centre: Float[Tensor, "*batch 3"],
        turning: Float[Tensor, "*batch 3"],
        moving: Float[Tensor, "*batch 3"],
    ) -> Float[Tensor, "*batch state"]:
        """Return states for axes in columns, centre, angular velocity and velocity, in space."""
        ends = axes.mT
        rates = torch.linalg.cross(turning.unsqueeze(-2).expand_as(ends), ends)

        def joined(first: Tensor, others: Tensor) -> Tensor:
            first = first.unsqueeze(-2)
            return torch.cat((first, first + others), dim=-2).flatten(-2)

        return self.to_canonical(torch.cat((joined(centre, ends), joined(moving, rates)), -1))

    def _points(self, y: Tensor) -> tuple[Tensor, Tensor]:
        """Return the part of the first point, and those of the others."""
        points = y.unflatten(-1, (POINTS, 3))
        return points[..., :1, :], points[..., 1:, :]

    def _draw(
        self, spins: tuple[float, float], count: int, generator: torch.Generator
    ) -> Float[Tensor, "count state"]:
        """Draw axes and directions alike, with rotational energies of spins about the mean."""
        draws = torch.randn(count, 3, 3, generator=generator, dtype=torch.float64)
        axes = torch.linalg.qr(draws).Q
        axes = axes * torch.linalg.det(axes).sign()[:, None, None]
        ways = random_directions(count, 3, generator)
        moments = torch.tensor(self.moments, dtype=torch.float64)
        inertia = moments.sum() - moments
        size = uniform(spins, (count, 1), generator) * self.spin
        body = size * ways * (inertia.mean() / inertia).sqrt()
        moving = self.speed * random_directions(count, 3, generator)
        return self.of_body(axes, torch.zeros_like(ways), combine(axes, body), moving)

    def sample_initial(
        self, count: int, generator: torch.Generator
    ) -> Float[Tensor, "count state"]:
        """Draw bodies that tumble, from half the largest spin on."""
        return self._draw((0.5, 1.0), count, generator)

    def sample_higher_energy(
        self, count: int, generator: torch.Generator
    ) -> Float[Tensor, "count state"]:
        """Draw bodies that tumble up to a fifth faster than the largest spin."""
        return self._draw((1.01, 1.2), count, generator)
