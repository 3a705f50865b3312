"""Any number of pendulums, each hanging from the one above."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from .hanging_rods import HangingRods
from .planar_links import check_rods


@dataclass(frozen=True)
class NLinkPendulum(HangingRods):
    r"""Any number of point masses on massless rods, each hanging from the one above.

    With equal bobs and rods the squares :math:`\omega^2 l / g` of the small oscillations are the
    roots of the Laguerre polynomial of that degree; a long one is a hanging chain.

    Source:
        The equations are those of :class:`HangingRods`; the frequencies: M. Braun, *On some
        properties of the multiple pendulum*, Arch. Appl. Mech. 72 (2003), 899-910.

    Raises:
        ValueError: if there are not as many masses as lengths, from 1 to 64, or one of them,
            gravity or the angle is not positive, or the angles of the test set with higher energies
            (a quarter larger) would pass pi.
    """

    domain: ClassVar[str] = "textbook mechanics"

    mass: Sequence[float] = (1.0, 1.0, 1.0)
    """The mass of each bob, in kg, from the pivot on."""
    length: Sequence[float] = (1.0, 1.0, 1.0)
    """The length of each rod, in m, from the pivot on."""

    def __post_init__(self) -> None:
        super().__post_init__()
        check_rods(self)

    @property
    def bobs(self) -> tuple[float, ...]:
        """The masses."""
        return tuple(self.mass)

    @property
    def rods(self) -> tuple[float, ...]:
        """The lengths."""
        return tuple(self.length)
