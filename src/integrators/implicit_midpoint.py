"""The implicit midpoint rule."""

from __future__ import annotations

from .collocation import GaussCollocation
from .stages import Tableau


class ImplicitMidpoint(GaussCollocation):
    r"""Second order, symmetric, symplectic for every energy; keeps quadratic invariants exactly.

    .. math:: \bar z = z + h f\!\left(t + \tfrac h2,\; \tfrac{z + \bar z}{2}\right)

    Source:
        Hairer, Lubich, Wanner, *Geometric Numerical Integration*, 2nd ed., section I.1.2,
        equation (1.7), and section IV.2.1 (quadratic invariants).
    """

    @property
    def tableau(self) -> Tableau:
        """One stage, in the middle."""
        return Tableau(nodes=(0.5,), weights=(1.0,), matrix=((0.5,),))
