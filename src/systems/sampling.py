"""Checks and draws that systems share."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import TypeGuard

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


def check_each_positive(system: object, count: int, things: str, **units: str) -> None:
    """Refuse parameters that are neither a positive number nor one for each, and keep tuples.

    Raises:
        ValueError: naming the parameter, its value and its unit.
    """
    for name, unit in units.items():
        value = getattr(system, name)
        if not isinstance(value, Sequence):
            check_positive(system, **{name: unit})
        elif len(value) == count and all(map(is_positive, value)):
            object.__setattr__(system, name, tuple(value))
        else:
            raise ValueError(
                f"system.{name} must be a positive number, or one for each of the {count} "
                f"{things}; got {list(value)} {unit}."
            )


def each(value: float | Sequence[float], count: int) -> tuple[float, ...]:
    """Return one number for each of ``count`` things."""
    return tuple(value) if isinstance(value, Sequence) else (value,) * count


def check_not_negative(system: object, **units: str) -> None:
    """Refuse parameters that are not finite, or below zero.

    Raises:
        ValueError: naming the parameter, its value and its unit.
    """
    for name, unit in units.items():
        value = getattr(system, name)
        if not (is_positive(value) or value == 0):
            raise ValueError(f"system.{name} must be zero or positive; got {value} {unit}.")


def check_below_one(system: object, **units: str) -> None:
    """Refuse parameters below zero, and those that reach one.

    Raises:
        ValueError: naming the parameter, its value and its unit.
    """
    for name, unit in units.items():
        value = getattr(system, name)
        if not (value == 0 or (is_positive(value) and value < 1)):
            raise ValueError(
                f"system.{name} must be zero or positive, and below 1; got {value} {unit}."
            )


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


def check_interval(system: object, **units: str) -> None:
    """Refuse ranges that are not ``low < high`` of whatever signs, and keep the others as tuples.

    Raises:
        ValueError: naming the parameter, its value and its unit.
    """
    for name, unit in units.items():
        values: Sequence[float] = getattr(system, name)
        if not (len(values) == 2 and all(map(_is_finite, values)) and values[0] < values[1]):
            raise ValueError(
                f"system.{name} must hold two finite numbers, the smaller one first; "
                f"got {list(values)} {unit}."
            )
        object.__setattr__(system, name, tuple(values))


def check_finite(system: object, **units: str) -> None:
    """Refuse parameters that are not finite numbers, of whatever sign.

    Raises:
        ValueError: naming the parameter, its value and its unit.
    """
    for name, unit in units.items():
        value = getattr(system, name)
        if not _is_finite(value):
            raise ValueError(f"system.{name} must be a finite number; got {value} {unit}.")


def check_fraction(system: object, **units: str) -> None:
    """Refuse parameters that do not lie between 0 and 1, both excluded.

    Raises:
        ValueError: naming the parameter, its value and its unit.
    """
    for name, unit in units.items():
        value = getattr(system, name)
        if not (is_positive(value) and value < 1):
            raise ValueError(f"system.{name} must lie between 0 and 1; got {value} {unit}.")


def check_correlation(system: object, *names: str) -> None:
    """Refuse parameters that do not lie between -1 and 1, both excluded.

    Raises:
        ValueError: naming the parameter and its value.
    """
    for name in names:
        value = getattr(system, name)
        if not (_is_finite(value) and abs(value) < 1):
            raise ValueError(f"system.{name} must lie between -1 and 1; got {value}.")


def check_count(system: object, name: str, low: int, high: int, unit: str) -> None:
    """Refuse a parameter that is no whole number from ``low`` to ``high``.

    Raises:
        ValueError: naming the parameter, its bounds, its value and its unit.
    """
    value = getattr(system, name)
    if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
        raise ValueError(
            f"system.{name} must be a whole number from {low} to {high}; got {value} {unit}."
        )


def is_positive(value: object) -> bool:
    """Whether this is a finite number above zero."""
    return _is_finite(value) and value > 0


def _is_finite(value: object) -> TypeGuard[float]:
    return isinstance(value, int | float) and math.isfinite(value)


def uniform(bounds: Sequence[float], shape: tuple[int, ...], generator: torch.Generator) -> Tensor:
    """Draw float64 values uniformly from ``bounds = (low, high)``."""
    low, high = bounds
    return low + (high - low) * torch.rand(shape, generator=generator, dtype=torch.float64)


def random_signs(shape: tuple[int, ...], generator: torch.Generator) -> Tensor:
    """Draw float64 values that are -1 or 1 with equal chance."""
    return 2.0 * torch.randint(2, shape, generator=generator, dtype=torch.float64) - 1


def random_directions(count: int, size: int, generator: torch.Generator) -> Tensor:
    """Draw float64 unit vectors ``[count, size]``, every direction alike."""
    draws = torch.randn(count, size, generator=generator, dtype=torch.float64)
    return draws / draws.norm(dim=-1, keepdim=True)


def within_energy(
    shift: Tensor, total: Tensor, cost: Callable[[Tensor], Tensor]
) -> tuple[Tensor, Tensor]:
    """Return displacements that cost less than the energy at hand, and what each leaves of it.

    Displacements ``[count, dof]`` that cost more than ``total``, ``[count, 1]``, are halved until
    they do not: near rest the cost vanishes. ``cost`` returns ``[count, 1]``, in J.
    """
    left = total - cost(shift)
    while bool((left < 0).any()):
        shift = torch.where(left < 0, shift / 2, shift)
        left = total - cost(shift)
    return shift, left


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
        along = torch.func.jvp(lambda s: energy(s[:, None] * directions), (size,), (ones,))
        value, slope = along[0], along[1]
        before, size = size, size + 2 * ((value * levels).sqrt() - value) / slope
        if torch.equal(size, before):
            break
    return size[:, None] * directions
