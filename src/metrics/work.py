"""The energy that friction and inputs exchange with a motion."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

NODES = 5
"""Gauss points within each interval between samples."""

Rate = Callable[[Tensor, Tensor | None], Tensor]
"""``dx/dt`` of states ``[..., state]`` under inputs ``[..., inputs]`` or None."""


def work(
    power: Callable[[Tensor, Tensor | None], Tensor],
    rate: Rate,
    t: Float[Tensor, " time"],
    x: Float[Tensor, "trajectories time state"],
    u: Float[Tensor, "trajectories time inputs"] | None = None,
) -> Float[Tensor, "trajectories time"]:
    """Return the integral of the power along each motion, from its start to each sample.

    ``rate`` is the field that made the motion, and inputs are held from sample to sample. Between
    samples the motion is the polynomial of degree 5 with the states, rates and accelerations of
    both ends, whose error falls as the sixth power of the spacing.

    Source:
        Hairer, Norsett, Wanner, *Solving Ordinary Differential Equations I*, section II.6, on
        Hermite interpolation for dense output.
    """
    held = None if u is None else u[:, :-1]
    step = torch.diff(t)[:, None]

    def derivatives(ends: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        first = rate(ends, held)
        second = torch.func.jvp(lambda y: rate(y, held), (ends,), (first,))[1]
        return ends, step * first, step.square() * second

    before, after = derivatives(x[:, :-1]), derivatives(x[:, 1:])
    nodes, weights = np.polynomial.legendre.leggauss(NODES)
    total = torch.zeros_like(x[:, 1:, 0])
    for node, weight in zip((nodes + 1) / 2, weights / 2, strict=True):
        state = _quintic(float(node), before, after)
        total = total + float(weight) * power(state, held) * step[:, 0]
    return torch.cat((torch.zeros_like(total[:, :1]), total.cumsum(dim=1)), dim=1)


def _quintic(s: float, before: tuple[Tensor, ...], after: tuple[Tensor, ...]) -> Tensor:
    """Return the Hermite polynomial at the fraction ``s`` of an interval."""
    at_start = _shapes(s)
    at_end = [sign * shape for sign, shape in zip((1, -1, 1), _shapes(1 - s), strict=True)]
    parts = [c * y for c, y in zip((*at_start, *at_end), (*before, *after), strict=True)]
    return torch.stack(parts).sum(dim=0)


def _shapes(s: float) -> tuple[float, float, float]:
    """Return what has value, slope or curvature 1 at 0, and none of the others at either end."""
    rest = (1 - s) ** 3
    return rest * (1 + 3 * s + 6 * s**2), rest * (s + 3 * s**2), rest * s**2 / 2
