"""What bobs on rods in space have in common, whatever acts between them."""

from __future__ import annotations

import math
from abc import abstractmethod
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from ..mechanics.state import StateSpec, split_state
from .constants import like
from .constrained import ConstrainedParticles
from .sampling import check_positive


@dataclass(frozen=True)
class SphericalBobs(ConstrainedParticles):
    r"""Equal point masses, each on a massless rod of its own, which swings about a fixed pivot.

    .. math:: H = \sum_i \frac{|p_i|^2}{2m} + V(r), \qquad
        \varphi_i = \tfrac12 \left(|r_i - a_i|^2 - l^2\right) = 0

    The rods pull with :math:`\lambda_i = (m |v_i|^2 + F_i \cdot (r_i - a_i)) / l^2` times their
    vector: a constraint touches one bob, so nothing has to be solved.

    Source:
        L. D. Landau, E. M. Lifshitz, *Mechanics*, 3rd ed., section 14, problem 1, for one bob.

    Raises:
        ValueError: if the mass, the length or gravity is not positive.
    """

    mass: float = 1.0
    """Mass of each bob, in kg."""
    length: float = 1.0
    """Length of each rod, in m."""
    gravity: float = 9.81
    """Acceleration g, in m/s^2."""

    def __post_init__(self) -> None:
        check_positive(self, mass="kg", length="m", gravity="m/s^2")

    @property
    @abstractmethod
    def bobs(self) -> int:
        """How many there are."""

    @property
    def pivots(self) -> tuple[float, ...]:
        """The coordinates of all pivots, one after the other: the origin."""
        return (0.0,) * (3 * self.bobs)

    @abstractmethod
    def energy_between(self, q: Float[Tensor, "*batch dof"]) -> Float[Tensor, "*batch"]:
        """Return the potential energy of what acts beside gravity, in J."""

    @abstractmethod
    def force_between(self, q: Float[Tensor, "*batch dof"]) -> Float[Tensor, "*batch dof"]:
        """Return the forces of it, in N."""

    @property
    def spec(self) -> StateSpec:
        """Three coordinates per bob, in m, z upwards, and their momenta, in kg m/s."""
        names = tuple(f"{axis}{i}" for i in range(1, self.bobs + 1) for axis in "xyz")
        return StateSpec(positions=names, angular=(False,) * len(names))

    @property
    def masses(self) -> tuple[float, ...]:
        """The one mass, for every coordinate."""
        return (self.mass,) * (3 * self.bobs)

    @property
    def time_scale(self) -> float:
        """The period of one bob alone: small oscillations."""
        return 2 * math.pi * math.sqrt(self.length / self.gravity)

    @property
    def constraint_scale(self) -> float:
        """The square of the length, in m^2: a violation is the relative error of a length."""
        return self.length**2

    def rods(self, q: Float[Tensor, "*batch dof"]) -> Float[Tensor, "*batch bobs 3"]:
        """Return the vectors from the pivots to the bobs."""
        return (q - like(self.pivots, q)).unflatten(-1, (self.bobs, 3))

    def constraints(self, q: Float[Tensor, "*batch dof"]) -> Float[Tensor, "*batch constraints"]:
        """Return ``(|r - a|^2 - l^2) / 2`` for each bob, in m^2."""
        return (self.rods(q).square().sum(-1) - self.length**2) / 2

    def constraint_jacobian(
        self, q: Float[Tensor, "*batch dof"]
    ) -> Float[Tensor, "*batch constraints dof"]:
        """Return the vector of each rod in the columns of its bob, in m."""
        own = torch.eye(self.bobs, dtype=q.dtype, device=q.device)
        return (own.unsqueeze(-1) * self.rods(q).unsqueeze(-2)).flatten(-2)

    def potential(self, q: Float[Tensor, "*batch dof"]) -> Float[Tensor, "*batch"]:
        """Return ``m g (z + l)``, summed over the bobs, and what acts beside gravity."""
        heights = q[..., 2::3] + self.length
        return self.mass * self.gravity * heights.sum(-1) + self.energy_between(q)

    def force(self, q: Float[Tensor, "*batch dof"]) -> Float[Tensor, "*batch dof"]:
        """Return the weights, and what acts beside them."""
        down = (0.0, 0.0, -self.mass * self.gravity) * self.bobs
        return like(down, q) + self.force_between(q)

    def vector_field(
        self, x: Float[Tensor, "*batch state"], t: Tensor | None = None
    ) -> Float[Tensor, "*batch state"]:
        """Return the field in closed form, beside the manifold too."""
        q, p = split_state(x)
        v, force = self.velocity(p), self.force(q)
        rods, acting = self.rods(q), force.unflatten(-1, (self.bobs, 3))
        needed = self.mass * v.unflatten(-1, (self.bobs, 3)).square().sum(-1)
        pulls = (needed + (rods * acting).sum(-1)) / rods.square().sum(-1)
        on_bobs = pulls.unsqueeze(-1) * rods
        return torch.cat((v, force - on_bobs.flatten(-2)), dim=-1)

    def from_angles(self, x: Float[Tensor, "*batch angles"]) -> Float[Tensor, "*batch state"]:
        r"""Return ``(q, p)`` for tilts and their rates, ``(a1, b1, a2, ..., da1, db1, ...)``.

        The rod of a bob is :math:`l (\sin a, \cos a \sin b, -\cos a \cos b)`: both tilts are zero
        at rest, and there they point along x and y.
        """
        angles, rates = split_state(x)

        def place(tilts: Tensor) -> Tensor:
            a, b = tilts[..., 0::2], tilts[..., 1::2]
            rods = torch.stack((a.sin(), a.cos() * b.sin(), -a.cos() * b.cos()), dim=-1)
            return self.length * rods.flatten(-2) + like(self.pivots, tilts)

        moving = torch.func.jvp(place, (angles,), (rates,))
        return torch.cat((moving[0], self.mass * moving[1]), dim=-1)
