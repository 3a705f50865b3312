"""A spinning rigid body on a fixed pivot, under gravity, as four points."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

import torch
from jaxtyping import Float
from torch import Tensor

from .constants import like
from .four_points import POINTS, FourPoints, random_axes
from .sampling import check_positive, random_signs, uniform


@dataclass(frozen=True)
class Gyroscope(FourPoints):
    r"""A rigid body whose third axis passes through a fixed pivot, the origin, under gravity.

    .. math:: V = m g (z_0 + l), \qquad r_0 - l (r_3 - r_0) = 0

    beside what holds for all :class:`FourPoints`. With equal first two moments it is Lagrange's
    top, in coordinates without poles; with others none of its motions has a closed form.

    Source:
        M. Finzi, K. A. Wang, A. G. Wilson, *Simplifying Hamiltonian and Lagrangian Neural Networks
        via Explicit Constraints*, 2020, arXiv:2010.13581, section 5 and appendix.

    Raises:
        ValueError: if a parameter is not positive.
    """

    domain: ClassVar[str] = "mechanical engineering"

    mass: float = 0.1
    """Mass m, in kg."""
    moments: Sequence[float] = (0.024, 0.024, 0.0037)
    """Second moments of the mass along the three axes through its centre, in kg m^2."""
    arm: float = 0.22
    """Distance l of the centre of mass from the pivot, in m."""
    gravity: float = 9.81
    """Acceleration g, in m/s^2."""
    spin: float = 10.0
    """Largest angular velocity about the third axis, if upright, in rad/s; a half at least."""

    def __post_init__(self) -> None:
        super().__post_init__()
        check_positive(self, arm="m", gravity="m/s^2")

    @property
    def energy_scale(self) -> float:
        """That of the largest spin, upright."""
        return self.inertia[2] * self.spin**2 / 2 + 2 * self.mass * self.gravity * self.arm

    def potential(self, q: Float[Tensor, "*batch dof"]) -> Float[Tensor, "*batch"]:
        """Return ``m g (z0 + l)``, zero where the body hangs."""
        return self.mass * self.gravity * (q[..., 2] + self.arm)

    def force(self, q: Float[Tensor, "*batch dof"]) -> Float[Tensor, "*batch dof"]:
        """Return the weight, at the centre of mass."""
        down = (0.0, 0.0, -self.mass * self.gravity) + (0.0,) * (3 * POINTS - 3)
        return like(down, q).expand_as(q)

    def constraints(self, q: Float[Tensor, "*batch dof"]) -> Float[Tensor, "*batch constraints"]:
        """Return those of a rigid body, in m^2, and where the pivot is, in m."""
        return torch.cat((super().constraints(q), self._pivot(q)), dim=-1)

    def constraint_jacobian(
        self, q: Float[Tensor, "*batch dof"]
    ) -> Float[Tensor, "*batch constraints dof"]:
        """Return the rows of a rigid body, and the constant ones of the pivot."""
        rigid = super().constraint_jacobian(q)
        basis = torch.eye(q.shape[-1], dtype=q.dtype, device=q.device)
        fixed = self._pivot(basis).mT.expand(*q.shape[:-1], 3, -1)
        return torch.cat((rigid, fixed), dim=-2)

    def bending(self, v: Float[Tensor, "*batch dof"]) -> Float[Tensor, "*batch constraints"]:
        """Return those of a rigid body, and none of the pivot, whose rows are constant."""
        return torch.cat((super().bending(v), torch.zeros_like(v[..., :3])), dim=-1)

    def invariants(self, x: Float[Tensor, "*batch state"]) -> Mapping[str, Float[Tensor, "*batch"]]:
        """Return the angular momentum about the vertical through the pivot."""
        return {"L_z": self.momenta(x)["L_z"]}

    def about_pivot(
        self, axes: Float[Tensor, "*batch 3 3"], turning: Float[Tensor, "*batch 3"]
    ) -> Float[Tensor, "*batch state"]:
        """Return states for axes in columns and an angular velocity in space."""
        centre = self.arm * axes[..., 2]
        return self.of_body(axes, centre, turning, torch.linalg.cross(turning, centre))

    def _pivot(self, q: Tensor) -> Tensor:
        """Return the place of the pivot, by the centre and the end of the third axis."""
        points = q.unflatten(-1, (POINTS, 3))
        return points[..., 0, :] - self.arm * (points[..., 3, :] - points[..., 0, :])

    def _draw(
        self, spins: tuple[float, float], count: int, generator: torch.Generator
    ) -> Float[Tensor, "count state"]:
        """Draw all axes alike, let go at rest but for a spin, with the energy of upright spins."""
        axes = random_axes(count, generator)
        third = axes[..., 2]
        fallen = 2 * self.mass * self.gravity * self.arm * (1 - third[..., 2:]) / self.inertia[2]
        upright = self.spin * uniform(spins, (count, 1), generator)
        spin = random_signs((count, 1), generator) * (upright.square() + fallen).sqrt()
        return self.about_pivot(axes, spin * third)
