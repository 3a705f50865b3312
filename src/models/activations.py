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
    """An elementwise function, alone and with its derivatives."""

    value: Callable[[Tensor], Tensor]
    """``z -> s(z)``."""
    first: Callable[[Tensor], tuple[Tensor, Tensor]]
    """``z -> s(z), s'(z)``."""
    second: Callable[[Tensor], tuple[Tensor, Tensor, Tensor]]
    """``z -> s(z), s'(z), s''(z)``."""


def _tanh_first(z: Tensor) -> tuple[Tensor, Tensor]:
    s = torch.tanh(z)
    return s, 1 - s * s


def _tanh_second(z: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    s, slope = _tanh_first(z)
    return s, slope, -2 * s * slope


def _softplus(z: Tensor) -> Tensor:
    return functional.softplus(z, threshold=_SOFTPLUS_LINEAR)


def _softplus_first(z: Tensor) -> tuple[Tensor, Tensor]:
    return _softplus(z), torch.sigmoid(z)


def _softplus_second(z: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    s, slope = _softplus_first(z)
    return s, slope, slope * (1 - slope)


def _silu(z: Tensor) -> Tensor:
    # functional.silu cannot be differentiated forwards over backwards, as mass matrices are.
    return z * torch.sigmoid(z)


def _silu_first(z: Tensor) -> tuple[Tensor, Tensor]:
    sigmoid = torch.sigmoid(z)
    s = z * sigmoid
    return s, sigmoid + s * (1 - sigmoid)


def _silu_second(z: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    sigmoid = torch.sigmoid(z)
    rest = 1 - sigmoid
    s = z * sigmoid
    bent = s * rest
    return s, sigmoid + bent, 2 * (sigmoid * rest) + bent * (rest - sigmoid)


def _gelu_first(z: Tensor) -> tuple[Tensor, Tensor]:
    return functional.gelu(z), torch.special.ndtr(z) + z * _normal_density(z)


def _gelu_second(z: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    return *_gelu_first(z), _normal_density(z) * (2 - z.square())


def _normal_density(z: Tensor) -> Tensor:
    return torch.exp(-z.square() / 2) / math.sqrt(2 * math.pi)


ACTIVATIONS = {
    "tanh": Activation(torch.tanh, _tanh_first, _tanh_second),
    "softplus": Activation(_softplus, _softplus_first, _softplus_second),
    "silu": Activation(_silu, _silu_first, _silu_second),
    "gelu": Activation(functional.gelu, _gelu_first, _gelu_second),
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
