"""Smooth activations with their first two derivatives, for nets differentiated in closed form."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

# Beyond this argument softplus is linear to the last bit of float64.
_SOFTPLUS_LINEAR = 40.0


@dataclass(frozen=True)
class Activation:
    """An elementwise function and its derivatives; each reuses what was computed before it."""

    value: Callable[[Tensor], Tensor]
    """``z -> s(z)``."""
    slope: Callable[[Tensor, Tensor], Tensor]
    """``(z, s) -> s'(z)``."""
    curvature: Callable[[Tensor, Tensor, Tensor], Tensor]
    """``(z, s, s') -> s''(z)``."""


def _silu(z: Tensor) -> Tensor:
    # functional.silu cannot be differentiated forwards over backwards, as mass matrices are.
    return z * torch.sigmoid(z)


def _silu_slope(z: Tensor, s: Tensor) -> Tensor:
    sigmoid = torch.sigmoid(z)
    return sigmoid + s * (1 - sigmoid)


def _silu_curvature(z: Tensor, s: Tensor, slope: Tensor) -> Tensor:
    sigmoid = torch.sigmoid(z)
    return sigmoid * (1 - sigmoid) * (2 + z * (1 - 2 * sigmoid))


def _normal_density(z: Tensor) -> Tensor:
    return torch.exp(-z.square() / 2) / math.sqrt(2 * math.pi)


ACTIVATIONS = {
    "tanh": Activation(torch.tanh, lambda z, s: 1 - s * s, lambda z, s, slope: -2 * s * slope),
    "softplus": Activation(
        lambda z: functional.softplus(z, threshold=_SOFTPLUS_LINEAR),
        lambda z, s: torch.sigmoid(z),
        lambda z, s, slope: slope * (1 - slope),
    ),
    "silu": Activation(_silu, _silu_slope, _silu_curvature),
    "gelu": Activation(
        functional.gelu,
        lambda z, s: torch.special.ndtr(z) + z * _normal_density(z),
        lambda z, s, slope: _normal_density(z) * (2 - z.square()),
    ),
}


def activation(name: str) -> Activation:
    """Return the activation with this name.

    Raises:
        ValueError: if the name is unknown, or the function not smooth.
    """
    if name in ACTIVATIONS:
        return ACTIVATIONS[name]
    reason = "is not known"
    if "relu" in name or name in {"hardtanh", "hardswish"}:
        reason = (
            "is not smooth: its second derivative vanishes or jumps, and both the training of an "
            "energy and the mass matrix of a Lagrangian are made of second derivatives"
        )
    raise ValueError(
        f"model.activation must be one of {', '.join(ACTIVATIONS)}; got {name!r}, which {reason}."
    )
