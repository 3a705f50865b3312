"""Duffing's oscillator: a mass in one quartic well, or in two."""

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
from .sampling import (
    check_finite,
    check_not_negative,
    check_positive,
    check_range,
    random_signs,
    uniform,
)
from .sketch import Sketch


@dataclass(frozen=True)
class Duffing(DampedAndDriven, SeparableSystem):
    r"""A mass on a spring that stiffens, or between two wells, with a damper and a force.

    .. math:: V = \frac{\alpha q^2}{2} + \frac{\beta q^4}{4} - V_{\min}, \qquad
        \dot p = -\alpha q - \beta q^3 - \delta v + u

    With :math:`\alpha \ge 0` there is one well, and oscillations are the faster the larger. With
    :math:`\alpha < 0` there are two, at :math:`q = \pm\sqrt{-\alpha/\beta}`, on both sides of a
    barrier of the height :math:`\alpha^2 / 4\beta`. Energies count from the bottom.

    Damped and driven by one sine, two wells are chaotic for some strengths of it, such as
    :math:`\delta = 0.3`, :math:`u = 0.5 \cos 1.2 t` with the other numbers as they are.

    Source:
        I. Kovacic, M. J. Brennan (eds.), *The Duffing Equation*, Wiley 2011, section 2.2.

    Raises:
        ValueError: if the mass, beta or the range of energies is not positive, alpha is not finite,
            the damping is negative, or the largest energy is exactly that of the barrier.
    """

    domain: ClassVar[str] = "textbook mechanics"

    mass: float = 1.0
    """Mass m, in kg."""
    alpha: float = -1.0
    """Linear stiffness alpha, in N/m; negative for two wells."""
    beta: float = 1.0
    """Cubic stiffness beta, in N/m^3."""
    damping: float = 0.0
    """Coefficient delta of the damper, in N s/m."""
    energy: Sequence[float] = (0.05, 0.6)
    """Range of the energies of training motions above rest, in J."""

    def __post_init__(self) -> None:
        check_positive(self, mass="kg", beta="N/m^3")
        check_finite(self, alpha="N/m")
        check_not_negative(self, damping="N s/m")
        check_range(self, energy="J")
        if self._at_the_barrier(self.energy[1]):
            raise ValueError(
                f"system.energy must not end at the height alpha^2 / 4 beta of the barrier, where "
                f"the period is infinite; got {self.energy[1]} J. Use a smaller or a larger one."
            )

    @property
    def spec(self) -> StateSpec:
        """The position q, in m, its momentum, in kg m/s, and a force, in N."""
        return StateSpec(positions=("q",), angular=(False,), inputs=("force",))

    @property
    def masses(self) -> tuple[float, ...]:
        """The mass."""
        return (self.mass,)

    @property
    def well(self) -> float:
        """The distance of the lowest points from the middle, in m; 0 for one well."""
        return math.sqrt(max(-self.alpha, 0) / self.beta)

    @property
    def barrier(self) -> float:
        """The height ``alpha^2 / 4 beta`` of the barrier above the wells, in J; 0 for one well."""
        return min(self.alpha, 0) ** 2 / (4 * self.beta)

    @property
    def time_scale(self) -> float:
        """The period at the largest energy of training motions."""
        return self.period(self.energy[1])

    @property
    def energy_scale(self) -> float:
        """The largest energy of training motions."""
        return self.energy[1]

    def period(self, energy: float) -> float:
        r"""Return the period of the motion with this energy above rest, in s.

        With :math:`R^2 = \alpha^2 + 4\beta(E - V_b)` and the height :math:`V_b` of the barrier the
        turning points are :math:`q^2 = (-\alpha \pm R)/\beta`. The motion is Jacobi's cn above the
        barrier, dn in one of two wells; their periods are arithmetic-geometric means.

        Source:
            Abramowitz and Stegun, sections 16.1 and 17.6.

        Raises:
            ValueError: if the energy is not positive, or is that of the barrier, in J.
        """
        if not energy > 0 or self._at_the_barrier(energy):
            raise ValueError(
                f"the energy must be positive and not that of the barrier, {self.barrier} J; "
                f"got {energy} J."
            )
        root = math.sqrt(self.alpha**2 + 4 * self.beta * (energy - self.barrier))
        unit = 2 * math.pi * math.sqrt(self.mass)
        if energy > self.barrier:
            halfway = math.sqrt((self.alpha + root) / 2)
            return unit / arithmetic_geometric_mean(math.sqrt(root), halfway)
        outer, inner = (math.sqrt(2 * (sign * root - self.alpha)) for sign in (1, -1))
        return unit / arithmetic_geometric_mean(outer, inner)

    @property
    def input_scale(self) -> tuple[float, ...]:
        """The force of the quartic part where the whole energy is its own, in N."""
        reach = (4 * self.energy[1] / self.beta) ** 0.25
        return (self.beta * reach**3,)

    def potential(self, q: Float[Tensor, "*batch dof"]) -> Float[Tensor, "*batch"]:
        """Return V, written so that it loses no digits near the bottom."""
        square = q.square()
        wells = self.beta * (square - self.well**2).square() / 4
        return (wells + max(self.alpha, 0) * square / 2).sum(-1)

    def force(self, q: Float[Tensor, "*batch dof"]) -> Float[Tensor, "*batch dof"]:
        """Return ``-alpha q - beta q^3``."""
        return -q * (self.alpha + self.beta * q.square())

    def sketch(self, x: Float[Tensor, "*batch state"]) -> Sketch:
        """Return a bead on its potential, and the places where it could rest."""
        q, _ = split_state(x)
        rests = q.new_tensor(sorted({-self.well, 0.0, self.well})).expand(*q.shape[:-1], -1)
        places = torch.cat((rests, q), dim=-1)
        heights = self.potential(places.unsqueeze(-1))
        fixed = tuple(range(rests.shape[-1]))
        return Sketch(
            torch.stack((places, heights), dim=-1), fixed=fixed, axes=("q (m)", "energy (J)")
        )

    def sample_initial(
        self, count: int, generator: torch.Generator
    ) -> Float[Tensor, "count state"]:
        """Draw energies uniformly in their range, and then a point of each orbit."""
        return self._sample(self.energy, count, generator)

    def sample_higher_energy(
        self, count: int, generator: torch.Generator
    ) -> Float[Tensor, "count state"]:
        """Draw energies up to a quarter above the largest one in training."""
        return self._sample((self.energy[1], 1.25 * self.energy[1]), count, generator)

    def _at_the_barrier(self, energy: float) -> bool:
        """Whether the energy is that of the barrier, as far as a period can tell."""
        return math.isclose(energy, self.barrier, rel_tol=1e-12)

    def _sample(self, energy: Sequence[float], count: int, generator: torch.Generator) -> Tensor:
        """Draw distances uniformly between turning points; the energy gives the momentum's size."""
        level = uniform(energy, (count,), generator)
        root = (self.alpha**2 + 4 * self.beta * (level - self.barrier)).clamp(min=0).sqrt()
        inner, outer = (
            ((sign * root - self.alpha) / self.beta).clamp(min=0).sqrt() for sign in (-1, 1)
        )
        distance = inner + (outer - inner) * uniform((0, 1), (count,), generator)
        kinetic = level - self.potential(distance.unsqueeze(-1))
        momentum = (2 * self.mass * kinetic.clamp(min=0)).sqrt()
        return torch.stack((distance, momentum), dim=-1) * random_signs((count, 2), generator)
