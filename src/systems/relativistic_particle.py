"""A particle of special relativity under a constant force."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from jaxtyping import Float
from torch import Tensor

from .relativistic import (
    ConstantForce,
    free_lagrangian,
    kinetic_energy,
    momentum_of,
    velocity_of,
)
from .sampling import check_fraction, check_positive


@dataclass(frozen=True)
class RelativisticParticle(ConstantForce):
    r"""A particle under a constant force, whose speed stays below that of light.

    .. math:: L = m c^2 \left(1 - \sqrt{1 - v^2/c^2}\right) + F q, \qquad
        H = \sqrt{m^2 c^4 + p^2 c^2} - m c^2 - F q, \qquad p = \gamma m v

    From rest :math:`v = a t / \sqrt{1 + (a t / c)^2}` with :math:`a = F / m`.
    Momenta grow without bound as velocities approach c, and the acceleration at a velocity is
    :math:`a \gamma^{-3}`. The law in the data of the paper on Lagrangian networks is another one:
    system=relativistic_lnn_paper.

    Source:
        L. D. Landau, E. M. Lifshitz, *The Classical Theory of Fields*, 4th ed., sections 8, 9
        and 20.

    Raises:
        ValueError: if a parameter is not positive, or the largest speed reaches that of light.
    """

    domain: ClassVar[str] = "particle physics"

    mass: float = 1.0
    """Mass m, in kg."""
    force: float = 1.0
    """Constant force F, in N."""
    light_speed: float = 1.0
    """Speed of light c, in m/s: the unit of speeds, so that these motions are fast."""
    speed: float = 0.99
    """Largest initial speed of training motions, as a fraction of c."""
    position: float = 1.0
    """Largest initial position, in m."""

    def __post_init__(self) -> None:
        check_positive(self, mass="kg", force="N", light_speed="m/s", position="m")
        check_fraction(self, speed="of the speed of light")

    @property
    def push(self) -> float:
        """The force F."""
        return self.force

    @property
    def limit(self) -> float:
        """The speed of light."""
        return self.light_speed

    @property
    def inertia(self) -> float:
        """The mass."""
        return self.mass

    def kinetic(self, p: Float[Tensor, "*batch 1"]) -> Float[Tensor, "*batch"]:
        """Return ``sqrt(m^2 c^4 + p^2 c^2) - m c^2``."""
        return kinetic_energy(p, self.mass, self.light_speed)

    def free(self, v: Float[Tensor, "*batch 1"]) -> Float[Tensor, "*batch"]:
        """Return ``m c^2 (1 - sqrt(1 - v^2/c^2))``."""
        return free_lagrangian(v, self.mass, self.light_speed)

    def velocity(self, p: Float[Tensor, "*batch 1"]) -> Float[Tensor, "*batch 1"]:
        """Return ``p / (gamma m)``."""
        return velocity_of(p, self.mass, self.light_speed)

    def momentum(self, v: Float[Tensor, "*batch 1"]) -> Float[Tensor, "*batch 1"]:
        """Return ``gamma m v``."""
        return momentum_of(v, self.mass, self.light_speed)

    def _momentum_at(self, kinetic: Float[Tensor, "*batch 1"]) -> Float[Tensor, "*batch 1"]:
        """Return p from ``(T + m c^2)^2 = m^2 c^4 + p^2 c^2``."""
        return (kinetic * (kinetic / self.light_speed**2 + 2 * self.mass)).sqrt()
