"""A quantum particle on a line."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .bound import BoundParticle
from .packets import HIGHER
from .sampling import check_not_negative, check_positive


@dataclass(frozen=True)
class Schroedinger1D(BoundParticle):
    r"""A wave function on the points of a line, in one well or two.

    .. math:: V = \frac{\omega^2 x^2}{2} \quad\text{or}\quad
        V = \frac{\omega^2 (x^2 - b^2)^2}{8 b^2}

    in units with :math:`\hbar = m = 1`. The levels of one well are :math:`\omega (n + 1/2)`. Two
    wells at :math:`\pm b` have the same frequency at their bottoms, and a barrier of
    :math:`\omega^2 b^2 / 8` that the particle tunnels through.

    Source:
        D. J. Tannor, *Introduction to Quantum Mechanics: A Time-Dependent Perspective*, 2007,
        sections 3.1 and 11.6.

    Raises:
        ValueError: if a parameter is out of range, a wave packet at rest has more energy than the
            least one asked for, or the grid cannot hold the fastest wave packets.
    """

    points: int = 20
    """Number of points of the grid, 8 to 256; even."""
    length: float = 10.5
    """Length of the line, in natural units; it is closed to a ring, whose ends no packet reaches.
    """
    frequency: float = 1.0
    """Angular frequency omega at the bottom of a well, in natural units."""
    separation: float = 0.0
    """Distance b of both wells from the middle, in natural units; 0: one well, in the middle."""
    energy: Sequence[float] = (0.8, 2.0)
    """Range of the mean energies of training states, in units of omega."""

    def __post_init__(self) -> None:
        self.check_line()
        check_positive(self, frequency="per unit of time")
        check_not_negative(self, separation="units of length")
        self.check_bound(
            self.separation + math.sqrt(2 * HIGHER * self.energy_scale) / self.frequency
        )

    @property
    def bottom(self) -> float:
        """The separation."""
        return self.separation

    def potential(self, x: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return V at the positions ``x``, in natural units."""
        if self.separation == 0:
            return self.frequency**2 * x**2 / 2
        return (self.frequency * (x**2 - self.separation**2) / self.separation) ** 2 / 8
