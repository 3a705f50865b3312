"""Motion about a fixed centre that attracts by Newton's law: what several systems start from."""

from __future__ import annotations

import math

import torch
from jaxtyping import Float
from torch import Tensor

_MOST_STEPS = 200
"""Bisection alone needs some 60 to reach rounding."""
_SERIES_TERMS = 9
"""For arguments below one the next term of the series is smaller than rounding."""


def period(semi_major_axis: float, mu: float) -> float:
    """Return the time of one turn, for ``mu = G M`` of the centre, in consistent units.

    Source:
        H. Goldstein, *Classical Mechanics*, 3rd ed., eq. (3.71): Kepler's third law.
    """
    return 2 * math.pi * math.sqrt(semi_major_axis**3 / mu)


def runge_lenz(
    position: Float[Tensor, "*batch 2"], velocity: Float[Tensor, "*batch 2"], mu: float
) -> Float[Tensor, "*batch 2"]:
    r"""Return :math:`v \times \ell - \mu r / |r|`, per unit mass, for motion in a plane.

    It points from the centre to the pericentre, and its length is mu times the eccentricity.

    Source:
        Goldstein, eq. (3.82), divided by the square of the mass.
    """
    x, y = position.unbind(-1)
    vx, vy = velocity.unbind(-1)
    spin = x * vy - y * vx
    turned = torch.stack((vy, -vx), dim=-1)
    return spin.unsqueeze(-1) * turned - mu * position / position.norm(dim=-1, keepdim=True)


def follow(
    position: Float[Tensor, "*batch axes"],
    velocity: Float[Tensor, "*batch axes"],
    mu: float,
    t: Tensor,
) -> tuple[Tensor, Tensor]:
    r"""Return position and velocity after the times ``t``, in closed form but for one equation.

    With :math:`ds = dt / |r|` and :math:`\beta = 2\mu/r_0 - v_0^2`, Kepler's equation reads

    .. math:: t = r_0 G_1 + \eta_0 G_2 + \mu G_3, \qquad G_k = s^k c_k(\beta s^2), \qquad
              \eta_0 = r_0 \cdot v_0

    for ellipses, parabolas and hyperbolas alike, where :math:`c_k` are Stumpff's functions; r and v
    are then linear in their initial values. A body with no angular momentum turns back in the
    centre, as on an infinitely thin ellipse.

    Args:
        position: from the centre, at time 0.
        velocity: at time 0.
        mu: ``G M`` of the centre.
        t: times, of any shape that broadcasts against ``*batch``.

    Source:
        J. M. A. Danby, *Fundamentals of Celestial Mechanics*, 2nd ed., section 6.9;
        H. Rein, D. Tamayo, *WHFast*, 2015, arXiv:1506.01084, section 2.
    """
    r0 = position.norm(dim=-1)
    slope = (position * velocity).sum(-1)
    beta = 2 * mu / r0 - velocity.square().sum(-1)
    r0, slope, beta, t = torch.broadcast_tensors(r0, slope, beta, t)
    s = _solve(r0.detach(), slope.detach(), beta.detach(), mu, t.detach())
    time, distance, *_ = _at(s, r0, slope, beta, mu)
    # One more step of Newton's method: no change of the value, but it carries the derivatives.
    s = s - (time - t) / distance.detach()
    _, distance, g1, g2 = _at(s, r0, slope, beta, mu)
    f, g = 1 - mu * g2 / r0, r0 * g1 + slope * g2
    f_rate, g_rate = -mu * g1 / (distance * r0), 1 - mu * g2 / distance
    return (
        f.unsqueeze(-1) * position + g.unsqueeze(-1) * velocity,
        f_rate.unsqueeze(-1) * position + g_rate.unsqueeze(-1) * velocity,
    )


def on_ellipse(
    semi_major_axis: Float[Tensor, " count"],
    eccentricity: Float[Tensor, " count"],
    mean_anomaly: Float[Tensor, " count"],
    mu: float,
) -> tuple[Float[Tensor, "count 3"], Float[Tensor, "count 3"]]:
    """Return position and velocity in the plane of the orbit (z = 0), the pericentre on the x axis.

    Source:
        Goldstein, section 3.8: at the pericentre ``r = a (1 - e)`` and the energy is ``-mu / 2a``.
    """
    speed = (mu / semi_major_axis * (1 + eccentricity) / (1 - eccentricity)).sqrt()
    zero = torch.zeros_like(speed)
    nearest = torch.stack((semi_major_axis * (1 - eccentricity), zero, zero), dim=-1)
    return follow(
        nearest,
        torch.stack((zero, speed, zero), dim=-1),
        mu,
        mean_anomaly * (semi_major_axis**3 / mu).sqrt(),
    )


def oriented(
    vector: Float[Tensor, "count 3"],
    node: Float[Tensor, " count"],
    inclination: Float[Tensor, " count"],
    argument: Float[Tensor, " count"],
) -> Float[Tensor, "count 3"]:
    """Turn vectors of :func:`on_ellipse` into space, by the three angles of an orbit, in rad.

    Source:
        C. D. Murray, S. F. Dermott, *Solar System Dynamics*, 1999, section 2.8.
    """

    def turned(vector: Tensor, angle: Tensor, first: int, second: int) -> Tensor:
        parts = list(vector.unbind(-1))
        cos, sin, a, b = angle.cos(), angle.sin(), parts[first], parts[second]
        parts[first], parts[second] = cos * a - sin * b, sin * a + cos * b
        return torch.stack(parts, dim=-1)

    return turned(turned(turned(vector, argument, 0, 1), inclination, 1, 2), node, 0, 1)


def _at(
    s: Tensor, r0: Tensor, slope: Tensor, beta: Tensor, mu: float
) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Return the time, the distance, G1 and G2 at s."""
    z = beta * s.square()
    c2, c3 = _stumpff(z)
    g0, g1, g2, g3 = 1 - z * c2, s * (1 - z * c3), s.square() * c2, s**3 * c3
    return r0 * g1 + slope * g2 + mu * g3, r0 * g0 + slope * g1 + mu * g2, g1, g2


def _stumpff(z: Tensor) -> tuple[Tensor, Tensor]:
    """Return ``c2 = (1 - cos w) / w^2`` and ``c3 = (w - sin w) / w^3`` with ``w^2 = z``."""
    near = z.abs() < 1
    small = torch.where(near, z, 0.0)
    c2, c3 = torch.zeros_like(z), torch.zeros_like(z)
    for k in reversed(range(_SERIES_TERMS)):
        c2 = 1 / math.factorial(2 * k + 2) - small * c2
        c3 = 1 / math.factorial(2 * k + 3) - small * c3
    large = torch.where(near, 1.0, z)
    w = large.abs().sqrt()
    bound = large > 0
    half = torch.where(bound, (w / 2).sin(), (w / 2).sinh())
    rest = torch.where(bound, w - w.sin(), w.sinh() - w)
    return torch.where(near, c2, 2 * half.square() / w.square()), torch.where(near, c3, rest / w**3)


def _solve(r0: Tensor, slope: Tensor, beta: Tensor, mu: float, t: Tensor) -> Tensor:
    """Return s with ``t(s) = t``: Newton's method, and halving wherever it is not fast enough.

    The time grows with s everywhere, at the rate of the distance, so that a bracket always shrinks
    to the one solution.
    """
    sign = t.sign()
    slope, t = slope * sign, t.abs()

    def excess(s: Tensor) -> tuple[Tensor, Tensor]:
        time, distance, *_ = _at(s, r0, slope, beta, mu)
        return time - t, distance

    low, high = torch.zeros_like(t), t / r0
    for _ in range(_MOST_STEPS):
        short = excess(high)[0] < 0  # NaN, where a hyperbola overflows, is far enough
        if not bool(short.any()):
            break
        low, high = torch.where(short, high, low), torch.where(short, 2 * high, high)
    # On an ellipse, the mean distance is its semi-major axis.
    s = (t * beta / mu).clamp(min=low, max=high)
    width = high - low
    for _ in range(_MOST_STEPS):
        error, distance = excess(s)
        before = error < 0
        low, high = torch.where(before, s, low), torch.where(before, high, s)
        step = -error / distance
        good = (s + step >= low) & (s + step <= high) & (2 * step.abs() <= width)
        step = torch.where(good, step, (low + high) / 2 - s)
        s, width = s + step, step.abs()
        if bool((width <= 4 * torch.finfo(s.dtype).eps * s).all()):
            break
    return s * sign
