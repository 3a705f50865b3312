"""A robot arm with two joints."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from .two_link import TwoLink


@dataclass(frozen=True)
class Arm2R(TwoLink):
    r"""A planar arm of two uniform rods with a motor in each joint: :math:`G = 1`.

    One input for each coordinate: the arm can be held anywhere, and moved along every path.

    Source:
        B. Siciliano, L. Sciavicco, L. Villani, G. Oriolo, *Robotics: Modelling, Planning and
        Control*, section 7.3.2, with angles from hanging and motors without inertia.

    Raises:
        ValueError: as :class:`TwoLink`.
    """

    domain: ClassVar[str] = "robotics"
