"""Checks and draws that systems share."""

from __future__ import annotations

import math

import torch
from torch import Tensor


def check_positive(system: object, **units: str) -> None:
    """Refuse parameters that are not finite and positive.

    Raises:
        ValueError: naming the parameter, its value and its unit.
    """
    for name, unit in units.items():
        value = getattr(system, name)
        if not (math.isfinite(value) and value > 0):
            raise ValueError(f"system.{name} must be positive; got {value} {unit}.")


def check_range(system: object, **units: str) -> None:
    """Refuse ranges that are not ``0 < low < high``.

    Raises:
        ValueError: naming the parameter, its value and its unit.
    """
    for name, unit in units.items():
        low, high = getattr(system, name)
        if not (math.isfinite(high) and 0 < low < high):
            raise ValueError(
                f"system.{name} must hold two positive values, the smaller one first; "
                f"got [{low}, {high}] {unit}."
            )


def uniform(low: float, high: float, shape: tuple[int, ...], generator: torch.Generator) -> Tensor:
    """Draw float64 values uniformly from ``[low, high)``."""
    return low + (high - low) * torch.rand(shape, generator=generator, dtype=torch.float64)
