"""Any number of pendulums, each hanging from the one above."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from .hanging_rods import HangingRods
from .sampling import is_positive

MOST = 64
"""Rods in the longest pendulum."""


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
        for name, unit in (("mass", "kg"), ("length", "m")):
            values = tuple(getattr(self, name))
            if not (1 <= len(values) <= MOST and all(map(is_positive, values))):
                raise ValueError(
                    f"system.{name} must hold from 1 to {MOST} positive values, one for each rod; "
                    f"got {list(values)} {unit}."
                )
            object.__setattr__(self, name, values)
        if len(self.mass) != len(self.length):
            raise ValueError(
                f"system.mass and system.length must hold as many values, one for each rod; got "
                f"{len(self.mass)} masses {list(self.mass)} kg and {len(self.length)} lengths "
                f"{list(self.length)} m."
            )

    @property
    def bobs(self) -> tuple[float, ...]:
        """The masses."""
        return tuple(self.mass)

    @property
    def rods(self) -> tuple[float, ...]:
        """The lengths."""
        return tuple(self.length)
