"""The vibration of a molecule of two atoms, as quantum mechanics has it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .bound import BoundParticle
from .packets import HIGHER
from .sampling import check_positive


@dataclass(frozen=True)
class SchroedingerMorse(BoundParticle):
    r"""A wave function in the well of a chemical bond: steep on one side, open on the other.

    .. math:: V = D (1 - e^{-\alpha x})^2, \qquad \omega = \alpha \sqrt{2 D}, \qquad
        E_n = \omega (n + \tfrac12) - \frac{\omega^2 (n + \tfrac12)^2}{4 D}

    in units with :math:`\hbar = m = 1`, where m is the reduced mass and x the length of the bond
    beyond that at rest. Levels come closer as they rise, so a wave packet spreads and gathers
    again; above D the bond is broken.

    Source:
        P. M. Morse, *Diatomic molecules according to the wave mechanics II. Vibrational levels*,
        Phys. Rev. 34, 57 (1929), eqs. (4) and (12).

    Raises:
        ValueError: if a parameter is out of range, the largest energy would break the bond, a wave
            packet at rest has more energy than the least one asked for, or the grid cannot hold the
            fastest wave packets.
    """

    points: int = 26
    """Number of points of the grid, 8 to 256; even."""
    length: float = 13.0
    """Length of the line, in natural units; it is closed to a ring, whose ends no packet reaches.
    """
    frequency: float = 1.0
    """Angular frequency omega of small vibrations, in natural units."""
    depth: float = 8.0
    """Depth D of the well, in natural units: the energy that breaks the bond."""
    energy: Sequence[float] = (0.8, 2.0)
    """Range of the mean energies of training states, in units of omega."""

    def __post_init__(self) -> None:
        self.check_line()
        check_positive(self, frequency="per unit of time", depth="units of energy")
        most = HIGHER * self.energy_scale
        if most >= self.depth:
            raise ValueError(
                f"system.depth must exceed {HIGHER} times the largest energy, {most:.4g}, so that "
                f"no bond breaks; got {self.depth} units of energy."
            )
        self.check_bound(-math.log(1 - math.sqrt(most / self.depth)) / self.steepness)

    @property
    def steepness(self) -> float:
        """The inverse range alpha of the well, in natural units."""
        return self.frequency / math.sqrt(2 * self.depth)

    @property
    def levels(self) -> tuple[float, ...]:
        """The energies of the bound states in closed form, in natural units, ascending."""
        count = math.ceil(2 * self.depth / self.frequency - 0.5)
        quanta = (self.frequency * (n + 0.5) for n in range(count))
        return tuple(energy - energy**2 / (4 * self.depth) for energy in quanta)

    def potential(self, x: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return V at the positions ``x``, in natural units."""
        return self.depth * np.expm1(-self.steepness * x) ** 2
