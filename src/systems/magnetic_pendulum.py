"""A pendulum in space above magnets."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import torch
from jaxtyping import Float
from torch import Tensor

from .constants import like
from .sampling import check_count, check_positive, check_range, uniform
from .spherical_bobs import SphericalBobs


@dataclass(frozen=True)
class MagneticPendulum(SphericalBobs):
    r"""A bob with a magnet along its rod, above magnets on a circle that repel it.

    With :math:`s_k` from magnet k to the bob, its moment :math:`\mu` upwards and that of the bob
    :math:`\mu\, r / |r|^2`, along the rod,

    .. math:: V = m g z - \sum_k \frac{3 (\mu_0 \cdot s_k)(\mu_k \cdot s_k) + |s_k|^2 \mu_0 \cdot
        \mu_k}{4 \pi |s_k|^5}.

    The last term has the other sign in the field of true dipoles: this is the potential of the
    paper's code, so that its data are the same. Each magnet is a steep hill a rod's tip away, and
    the rest position between them a saddle.

    Source:
        M. Finzi, K. A. Wang, A. G. Wilson, *Simplifying Hamiltonian and Lagrangian Neural Networks
        via Explicit Constraints*, 2020, arXiv:2010.13581, and its code. True dipoles: J. D.
        Jackson, *Classical Electrodynamics*, 3rd ed., eq. (5.73).

    Raises:
        ValueError: if there is no magnet, or a parameter is not positive.
    """

    domain: ClassVar[str] = "textbook mechanics"

    mass: float = 3.0
    """Mass of the bob, in kg."""
    moment: float = 0.3
    """Magnetic moment of the bob at 1 m, and of each magnet, in units of J^(1/2) m^(3/2)."""
    magnets: int = 2
    """How many lie on the circle."""
    radius: float = 0.1
    """Of the circle, in m."""
    gap: float = 0.05
    """How far the magnets lie below the lowest place of the bob, in m."""
    tilt: Sequence[float] = (0.4, 0.8)
    """Range of the tilts at which training motions are released at rest, in rad."""

    def __post_init__(self) -> None:
        super().__post_init__()
        check_positive(self, moment="J^(1/2) m^(3/2)", radius="m", gap="m")
        check_count(self, "magnets", 1, 8, "magnets")
        check_range(self, tilt="rad")

    @property
    def bobs(self) -> int:
        """One."""
        return 1

    @property
    def places(self) -> tuple[float, ...]:
        """The coordinates of the magnets, one after the other, in m."""
        angles = [2 * math.pi * k / self.magnets for k in range(self.magnets)]
        low = -(self.length + self.gap)
        flat = [(self.radius * math.cos(a), self.radius * math.sin(a), low) for a in angles]
        return tuple(c for place in flat for c in place)

    @property
    def energy_scale(self) -> float:
        """The weight's energy at the largest tilt."""
        return self.mass * self.gravity * self.length * (1 - math.cos(self.tilt[1]))

    def energy_between(self, q: Float[Tensor, "*batch dof"]) -> Float[Tensor, "*batch"]:
        """Return the energy of the bob's magnet in the field of the others."""
        _, square, along, height = self._parts(q)
        upwards = q[..., 2:] / q.square().sum(-1, keepdim=True)
        bracket = 3 * along * height + square * upwards
        return -self._strength * (bracket * square.pow(-2.5)).sum(-1)

    def force_between(self, q: Float[Tensor, "*batch dof"]) -> Float[Tensor, "*batch dof"]:
        """Return minus the gradient of it in closed form."""
        apart, square, along, height = self._parts(q)
        size = q.square().sum(-1, keepdim=True)
        upwards = q[..., 2:] / size
        bracket = 3 * along * height + square * upwards
        up = like((0.0, 0.0, 1.0), q)
        # d(along) = (s + q - 2 along q) / |q|^2 and d(upwards) = (up - 2 upwards q) / |q|^2
        q, size = q.unsqueeze(-2), size.unsqueeze(-2)
        along, height, square = along[..., None], height[..., None], square[..., None]
        bracket, upwards = bracket[..., None], upwards[..., None]
        by_along = (apart + q - 2 * along * q) / size
        by_upwards = (up - 2 * upwards * q) / size
        slope = 3 * (height * by_along + along * up) + 2 * upwards * apart + square * by_upwards
        change = slope * square.pow(-2.5) - 5 * bracket * apart * square.pow(-3.5)
        return self._strength * change.sum(-2)

    @property
    def _strength(self) -> float:
        return self.moment**2 / (4 * math.pi)

    def _parts(self, q: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Return vectors from magnets, ``[*batch, magnets, 3]``, and three numbers of each.

        Their squares, their parts along the bob's moment, and upwards.
        """
        apart = q.unsqueeze(-2) - like(self.places, q).reshape(self.magnets, 3)
        moment = q / q.square().sum(-1, keepdim=True)
        along = (apart * moment.unsqueeze(-2)).sum(-1)
        return apart, apart.square().sum(-1), along, apart[..., 2]

    def _release(
        self, tilts: Sequence[float], count: int, generator: torch.Generator
    ) -> Float[Tensor, "count state"]:
        """Release the bob at rest, tilted in any direction."""
        tilt = uniform(tilts, (count,), generator)
        turn = uniform((0, 2 * math.pi), (count,), generator)
        # Of the tilts (a, b) of from_angles, whose rod is (sin a, cos a sin b, -cos a cos b).
        a = (tilt.sin() * turn.cos()).asin()
        b = torch.atan2(tilt.sin() * turn.sin(), tilt.cos())
        return self.from_angles(torch.stack((a, b, 0 * a, 0 * b), dim=-1))

    def sample_initial(
        self, count: int, generator: torch.Generator
    ) -> Float[Tensor, "count state"]:
        """Release the bob at rest, from tilts of the range, in any direction."""
        return self._release(self.tilt, count, generator)

    def sample_higher_energy(
        self, count: int, generator: torch.Generator
    ) -> Float[Tensor, "count state"]:
        """Release the bob at rest, tilted up to a tenth beyond the range."""
        return self._release((1.02 * self.tilt[1], 1.1 * self.tilt[1]), count, generator)
