"""A rigid body that tumbles freely, as four points."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

import torch
from jaxtyping import Float
from torch import Tensor

from ..mechanics.constraints import combine
from .four_points import FourPoints, random_axes
from .sampling import check_positive, random_directions, uniform


@dataclass(frozen=True)
class Rotor(FourPoints):
    r"""A free rigid body, on which no force acts: :math:`V = 0`; see :class:`FourPoints`.

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
        super().__post_init__()
        check_positive(self, speed="m/s")

    @property
    def energy_scale(self) -> float:
        """That of the largest spin about an axis with the mean moment of inertia."""
        inertia = sum(self.inertia) / 3
        return self.mass * self.speed**2 / 2 + inertia * self.spin**2 / 2

    def potential(self, q: Float[Tensor, "*batch dof"]) -> Float[Tensor, "*batch"]:
        """Return zero."""
        return torch.zeros_like(q[..., 0])

    def force(self, q: Float[Tensor, "*batch dof"]) -> Float[Tensor, "*batch dof"]:
        """Return zeros."""
        return torch.zeros_like(q)

    def invariants(self, x: Float[Tensor, "*batch state"]) -> Mapping[str, Float[Tensor, "*batch"]]:
        """Return momentum and angular momentum about the origin, each by its three components."""
        return self.momenta(x)

    def _draw(
        self, spins: tuple[float, float], count: int, generator: torch.Generator
    ) -> Float[Tensor, "count state"]:
        """Draw axes and directions alike, with rotational energies of spins about the mean."""
        axes = random_axes(count, generator)
        ways = random_directions(count, 3, generator)
        inertia = torch.tensor(self.inertia, dtype=torch.float64)
        size = uniform(spins, (count, 1), generator) * self.spin
        body = size * ways * (inertia.mean() / inertia).sqrt()
        moving = self.speed * random_directions(count, 3, generator)
        return self.of_body(axes, torch.zeros_like(ways), combine(axes, body), moving)
