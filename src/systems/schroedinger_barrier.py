"""A quantum particle that meets a barrier."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float
from numpy.typing import NDArray
from torch import Tensor

from .base import MOTIONS_PER_DOF
from .packets import HIGHER, TAILS, ParticleOnLine
from .sampling import check_positive, check_range, random_signs, uniform


@dataclass(frozen=True)
class SchroedingerBarrier(ParticleOnLine):
    r"""A wave packet that is partly reflected by a hill and partly gets through.

    .. math:: V = \delta + \frac{V_0}{\cosh^2(x / b)}, \qquad
        T(k) = \frac{\sinh^2 \pi k b}{\sinh^2 \pi k b + \cosh^2 \frac\pi2 \sqrt{8 V_0 b^2 - 1}}

    in units with :math:`\hbar = m = 1`; T is the probability to pass with the momentum k, and the
    hyperbolic cosine a cosine where its argument is imaginary. A classical particle would pass if
    its energy exceeds V_0, and else turn.

    Source:
        L. D. Landau, E. M. Lifshitz, *Quantum Mechanics*, 3rd ed., section 25, problem 4;
        C. Eckart, Phys. Rev. 35, 1303 (1930).

    Raises:
        ValueError: if a parameter is out of range, wave packets would start on the barrier, or the
            grid cannot hold the farthest or fastest ones.
    """

    points: int = 38
    """Number of points of the grid, 8 to 256; even."""
    height: float = 1.0
    """Height V_0 of the barrier, in natural units."""
    width: float = 1.5
    """Standard deviation of the position in a wave packet, in natural units."""
    thickness: float = 1.0
    """Thickness b of the barrier, in natural units."""
    length: float = 29.0
    """Length of the line, in natural units; it is closed to a ring."""
    offset: float = 1.0
    """Common energy of all states, in natural units: it turns all phases alike, which nobody can
    observe, and keeps H far from flat in the momenta, where velocities hardly determine them."""
    distance: Sequence[float] = (5.0, 8.0)
    """Range of the distances from the barrier at which wave packets start, in natural units."""
    energy: Sequence[float] = (0.6, 1.4)
    """Range of the mean energies of training states above the offset, in units of V_0."""

    def __post_init__(self) -> None:
        check_positive(
            self,
            height="units of energy",
            thickness="units of length",
            width="units of length",
            offset="units of energy",
        )
        check_range(self, distance="units of length")
        self.check_line()
        least = TAILS * max(self.width, self.thickness)
        if self.distance[0] < least:
            raise ValueError(
                f"system.distance must start above {least:.4g}, so that wave packets start beside "
                f"the barrier; got {list(self.distance)} units of length."
            )
        fastest = math.sqrt(2 * HIGHER * self.energy[1] * self.height)
        self.check_room(self.distance[1], fastest)
        nearest = torch.tensor([self.distance[0]], dtype=torch.float64)
        rest = float(self.at_rest(nearest)) - self.offset
        if rest >= self.energy[0] * self.height:
            raise ValueError(
                f"system.energy must start above {rest / self.height:.4g} V_0, the energy of a "
                f"wave packet at rest; got {list(self.energy)} V_0."
            )

    @property
    def packet_width(self) -> float:
        """As given."""
        return self.width

    @property
    def energy_unit(self) -> tuple[float, str]:
        """The height of the barrier."""
        return self.height, "V_0"

    @property
    def lowest(self) -> float:
        """The offset."""
        return self.offset

    @property
    def training_horizon(self) -> float:
        """The time in which a particle with the energy V_0 comes from one side to the other."""
        return sum(self.distance) / math.sqrt(2 * self.height)

    @property
    def training_motions(self) -> int:
        """150 for each level below the largest mean energy: packets hold little of the others."""
        return MOTIONS_PER_DOF * int((self.operator.energies < self.energy_scale).sum())

    def potential(self, x: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return V at the positions ``x``, in natural units."""
        return self.offset + self.height / np.cosh(x / self.thickness) ** 2

    def transmission(self, momentum: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the probability T to pass the barrier with these momenta."""
        passing = np.sinh(math.pi * momentum * self.thickness) ** 2
        root = np.emath.sqrt(8 * self.height * self.thickness**2 - 1)
        return passing / (passing + np.cosh(math.pi / 2 * root).real ** 2)

    def _draw(
        self, total: Float[Tensor, "count 1"], generator: torch.Generator
    ) -> Float[Tensor, "count state"]:
        """Draw a side and a distance; all packets move towards the barrier."""
        side = random_signs(total.shape, generator)
        centre = side * uniform(self.distance, total.shape, generator)
        return self.packet(centre, -side * (2 * (total - self.at_rest(centre))).sqrt())
