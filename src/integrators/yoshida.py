"""Yoshida's compositions of the leapfrog method."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from .leapfrog import Leapfrog


def _symmetric(*outer: float) -> tuple[float, ...]:
    """Return the weights ``(w_m .. w_1, w_0, w_1 .. w_m)`` that add up to one."""
    return (*outer, 1 - 2 * sum(outer), *reversed(outer))


class Yoshida4(Leapfrog):
    r"""Three leapfrogs that cancel the error of third order; three forces per step.

    .. math:: w_1 = \frac{1}{2 - 2^{1/3}}, \qquad w_0 = 1 - 2 w_1

    Source:
        H. Yoshida, *Construction of higher order symplectic integrators*, Physics Letters A 150
        (1990), 262-268, section 3; Hairer, Lubich, Wanner, section II.4, equation (4.4), p = 2.
    """

    weights: ClassVar[Sequence[float]] = _symmetric(1 / (2 - 2 ** (1 / 3)))

    @property
    def order(self) -> int:
        """Four."""
        return 4


class Yoshida6(Leapfrog):
    """Seven leapfrogs that cancel the errors up to fifth order; seven forces per step.

    Source:
        H. Yoshida (1990), table 1, solution A, where ``w_1 .. w_3`` run outwards; to more digits in
        Hairer, Lubich, Wanner, section V.3.2, equation (3.11).
    """

    weights: ClassVar[Sequence[float]] = _symmetric(
        0.78451361047755726382, 0.23557321335935813368, -1.17767998417887100695
    )

    @property
    def order(self) -> int:
        """Six."""
        return 6
