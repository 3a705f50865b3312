"""Levels on a ring."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from .quantum import LevelSystem
from .sampling import check_finite, check_fraction, check_positive


@dataclass(frozen=True)
class NLevel(LevelSystem):
    r"""One particle on a ring of three or more sites, with a magnetic flux through it.

    .. math:: H = \sum_k E_k |k\rangle\langle k| + J \sum_k \left( e^{i\Phi/N} |k+1\rangle\langle k|
        + e^{-i\Phi/N} |k\rangle\langle k+1| \right)

    The flux makes the matrix complex, and the particle prefers one way around. While every
    :math:`E_k > 2 J` the real part is positive definite (Gershgorin), and there is a Lagrangian,
    complex matrix or not. Times are in microseconds, energies over hbar in rad/us.

    Source:
        R. P. Feynman, *Lectures on Physics*, vol. III, sections 8-1, 13-1 and 21-1.

    Raises:
        ValueError: if there are fewer than three levels, one is not finite, the coupling is not
            positive, the flux not finite, or the excitation not between 0 and 1.
    """

    domain: ClassVar[str] = "quantum mechanics"

    levels: Sequence[float] = (2.0, 3.0, 4.0)
    """Energies E_k of the sites, in rad/us."""
    coupling: float = 0.7
    """Strength J of hopping to a neighbouring site, in rad/us."""
    flux: float = 1.0
    """Phase Phi of going once around the ring, in rad."""
    excitation: float = 0.6
    """Largest mean energy of training states, as a fraction of the way from the lowest level to
    the highest."""

    def __post_init__(self) -> None:
        levels = tuple(self.levels)
        if len(levels) < 3 or not all(
            isinstance(level, int | float) and math.isfinite(level) for level in levels
        ):
            raise ValueError(
                f"system.levels must hold three or more finite numbers, the energies of the sites; "
                f"got {list(levels)} rad/us. Two sites are system=two_level."
            )
        object.__setattr__(self, "levels", levels)
        check_positive(self, coupling="rad/us")
        check_finite(self, flux="rad")
        check_fraction(self, excitation="of the way between the levels")

    @property
    def time_unit(self) -> str:
        """Microseconds."""
        return "us"

    @property
    def remedy(self) -> str:
        """What to add to the energies to make the real part of the matrix positive definite."""
        least = -float(np.linalg.eigvalsh(self.operator.real)[0])
        return (
            f" An offset of all energies changes nothing that can be observed, and makes H convex: "
            f"add more than {max(least, 0.0):.4g} rad/us to each of system.levels."
        )

    def matrix(self) -> NDArray[np.complex128]:
        """Return H, in rad/us."""
        count = len(self.levels)
        hop = self.coupling * np.roll(np.eye(count), 1, axis=0)
        angle = self.flux / count
        matrix = np.diag(np.asarray(self.levels, dtype=float)) + math.cos(angle) * (hop + hop.T)
        return matrix + 1j * math.sin(angle) * (hop - hop.T)
