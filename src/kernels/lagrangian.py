"""What a learned Lagrangian says of motions, in machine code where there is a compiler.

Where nothing will be differentiated further: along motions, and wherever figures are made.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import torch
from torch import Tensor

from .kernel import Kernel, Routine
from .scalar_mlp import ACTIVATIONS, applies, differentiated, net_arguments, samples


class Parts(NamedTuple):
    """A Lagrangian made of a kinetic prior and a net; see models/energy_net.py and features.py."""

    activation: str
    weights: Sequence[Tensor]
    """Of the net of the features: ``W_1, b_1, .., W_L, b_L, w``."""
    numbers: Tensor
    """Which components of a state are numbers, int64; the velocities are the last ones."""
    angles: Tensor
    """Which ones are angles, int64."""
    mean: Tensor
    scale: Tensor
    unit: Tensor
    """The scale of energies: a number."""


def velocity_blocks(
    parts: Parts, formula: Callable[[Tensor], tuple[Tensor, Tensor, Tensor, Tensor]], x: Tensor
) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Return L_q, L_v, L_vv and L_vq v at states ``(q, v)``, ``[*batch, state]``.

    By the formula, the same in torch, where the kernel does not apply.
    """
    if not _applies(parts, x):
        return formula(x)
    shape, dof = x.shape[:-1], x.shape[-1] // 2
    l_q, l_v, l_vq_v = (x.new_empty((*shape, dof)) for _ in range(3))
    l_vv = x.new_empty((*shape, dof, dof))
    routine = _routine(x)
    _call(routine, routine.blocks, parts, x, (l_q, l_v, l_vv, l_vq_v))
    return l_q, l_v, l_vv, l_vq_v


def field(parts: Parts, formula: Callable[[Tensor], Tensor], x: Tensor) -> Tensor:
    """Return ``(v, a)`` with ``L_vv a = L_q - L_vq v`` at states ``(q, v)``, ``[*batch, state]``.

    By the formula, the same in torch, where the kernel does not apply.
    """
    if not _applies(parts, x):
        return formula(x)
    rate = torch.empty_like(x, memory_format=torch.contiguous_format)
    routine = _routine(x)
    _call(routine, routine.field, parts, x, (rate,))
    return rate


def _applies(parts: Parts, x: Tensor) -> bool:
    return (
        x.shape[-1] == len(parts.mean)
        and x.dtype == parts.mean.dtype == parts.unit.dtype
        and applies(x, parts.weights)
        and not differentiated(x, *parts.weights)
    )


def _routine(x: Tensor) -> Routine:
    assert Kernel.routines is not None
    return Kernel.routines[x.dtype]


def _call(routine: Routine, wanted: Any, parts: Parts, x: Tensor, found: Sequence[Tensor]) -> None:
    x, weights = x.contiguous(), [weight.contiguous() for weight in parts.weights]
    wanted(
        *net_arguments(routine, ACTIVATIONS.index(parts.activation), samples(x), weights),
        x.data_ptr(),
        len(parts.numbers),
        len(parts.angles),
        *(part.data_ptr() for part in (*parts[2:], *found)),
    )
