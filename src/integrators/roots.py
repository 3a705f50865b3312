"""Zeros of functions of one number, for many samples at once."""

from __future__ import annotations

from collections.abc import Callable

import torch
from jaxtyping import Float
from torch import Tensor

_MOST_STEPS = 150
"""Thrice the halvings that would lead from any interval to rounding: never met."""


def falling_zero(
    value: Callable[[Tensor], Tensor],
    end: Float[Tensor, " samples"],
    at_end: Float[Tensor, " samples"],
    tolerance: Float[Tensor, " samples"],
) -> Float[Tensor, " samples"]:
    """Return where ``value``, positive somewhere after 0 and ``at_end <= 0``, falls through zero.

    Chandrupatla's method: a bracket, inverse quadratic interpolation where that is safe, and
    halving elsewhere. The value at 0 is never used, since just after an impact it is a zero that
    does not count, but for rounding: the bracket is halved until another positive one is known.
    If none is positive, 0 is the zero, to the tolerance.

    Source:
        T. R. Chandrupatla, *Advances in Engineering Software* 28 (1997) 145.
    """
    new, at_new = end, at_end
    other, at_other = torch.zeros_like(end), torch.full_like(end, torch.inf)
    last, at_last = other, at_other
    part = torch.full_like(end, 0.5)
    done = end == 0  # an impact at the very time of an output leaves no interval to search
    for _ in range(_MOST_STEPS):
        trial = torch.where(done, new, new + part * (other - new))
        at_trial = value(trial)
        same = (at_trial > 0) == (at_new > 0)
        last, at_last = torch.where(same, new, other), torch.where(same, at_new, at_other)
        other = torch.where(done | same, other, new)
        at_other = torch.where(done | same, at_other, at_new)
        new, at_new = trial, torch.where(done, at_new, at_trial)
        least = tolerance / (other - new).abs()
        done = done | (least > 0.5) | (at_new == 0)
        if bool(done.all()):
            break
        part = _part(new - other, last - other, at_new, at_other, at_last, least)
    return torch.where(at_new.abs() <= at_other.abs(), new, other)


def _part(
    new: Tensor, last: Tensor, at_new: Tensor, at_other: Tensor, at_last: Tensor, least: Tensor
) -> Tensor:
    """Return which part of the way from the new end of the bracket to the other to try next."""
    xi, phi = new / last, (at_new - at_other) / (at_last - at_other)
    safe = (phi.square() < xi) & ((1 - phi).square() < 1 - xi)
    inverse = at_new / (at_other - at_new) * at_last / (at_other - at_last) - (
        last - new
    ) / new * at_new / (at_last - at_new) * at_other / (at_last - at_other)
    guess = torch.where(safe, inverse, 0.5)
    return torch.minimum(torch.maximum(guess, least), 1 - least)
