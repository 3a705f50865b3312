"""One coordinate in a quadratic well."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from ..mechanics.state import StateSpec, split_state
from .natural import SeparableSystem
from .sampling import check_positive, check_range
from .sketch import Sketch, chain


@dataclass(frozen=True)
class HarmonicOscillator(SeparableSystem):
    r"""One coordinate in a quadratic well.

    .. math:: H(q, p) = \frac{p^2}{2m} + \frac{k q^2}{2}, \qquad \omega = \sqrt{k/m}

    The motion is a rotation of the plane :math:`(q, p / m\omega)`, so the exact flow is
    known and every integrator can be judged against it.

    Source:
        V. I. Arnold, *Mathematical Methods of Classical Mechanics*, 2nd ed., section 4.

    Raises:
        ValueError: if the mass, the stiffness or the range of amplitudes is not positive.
    """

    mass: float = 1.0
    """Mass m, in kg."""
    stiffness: float = 1.0
    """Spring constant k, in N/m."""
    amplitude: Sequence[float] = (0.2, 1.0)
    """Range of the amplitudes of training motions, in m."""

    def __post_init__(self) -> None:
        check_positive(self, mass="kg", stiffness="N/m")
        check_range(self, amplitude="m")

    @property
    def spec(self) -> StateSpec:
        """One displacement q, in m, and its momentum, in kg m/s."""
        return StateSpec(positions=("q",), angular=(False,))

    @property
    def masses(self) -> tuple[float, ...]:
        """The one mass."""
        return (self.mass,)

    @property
    def frequency(self) -> float:
        """Angular frequency, in rad/s."""
        return math.sqrt(self.stiffness / self.mass)

    @property
    def time_scale(self) -> float:
        """The period ``2 pi / omega``."""
        return 2 * math.pi / self.frequency

    @property
    def energy_scale(self) -> float:
        """The energy at the largest training amplitude."""
        return self.stiffness * self.amplitude[1] ** 2 / 2

    def potential(self, q: Float[Tensor, "*batch dof"]) -> Float[Tensor, "*batch"]:
        """Return ``k q^2 / 2``."""
        return self.stiffness * q.square().sum(-1) / 2

    def force(self, q: Float[Tensor, "*batch dof"]) -> Float[Tensor, "*batch dof"]:
        """Return ``-k q``."""
        return -self.stiffness * q

    def sketch(self, x: Float[Tensor, "*batch state"]) -> Sketch:
        """Return the mass on a line, held from the left."""
        q, _ = split_state(x)
        joint = torch.stack((q, torch.zeros_like(q)), dim=-1)
        return chain(joint, origin=(-2 * self.amplitude[1], 0.0))

    def exact_flow(
        self, x0: Float[Tensor, "*batch state"], t: Float[Tensor, " time"]
    ) -> Float[Tensor, "time *batch state"] | None:
        """Return the rotation by ``omega t`` of the plane ``(q, p / m omega)``."""
        q, p = split_state(x0)
        inertia = self.mass * self.frequency
        angle = (self.frequency * t).reshape(-1, *[1] * x0.ndim)
        cos, sin = angle.cos(), angle.sin()
        return torch.cat((q * cos + p / inertia * sin, p * cos - inertia * q * sin), dim=-1)

    def sample_initial(
        self, count: int, generator: torch.Generator
    ) -> Float[Tensor, "count state"]:
        """Draw amplitudes uniformly in their range, and uniform phases."""
        return self._sample(self.amplitude, count, generator)

    def sample_higher_energy(
        self, count: int, generator: torch.Generator
    ) -> Float[Tensor, "count state"]:
        """Draw amplitudes up to a quarter above the largest training amplitude."""
        return self._sample((self.amplitude[1], 1.25 * self.amplitude[1]), count, generator)

    def _sample(self, amplitude: Sequence[float], count: int, generator: torch.Generator) -> Tensor:
        low, high = amplitude
        draws = torch.rand(count, 2, generator=generator, dtype=torch.float64)
        radius, phase = low + (high - low) * draws[:, 0], 2 * math.pi * draws[:, 1]
        inertia = self.mass * self.frequency
        return torch.stack((radius * phase.cos(), inertia * radius * phase.sin()), dim=-1)
