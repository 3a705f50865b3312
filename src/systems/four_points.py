"""A rigid body as four points: its centre of mass, and the ends of unit vectors along its axes."""

from __future__ import annotations

import math
from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from ..mechanics.constraints import combine, solve
from ..mechanics.state import StateSpec, split_state
from .constants import like
from .constrained import ConstrainedMasses
from .sampling import check_positive, is_positive

POINTS = 4
FIRST, SECOND = (0, 0, 0, 1, 1, 2), (1, 2, 3, 2, 3, 3)
"""The pairs of points that are as far apart as ever."""


def body_momentum(
    v: Float[Tensor, "*batch dof"], mass: Float[Tensor, ""], moments: Float[Tensor, " axes"]
) -> Float[Tensor, "*batch dof"]:
    """Return ``M v`` of four points, for a mass and second moments of it along three axes."""
    first, others = _parted(v)
    turning = moments.unsqueeze(-1) * (others - first)
    whole = mass * first - turning.sum(-2, keepdim=True)
    return torch.cat((whole, turning), dim=-2).flatten(-2)


def body_velocity(
    p: Float[Tensor, "*batch dof"], mass: Float[Tensor, ""], moments: Float[Tensor, " axes"]
) -> Float[Tensor, "*batch dof"]:
    """Return ``M^-1 p`` of four points: all momenta together move the centre of mass."""
    first, others = _parted(p)
    centre = (first + others.sum(-2, keepdim=True)) / mass
    turning = others / moments.unsqueeze(-1)
    return torch.cat((centre, centre + turning), dim=-2).flatten(-2)


def _parted(y: Tensor) -> tuple[Tensor, Tensor]:
    """Return the part of the first point, and those of the others."""
    points = y.unflatten(-1, (POINTS, 3))
    return points[..., :1, :], points[..., 1:, :]


@dataclass(frozen=True)
class FourPoints(ConstrainedMasses):
    r"""A rigid body: its centre of mass r0, and the ends of unit vectors along its axes.

    .. math:: T = \tfrac m2 |v_0|^2 + \sum_{i=1}^3 \tfrac{\lambda_i}{2} |v_i - v_0|^2, \qquad
        |r_i - r_0|^2 = 1, \quad |r_i - r_j|^2 = 2

    with the second moments :math:`\lambda_i` of the mass along the axes; the moments of inertia are
    sums of two of them. Masses are constant and there are no poles, where Euler's angles have
    both; the price are twelve coordinates and six constraints. The mass matrix couples the points.

    Source:
        M. Finzi, K. A. Wang, A. G. Wilson, *Simplifying Hamiltonian and Lagrangian Neural Networks
        via Explicit Constraints*, 2020, arXiv:2010.13581, section 4 (extended bodies).

    Raises:
        ValueError: if the mass, a moment or the spin is not positive.
    """

    mass: float
    """Mass m, in kg."""
    moments: Sequence[float]
    """Second moments of the mass along the three axes, in kg m^2."""
    spin: float
    """Largest angular velocity of training motions, in rad/s; a half of it at least."""

    def __post_init__(self) -> None:
        check_positive(self, mass="kg", spin="rad/s")
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
    def constraint_scale(self) -> float:
        """The square of the unit vectors, in m^2."""
        return 1.0

    @property
    def inertia(self) -> tuple[float, float, float]:
        """Moments of inertia about the three axes through the centre of mass, in kg m^2."""
        first, second, third = self.moments
        return second + third, third + first, first + second

    def mass_matrix(self, q: Float[Tensor, "*batch dof"]) -> Float[Tensor, "*batch dof dof"]:
        """Return the constant matrix, which couples the first point to the others."""
        basis = torch.eye(q.shape[-1], dtype=q.dtype, device=q.device)
        return self.momentum(basis).expand(*q.shape, q.shape[-1])

    def momentum(self, v: Float[Tensor, "*batch dof"]) -> Float[Tensor, "*batch dof"]:
        """Return ``M v``."""
        return body_momentum(v, *self._inertial(v))

    def velocity(self, p: Float[Tensor, "*batch dof"]) -> Float[Tensor, "*batch dof"]:
        """Return ``M^-1 p``."""
        return body_velocity(p, *self._inertial(p))

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

    def bending(self, v: Float[Tensor, "*batch dof"]) -> Float[Tensor, "*batch constraints"]:
        """Return ``v^T phi_qq v``: distances stay, so ends that turn are pulled in."""
        return self.spans(v).square().sum(-1)

    def vector_field(
        self, x: Float[Tensor, "*batch state"], t: Tensor | None = None
    ) -> Float[Tensor, "*batch state"]:
        """Return the field in closed form, beside the manifold too."""
        q, p = split_state(x)
        v, force, rows = self.velocity(p), self.force(q), self.constraint_jacobian(q)
        directions = self.velocity(rows).mT
        needed = combine(directions.mT, force) + self.bending(v)
        pulls = solve(rows @ directions, needed)
        return torch.cat((v, force - combine(rows.mT, pulls)), dim=-1)

    def momenta(self, x: Float[Tensor, "*batch state"]) -> Mapping[str, Float[Tensor, "*batch"]]:
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

    @abstractmethod
    def _draw(
        self, spins: tuple[float, float], count: int, generator: torch.Generator
    ) -> Float[Tensor, "count state"]:
        """Draw states of angular velocities between these parts of the largest."""

    def sample_initial(
        self, count: int, generator: torch.Generator
    ) -> Float[Tensor, "count state"]:
        """Draw bodies that turn, from half the largest angular velocity on."""
        return self._draw((0.5, 1.0), count, generator)

    def sample_higher_energy(
        self, count: int, generator: torch.Generator
    ) -> Float[Tensor, "count state"]:
        """Draw bodies that turn up to a fifth faster than the largest."""
        return self._draw((1.01, 1.2), count, generator)

    def _inertial(self, y: Tensor) -> tuple[Tensor, Tensor]:
        """Return mass and moments."""
        return like((self.mass,), y).squeeze(), like(tuple(self.moments), y)


def random_axes(count: int, generator: torch.Generator) -> Float[Tensor, "count 3 3"]:
    """Draw right-handed axes, in columns, all ways alike; float64."""
    draws = torch.randn(count, 3, 3, generator=generator, dtype=torch.float64)
    axes = torch.linalg.qr(draws).Q
    return axes * torch.linalg.det(axes).sign()[:, None, None]
