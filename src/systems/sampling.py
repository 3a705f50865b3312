"""Checks and draws that systems share."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import torch
from jaxtyping import Float
from torch import Tensor

_NEWTON_STEPS = 30
"""Enough to halve the distance to a root down to rounding where the energy is nearly flat."""


def check_positive(system: object, **units: str) -> None:
    """Refuse parameters that are not finite and positive.

    Raises:
        ValueError: naming the parameter, its value and its unit.
    """
    for name, unit in units.items():
        value = getattr(system, name)
        if not is_positive(value):
            raise ValueError(f"system.{name} must be positive; got {value} {unit}.")


def check_not_negative(system: object, **units: str) -> None:
    """Refuse parameters that are not finite, or below zero.

    Raises:
        ValueError: naming the parameter, its value and its unit.
    """
    for name, unit in units.items():
        value = getattr(system, name)
        if not (is_positive(value) or value == 0):
            raise ValueError(f"system.{name} must be zero or positive; got {value} {unit}.")


def check_range(system: object, **units: str) -> None:
    """Refuse ranges that are not ``0 < low < high``, and keep the others as tuples.

    Hydra hands over lists of its own kind; a frozen system with a list in it could not be hashed.

    Raises:
        ValueError: naming the parameter, its value and its unit.
    """
    for name, unit in units.items():
        values: Sequence[float] = getattr(system, name)
        if not (len(values) == 2 and all(map(is_positive, values)) and values[0] < values[1]):
            raise ValueError(
                f"system.{name} must hold two positive values, the smaller one first; "
                f"got {list(values)} {unit}."
            )
        object.__setattr__(system, name, tuple(values))


def check_count(system: object, least: int, **units: str) -> None:
    """Refuse numbers of things that are not whole, or are fewer than ``least``.

    Raises:
        ValueError: naming the parameter, its value and what is counted.
    """
    for name, unit in units.items():
        value = getattr(system, name)
        if not isinstance(value, int) or value < least:
            raise ValueError(
                f"system.{name} must be a whole number, {least} or more; got {value} {unit}."
            )


def is_positive(value: object) -> bool:
    """Whether this is a finite number above zero."""
    return isinstance(value, int | float) and math.isfinite(value) and value > 0


def uniform(bounds: Sequence[float], shape: tuple[int, ...], generator: torch.Generator) -> Tensor:
    """Draw float64 values uniformly from ``bounds = (low, high)``."""
    low, high = bounds
    return low + (high - low) * torch.rand(shape, generator=generator, dtype=torch.float64)


def random_signs(shape: tuple[int, ...], generator: torch.Generator) -> Tensor:
    """Draw float64 values that are -1 or 1 with equal chance."""
    return 2.0 * torch.randint(2, shape, generator=generator, dtype=torch.float64) - 1


def random_directions(count: int, size: int, generator: torch.Generator) -> Tensor:
    """Draw float64 vectors ``[count, size]`` of length 1, uniformly on the sphere."""
    draws = torch.randn(count, size, generator=generator, dtype=torch.float64)
    return draws / draws.norm(dim=-1, keepdim=True)


def at_energy(
    energy: Callable[[Tensor], Tensor],
    directions: Float[Tensor, "count state"],
    levels: Float[Tensor, " count"],
) -> Float[Tensor, "count state"]:
    r"""Return the multiples of ``directions`` at which the energy, rising from 0, meets the levels.

    Directions are those of unit energy near rest, where the energy is quadratic; it must rise along
    each ray up to the level. Newton's method for :math:`\sqrt{H(s u)} - \sqrt E` starts at
    :math:`s = \sqrt E`, its root wherever the energy is quadratic. With a cubic term it never
    passes the root of a ray that leads towards a barrier: there :math:`\sqrt H` is concave, and
    the start lies before the root.
    """
    size, ones = levels.sqrt(), torch.ones_like(levels)
    for _ in range(_NEWTON_STEPS):
        value, slope = torch.func.jvp(lambda s: energy(s[:, None] * directions), (size,), (ones,))
        size = size + 2 * ((value * levels).sqrt() - value) / slope
    return size[:, None] * directions
