"""A robot arm with any number of joints."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from .jointed_rods import JointedRods
from .planar_links import check_rods


@dataclass(frozen=True)
class ArmNLink(JointedRods):
    r"""A planar arm of any number of uniform rods with a motor in each joint: :math:`G = 1`.

    Two rods are :class:`Arm2R`. One that hangs freely is a heavy chain of rods.

    Source:
        The equations are those of :class:`JointedRods`.

    Raises:
        ValueError: if there are not as many masses as lengths, from 1 to 64, or one of them is not
            positive, or as said by :class:`JointedRods`.
    """

    domain: ClassVar[str] = "robotics"

    mass: Sequence[float] = (1.0, 1.0, 1.0)
    """The mass of each rod, in kg, from the base on."""
    length: Sequence[float] = (1.0, 1.0, 1.0)
    """The length of each rod, in m, from the base on."""

    def __post_init__(self) -> None:
        super().__post_init__()
        check_rods(self)

    @property
    def rod_masses(self) -> tuple[float, ...]:
        """The masses."""
        return tuple(self.mass)

    @property
    def rods(self) -> tuple[float, ...]:
        """The lengths."""
        return tuple(self.length)
