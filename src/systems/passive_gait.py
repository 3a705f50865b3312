"""The gait of a walker that nothing drives but gravity, well enough to choose starts near it."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from ..mechanics.impacts import Impact

_SECANTS = 5
"""Steps of the secant method that find an impact to rounding."""
_NEWTON_STEPS = 12
_SHIFT, _SOLVED = 1e-4, 1e-9
"""Displacement for differences, and the residual at which a gait counts as found."""

Field = Callable[[Tensor], Tensor]


class Walked(NamedTuple):
    """Where walkers have come, in the order in which they started."""

    x: Float[Tensor, "count state"]
    """States just after the last impact; they mean nothing for the fallen."""
    walks: Bool[Tensor, " count"]
    """Who came that far, and has not fallen."""
    duration: Float[Tensor, " count"]


def walk(
    field: Field,
    impact: Impact,
    x: Float[Tensor, "count state"],
    number: int,
    step: float,
    longest: float,
) -> Walked:
    """Follow walkers through ``number`` impacts each.

    By classical Runge-Kutta steps of ``step``; who meets no impact for ``longest`` has fallen.
    That is exact enough to tell who walks; motions that are kept are made by an integrator.
    """
    walks, duration = torch.ones_like(x[:, 0], dtype=torch.bool), torch.zeros_like(x[:, 0])
    for _ in range(number):
        stride = _stride(field, impact, x, step, longest)
        x, walks, duration = stride.x, walks & stride.walks, duration + stride.duration
    return Walked(x, walks, duration)


def _stride(field: Field, impact: Impact, x: Tensor, step: float, longest: float) -> Walked:
    done, duration = torch.zeros_like(x[:, 0], dtype=torch.bool), torch.zeros_like(x[:, 0])
    whole = torch.full_like(x[:, :1], step)
    for _ in range(round(longest / step)):
        y, part = _runge_kutta(field, x, whole), torch.ones_like(whole)
        # Just after an impact the surface is zero, but for rounding.
        above = impact.surface(x) > 1e-9
        met = ~done & above & (impact.surface(y) <= 0) & impact.counts(y)
        if bool(met.any()):
            before, part = _meeting(field, impact, x, y, whole)
            part = torch.where(met.unsqueeze(-1), part, 1.0)
            y = torch.where(met.unsqueeze(-1), impact.reset(before), y)
        x = torch.where(done.unsqueeze(-1), x, y)
        duration = torch.where(done, duration, duration + step * part.squeeze(-1))
        done = done | met
        if bool(done.all()):
            break
    return Walked(x, done, duration)


def _meeting(
    field: Field, impact: Impact, x: Tensor, y: Tensor, step: Tensor
) -> tuple[Tensor, Tensor]:
    """Return where the motions from x to y meet the surface, and in which part of the step.

    By the secant method.
    """
    last, part = torch.zeros_like(step), torch.ones_like(step)
    before, value = (impact.surface(state).unsqueeze(-1) for state in (x, y))
    for _ in range(_SECANTS):
        rise = value - before
        slope = torch.where(rise == 0, torch.ones_like(rise), rise)
        last, part = part, (part - value * (part - last) / slope).clamp(0, 1)
        y = _runge_kutta(field, x, part * step)
        before, value = value, impact.surface(y).unsqueeze(-1)
    return y, part


def _runge_kutta(field: Field, x: Tensor, step: Tensor) -> Tensor:
    a = field(x)
    b = field(x + step / 2 * a)
    c = field(x + step / 2 * b)
    d = field(x + step * c)
    return x + step / 6 * (a + 2 * b + 2 * c + d)


def fixed_point(
    stride: Callable[[Tensor], tuple[Tensor, Tensor]], guess: Float[Tensor, " size"]
) -> tuple[Float[Tensor, " size"], Float[Tensor, "size size"]] | None:
    """Return the point that a map ``[count, size]`` leaves where it is, and the slopes of the map.

    By Newton's method with central differences; None where it leads nowhere. The map also tells
    which points it is defined at.
    """
    size = len(guess)
    shifts = _SHIFT * torch.eye(size, dtype=guess.dtype) * guess.abs().clamp(min=1e-2)
    for _ in range(_NEWTON_STEPS):
        points = torch.cat((guess.unsqueeze(0), guess + shifts, guess - shifts))
        images, defined = stride(points)
        if not bool(defined.all()):
            return None
        ahead, back = images[1:].chunk(2)
        slopes = ((ahead - back) / (2 * shifts.diagonal().unsqueeze(-1))).mT
        residual = images[0] - guess
        if bool((residual.abs() < _SOLVED * guess.abs().clamp(min=1e-2)).all()):
            return guess, slopes
        guess = guess - torch.linalg.solve(slopes - torch.eye(size, dtype=guess.dtype), residual)
    return None
