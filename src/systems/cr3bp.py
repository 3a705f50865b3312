"""The circular restricted three-body problem."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar

import torch
from jaxtyping import Float
from torch import Tensor

from ..mechanics.state import StateSpec
from .gyroscopic import GyroscopicSystem
from .sampling import check_positive, is_positive, uniform

_BISECTIONS = 60


@dataclass(frozen=True)
class RestrictedThreeBody(GyroscopicSystem):
    r"""A small body between two large ones that circle each other, in the frame that turns along.

    .. math:: L = \tfrac12\left((\dot x - y)^2 + (\dot y + x)^2\right) + \frac{1 - m}{r_1}
              + \frac{m}{r_2}, \qquad p_x = \dot x - y, \quad p_y = \dot y + x

    where the large bodies rest in :math:`(-m, 0)` and :math:`(1 - m, 0)`. The momenta are the
    velocities in the frame that does not turn; :math:`(q, \dot q)` is not canonical. Read as a
    charge in a magnetic field, :math:`A = (-y, x)` and
    :math:`V = -\tfrac12(x^2 + y^2) - (1 - m)/r_1 - m/r_2`.

    V is largest in the triangular points L4 and L5, yet motions near them are stable for m below
    0.03852, as with the Earth and the Moon (the default): Coriolis' force turns the body round.
    Energies are counted from there, so that H = 0 at rest in L4; see :meth:`jacobi_constant`.

    Units without dimension: lengths in distances of the large bodies, masses in the sum of theirs,
    times such that they turn by one radian in a unit (4.34 days for the Moon), hence once in
    :math:`2\pi`; energies and momenta are per unit of the small body's mass.

    Starts lie on the orbit of the light body, about 60 degrees ahead of it, around L4. L5 is the
    mirror image of L4, with time reversed, and would teach nothing more. Wider or faster starts
    leave the neighbourhood of L4 sooner or later and meet the large bodies.

    Source:
        V. Szebehely, *Theory of Orbits*, 1967, sections 1.5 and 5.2; C. D. Murray, S. F. Dermott,
        *Solar System Dynamics*, 1999, sections 3.3 and 3.7.

    Raises:
        ValueError: if the mass ratio does not lie between 0 and a half, or the largest angle or
            speed of starts is not positive.
    """

    domain: ClassVar[str] = "celestial mechanics"

    mass_ratio: float = 0.0121505856
    """Mass of the lighter of the large bodies, m, over the mass of both, at most a half."""
    angle: float = 0.05
    """Largest angle between starts and L4, seen from the heavy body, in rad."""
    speed: float = 0.015
    """Largest initial speed in the turning frame, in orbital speeds of the large bodies."""

    def __post_init__(self) -> None:
        if not (is_positive(self.mass_ratio) and self.mass_ratio <= 0.5):
            raise ValueError(
                f"system.mass_ratio must be positive and at most 0.5, the lighter body's share; "
                f"got {self.mass_ratio} of the total mass."
            )
        check_positive(self, angle="rad", speed="orbital speeds of the large bodies")

    @property
    def time_unit(self) -> str:
        """None: a turn of the large bodies takes 2 pi."""
        return ""

    @property
    def spec(self) -> StateSpec:
        """The place in the turning frame, and the velocity seen from the resting one."""
        return StateSpec(positions=("x", "y"), angular=(False, False))

    @property
    def landmarks(self) -> tuple[tuple[float, float], ...]:
        """The heavy body and the light one."""
        return (-self.mass_ratio, 0.0), (self._light, 0.0)

    @property
    def masses(self) -> tuple[float, ...]:
        """One: all is per unit of the small body's mass."""
        return (1.0, 1.0)

    @property
    def time_scale(self) -> float:
        """One turn of the large bodies; near L4 the faster of the two periods is little longer."""
        return 2 * math.pi

    @property
    def energy_scale(self) -> float:
        """The mean kinetic energy of starts, plus how far V falls below L4 on their average.

        Speeds have a mean square of ``speed^2 / 2``. Along the orbit of the light body, V is
        ``m (cos a - 1 / (2 sin(a / 2)))`` but for a constant, which falls by ``9 m d^2 / 8`` at the
        angle d from L4, and ``d^2`` is ``angle^2 / 3`` on average.
        """
        return self.speed**2 / 4 + 3 * self.mass_ratio * self.angle**2 / 8

    def vector_potential(self, q: Float[Tensor, "*batch dof"]) -> Float[Tensor, "*batch dof"]:
        """Return ``(-y, x)``, the velocity of the frame."""
        return torch.stack((-q[..., 1], q[..., 0]), dim=-1)

    def potential(self, q: Float[Tensor, "*batch dof"]) -> Float[Tensor, "*batch"]:
        """Return attraction and centrifugal potential, less their value in L4.

        Since ``x^2 + y^2 = (1 - m) r1^2 + m r2^2 - m (1 - m)``, each body adds its share of
        ``-(r^2 / 2 + 1 / r - 3 / 2)``, written here without the cancellation near r = 1.
        """
        x, y = q[..., 0], q[..., 1]
        energy = torch.zeros_like(x)
        for share, place in (
            (1 - self.mass_ratio, -self.mass_ratio),
            (self.mass_ratio, self._light),
        ):
            r = ((x - place).square() + y.square()).sqrt()
            energy = energy - share * (r - 1).square() * (r + 2) / (2 * r)
        return energy

    @property
    def _light(self) -> float:
        """Where the lighter of the large bodies rests."""
        return 1 - self.mass_ratio

    @property
    def _jacobi_at_rest(self) -> float:
        """Jacobi's constant in L4, where both distances are one."""
        return 3 - self.mass_ratio * (1 - self.mass_ratio)

    def jacobi_constant(self, x: Float[Tensor, "*batch state"]) -> Float[Tensor, "*batch"]:
        """Return ``C = x^2 + y^2 + 2 (1 - m) / r1 + 2 m / r2 - v^2`` at ``x = (q, p)``.

        Source:
            Murray and Dermott, eq. (3.29).
        """
        return self._jacobi_at_rest - 2 * self.hamiltonian(x)

    def lagrange_points(self) -> Float[Tensor, "5 2"]:
        """Return L1 (between the large bodies), L2, L3 (beyond the heavy one), L4 and L5.

        V is strictly concave on each of the three parts of the axis: its slope has one zero there.
        """
        slope = torch.func.grad(lambda q: self.potential(q).sum())
        light, heavy = self._light, -self.mass_ratio
        low = torch.tensor([heavy, light, -2.0], dtype=torch.float64)
        high = torch.tensor([light, 2.0, heavy], dtype=torch.float64)
        for _ in range(_BISECTIONS):
            middle = (low + high) / 2
            rising = slope(torch.stack((middle, torch.zeros_like(middle)), dim=-1))[:, 0] > 0
            low, high = torch.where(rising, middle, low), torch.where(rising, high, middle)
        points = torch.zeros(5, 2, dtype=torch.float64)
        points[:3, 0] = (low + high) / 2
        points[3:, 0] = 0.5 - self.mass_ratio
        points[3, 1], points[4, 1] = math.sqrt(3) / 2, -math.sqrt(3) / 2
        return points

    def sample_initial(
        self, count: int, generator: torch.Generator
    ) -> Float[Tensor, "count state"]:
        """Draw angles uniformly, and velocities evenly from a disc."""
        q = self._places(count, generator)
        speed = self.speed * uniform((0, 1), (count,), generator).sqrt()
        return self._moving(q, speed, generator)

    def sample_higher_energy(
        self, count: int, generator: torch.Generator
    ) -> Float[Tensor, "count state"]:
        """Draw the same places, with speeds that take them above every training energy.

        The largest of these is a start from L4 itself at the largest speed; here energies lie 5 to
        30 percent above it.
        """
        q = self._places(count, generator)
        energy = uniform((1.05, 1.3), (count,), generator) * self.speed**2 / 2
        return self._moving(q, (2 * (energy - self.potential(q))).sqrt(), generator)

    def _places(self, count: int, generator: torch.Generator) -> Tensor:
        angle = math.pi / 3 + uniform((-self.angle, self.angle), (count,), generator)
        return torch.stack((angle.cos() - self.mass_ratio, angle.sin()), dim=-1)

    def _moving(self, q: Tensor, speed: Tensor, generator: torch.Generator) -> Tensor:
        """Return canonical states with these speeds, in every direction."""
        angle = uniform((0, 2 * math.pi), speed.shape, generator)
        v = speed[:, None] * torch.stack((angle.cos(), angle.sin()), dim=-1)
        return self.to_canonical(torch.cat((q, v), dim=-1))
