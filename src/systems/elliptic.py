"""Complete elliptic integrals: the periods of pendulums and of quartic wells."""

from __future__ import annotations

import math


def arithmetic_geometric_mean(a: float, b: float) -> float:
    r"""Return the common limit M(a, b) of arithmetic and geometric means, for positive a and b.

    .. math:: \frac{\pi}{2 M(a, b)} = \int_0^{\pi/2}
        \frac{d\varphi}{\sqrt{a^2 \cos^2\varphi + b^2 \sin^2\varphi}}, \qquad
        K(k) = \frac{\pi}{2 M(1, \sqrt{1 - k^2})}

    Source:
        Abramowitz and Stegun, eqs. (17.6.1) to (17.6.3).
    """
    while abs(a - b) > 1e-15 * a:
        a, b = (a + b) / 2, math.sqrt(a * b)
    return a
