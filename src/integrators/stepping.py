"""Explicit steps of fixed length, followed from output to output."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor
from torch.autograd import forward_ad

from ..lowering.march import Interval
from ..lowering.marcher import Marcher
from ..lowering.nodes import NotLoweredError
from ..lowering.performance import chosen
from ..mechanics.problem import Formula, Mechanical
from .base import Counted, Path
from .fixed_step import substeps

Number = float | Tensor
"""A time, or the length of a step; a tensor of no dimension while a step is taken apart."""
LEAST = 100
"""Steps from which it pays to take a formula apart: that takes some milliseconds, as ten steps."""
REMEMBERED = 64
"""Methods of motions whose steps are kept, the oldest forgotten first."""


@dataclass(frozen=True)
class Stepping:
    """A method for one motion: what a step takes over from the last one, and how it goes on."""

    enter: Callable[[Tensor], tuple[Tensor, ...]]
    """From states to what a step takes over."""
    step: Callable[..., tuple[Tensor, ...]]
    """``(t, h, *carry) -> carry``."""
    parts: int
    """How many vectors of the carry make up the state."""
    f: Counted
    """What counts as a call."""


def moved(x: Tensor, slope: Tensor, length: Number) -> Tensor:
    """Return ``x + length slope``, in one operation where the length is a plain number."""
    if isinstance(length, Tensor):
        return x + length * slope
    return torch.add(x, slope, alpha=length)


def follow(
    stepping: Stepping, x0: Float[Tensor, "*batch state"], t: Tensor, step: float | None
) -> Path:
    """Take the steps in torch."""
    carry = stepping.enter(x0)
    states = [x0]
    for start, h, count in substeps(t, step):
        for i in range(count):
            carry = stepping.step(start + i * h, h, *carry)
        states.append(torch.cat(carry[: stepping.parts], dim=-1))
    return Path(t, torch.stack(states), stepping.f.calls)


def follow_formula(
    motion: Mechanical,
    method: Hashable,
    make: Callable[[], Stepping],
    x0: Float[Tensor, "*batch state"],
    t: Tensor,
    step: float | None,
) -> Path | None:
    """Take the steps without torch, where the motion is a known formula; None where that is no use.

    ``method`` names what the stepping does with the motion: both together are taken apart once.
    Gradients, other types than float64, other devices than the CPU, and formulas with an operation
    that cannot be written in plain numbers are left to torch.
    """
    if chosen().level == "reference" or not isinstance(motion, Formula) or not plain(x0):
        return None
    intervals = [Interval(*interval) for interval in substeps(t, step)]
    count = sum(interval.count for interval in intervals)
    if count < LEAST or not x0.numel():
        return None
    flat, stepping = x0.detach().reshape(-1, x0.shape[-1]), make()
    with torch.no_grad():
        carry = stepping.enter(flat)
    opening = stepping.f.calls
    marcher, per_step = marcher_of(motion, method, stepping, carry)
    if marcher is None:
        return None
    ran = marcher.run(torch.cat(carry, dim=-1).numpy(), intervals)
    if ran is None:
        return None
    states, way = ran
    chosen().ways.add(way)
    path = torch.cat((flat.unsqueeze(0), torch.from_numpy(states)))
    return Path(t, path.reshape(len(t), *x0.shape), opening + per_step * count)


def plain(x0: Tensor) -> bool:
    """Whether these are numbers on the CPU, and nothing is asked of torch beside."""
    if type(x0) is not Tensor or x0.dtype != torch.float64 or x0.device.type != "cpu":
        return False
    if torch.is_grad_enabled() and x0.requires_grad:
        return False
    if torch._C._functorch.maybe_current_level() is not None:  # pyright: ignore
        return False
    return forward_ad.unpack_dual(x0).tangent is None


_made: dict[Hashable, tuple[Marcher | None, int]] = {}


def marcher_of(
    motion: Formula, method: Hashable, stepping: Stepping, carry: tuple[Tensor, ...]
) -> tuple[Marcher | None, int]:
    """Return the step as it is run without torch, or None, and its calls of the field."""
    key = (motion, method)
    try:
        if key in _made:
            return _made[key]
    except TypeError:  # parameters that are no plain numbers
        return None, 0
    before = stepping.f.calls
    with torch.no_grad():
        number = carry[0].new_zeros(())
        stepping.step(number, number + 1e-3, *(part[:1] for part in carry))
    calls = stepping.f.calls - before
    kept = sum(part.shape[-1] for part in carry[: stepping.parts])
    try:
        made: tuple[Marcher | None, int] = Marcher(stepping.step, carry, kept), calls
    except NotLoweredError:
        made = None, 0
    if len(_made) >= REMEMBERED:
        del _made[next(iter(_made))]
    _made[key] = made
    return made
