"""Where a function of one number is zero."""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

from scipy.optimize import brentq

ABSOLUTE = 1e-13
"""How far a root may be off: prices are then exact to rounding."""


def root(function: Callable[[float], float], low: float, high: float) -> float:
    """Return the zero between two places where the function has unlike signs.

    Raises:
        ValueError: if the signs are alike.
    """
    return cast(float, brentq(function, low, high, xtol=ABSOLUTE))
