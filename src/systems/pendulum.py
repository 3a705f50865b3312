"""A pendulum."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import torch
from jaxtyping import Float
from torch import Tensor

from ..mechanics.state import StateSpec, split_state
from .elliptic import arithmetic_geometric_mean
from .natural import SeparableSystem
from .ports import DampedAndDriven
from .sampling import check_not_negative, check_positive, check_range, random_signs, uniform
from .sketch import Sketch, chain, hanging


@dataclass(frozen=True)
class Pendulum(DampedAndDriven, SeparableSystem):
    r"""A point mass on a massless rod; the angle is 0 where it hangs.

    .. math:: H(\theta, p) = \frac{p^2}{2 m l^2} + m g l (1 - \cos\theta), \qquad
        \dot p = -m g l \sin\theta - b\,\dot\theta + u

    Training motions swing to and fro: an amplitude of pi would be the separatrix, where the period
    is infinite and every error grows exponentially.

    Source:
        L. D. Landau, E. M. Lifshitz, *Mechanics*, 3rd ed., section 11, problem 1.

    Raises:
        ValueError: if the mass, the length, gravity or the range of amplitudes is not positive, or
            an amplitude reaches the upright position, or the damping is negative.
    """

    domain: ClassVar[str] = "textbook mechanics"

    mass: float = 1.0
    """Mass m, in kg."""
    length: float = 1.0
    """Length l of the rod, in m."""
    gravity: float = 9.81
    """Acceleration g, in m/s^2."""
    damping: float = 0.0
    """Coefficient b of the friction in the pivot, in N m s."""
    amplitude: Sequence[float] = (0.3, 2.3)
    """Range of the largest angles of training motions, in rad, below pi."""

    def __post_init__(self) -> None:
        check_positive(self, mass="kg", length="m", gravity="m/s^2")
        check_not_negative(self, damping="N m s")
        check_range(self, amplitude="rad")
        if self.amplitude[1] >= math.pi:
            raise ValueError(
                f"system.amplitude must stay below pi rad, where the pendulum stands upright; "
                f"got {self.amplitude[1]} rad."
            )

    @property
    def spec(self) -> StateSpec:
        """One angle theta, in rad, and its momentum, in kg m^2/s."""
        return StateSpec(positions=("theta",), angular=(True,), inputs=("torque",))

    @property
    def masses(self) -> tuple[float, ...]:
        """The moment of inertia ``m l^2``."""
        return (self.mass * self.length**2,)

    @property
    def weight(self) -> float:
        """The largest torque ``m g l``, in J: half of what it takes to stand upright."""
        return self.mass * self.gravity * self.length

    @property
    def time_scale(self) -> float:
        """The period in the middle of the range of amplitudes."""
        return self.period(sum(self.amplitude) / 2)

    @property
    def energy_scale(self) -> float:
        """The energy at the largest training amplitude."""
        return self.weight * (1 - math.cos(self.amplitude[1]))

    def period(self, amplitude: float) -> float:
        r"""Return the period :math:`4 \sqrt{l/g} K(\sin(\theta_0/2))`, in s.

        Source:
            Landau and Lifshitz, section 11, problem 1.

        Raises:
            ValueError: if the amplitude does not lie in [0, pi), in rad.
        """
        if not 0 <= amplitude < math.pi:
            raise ValueError(f"the amplitude must lie in [0, pi) rad; got {amplitude} rad.")
        mean = arithmetic_geometric_mean(1.0, math.cos(amplitude / 2))
        return 2 * math.pi * math.sqrt(self.length / self.gravity) / mean

    def potential(self, q: Float[Tensor, "*batch dof"]) -> Float[Tensor, "*batch"]:
        """Return ``m g l (1 - cos theta)``, written so that small angles lose no digits."""
        return 2 * self.weight * (q / 2).sin().square().sum(-1)

    @property
    def input_scale(self) -> tuple[float, ...]:
        """The torque of gravity on the level rod, in N m."""
        return (self.weight,)

    def force(self, q: Float[Tensor, "*batch dof"]) -> Float[Tensor, "*batch dof"]:
        """Return ``-m g l sin(theta)``."""
        return -self.weight * q.sin()

    def sketch(self, x: Float[Tensor, "*batch state"]) -> Sketch:
        """Return the bob and the pivot that it hangs from."""
        q, _ = split_state(x)
        return chain(hanging(q, torch.full_like(q, self.length)))

    def sample_initial(
        self, count: int, generator: torch.Generator
    ) -> Float[Tensor, "count state"]:
        """Draw amplitudes uniformly in their range, and then a point of each orbit."""
        return self._sample(self.amplitude, count, generator)

    def sample_higher_energy(
        self, count: int, generator: torch.Generator
    ) -> Float[Tensor, "count state"]:
        """Draw amplitudes from the largest one in training to half way from there to pi."""
        high = self.amplitude[1]
        return self._sample((high, (high + math.pi) / 2), count, generator)

    def _sample(self, amplitude: Sequence[float], count: int, generator: torch.Generator) -> Tensor:
        """Draw angles uniformly within each amplitude; the energy gives the momentum's size."""
        largest = uniform(amplitude, (count,), generator)
        angle = largest * uniform((-1, 1), (count,), generator)
        kinetic = self.weight * (angle.cos() - largest.cos())
        momentum = (2 * self.masses[0] * kinetic.clamp(min=0)).sqrt()
        return torch.stack((angle, momentum * random_signs((count,), generator)), dim=-1)
