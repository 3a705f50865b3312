"""The Gauss-Legendre method with two stages."""

from __future__ import annotations

import math

from .collocation import GaussCollocation
from .stages import Tableau

_SHIFT = math.sqrt(3) / 6


class GaussLegendre4(GaussCollocation):
    r"""Fourth order, symmetric, symplectic for every energy; keeps quadratic invariants exactly.

    Collocation at the nodes :math:`\tfrac12 \mp \tfrac{\sqrt3}{6}`.

    Source:
        Hairer, Lubich, Wanner, *Geometric Numerical Integration*, 2nd ed., section II.1.3,
        table 1.1.
    """

    @property
    def tableau(self) -> Tableau:
        """Two stages."""
        return Tableau(
            nodes=(0.5 - _SHIFT, 0.5 + _SHIFT),
            weights=(0.5, 0.5),
            matrix=((0.25, 0.25 - _SHIFT), (0.25 + _SHIFT, 0.25)),
        )
