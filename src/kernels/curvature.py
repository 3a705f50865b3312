"""Second derivatives of scalar perceptrons and Lagrangians, in machine code if there is a compiler.

Where nothing will be differentiated further: along motions, and wherever figures are made.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import torch
from torch import Tensor

from .kernel import Kernel
from .scalar_mlp import ACTIVATIONS, applies, differentiated, net_arguments, samples


class Scales(NamedTuple):
    """What a Lagrangian has beside its net; see models/features.py and models/energy_net.py."""

    numbers: Tensor
    """Which components of a state are numbers, and which are angles, int64."""
    angles: Tensor
    mean: Tensor
    scale: Tensor
    unit: Tensor
    """The scale of energies, a number."""


def curvature(
    activation: str,
    formula: Callable[[], tuple[Tensor, Tensor, Tensor]],
    y: Tensor,
    tangent: Tensor,
    chosen: slice,
    weights: Sequence[Tensor],
) -> tuple[Tensor, Tensor, Tensor]:
    """Return gradient, hessian by the chosen inputs, and derivatives by them along the tangent.

    Args:
        activation: one of ``ACTIVATIONS``.
        formula: the same in torch, for all that the kernel does not do.
        y: inputs ``[*batch, inputs]``.
        tangent: a direction at each of them, ``[*batch, inputs]``.
        chosen: which inputs are chosen: neighbours.
        weights: ``W_1, b_1, .., W_L, b_L, w``.
    """
    inputs = weights[0].shape[-1]
    start, stop, step = chosen.indices(inputs)
    alike = y.shape == tangent.shape and y.dtype == tangent.dtype and y.shape[-1] == inputs
    if not (alike and step == 1 and start < stop and applies(y, weights)) or differentiated(
        y, tangent, *weights
    ):
        return formula()
    assert Kernel.routines is not None
    routine, count = Kernel.routines[y.dtype], stop - start
    y, tangent, weights = y.contiguous(), tangent.contiguous(), [w.contiguous() for w in weights]
    gradient = torch.empty_like(y)
    hessian = y.new_empty((*y.shape[:-1], count, count))
    along = y.new_empty((*y.shape[:-1], count))
    routine.curvature(
        *net_arguments(routine, ACTIVATIONS.index(activation), samples(y), weights),
        y.data_ptr(),
        tangent.data_ptr(),
        start,
        count,
        gradient.data_ptr(),
        hessian.data_ptr(),
        along.data_ptr(),
    )
    return gradient, hessian, along


def velocity_blocks(
    activation: str,
    formula: Callable[[Tensor], tuple[Tensor, Tensor, Tensor, Tensor]],
    x: Tensor,
    weights: Sequence[Tensor],
    scales: Scales,
) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Return L_q, L_v, L_vv and L_vq v of a Lagrangian made of a kinetic prior and a net.

    Args:
        activation: one of ``ACTIVATIONS``.
        formula: the same in torch, of ``x``, for all that the kernel does not do.
        x: states ``(q, v)``, ``[*batch, state]``.
        weights: of the net of the features, ``W_1, b_1, .., W_L, b_L, w``.
        scales: the other parts of the Lagrangian.
    """
    size = len(scales.mean)
    alike = x.shape[-1] == size and scales.mean.dtype == scales.unit.dtype == x.dtype
    if not (alike and applies(x, weights)) or differentiated(x, *weights):
        return formula(x)
    assert Kernel.routines is not None
    routine, dof = Kernel.routines[x.dtype], size // 2
    x, weights = x.contiguous(), [w.contiguous() for w in weights]
    l_q, l_v, l_vq_v = (x.new_empty((*x.shape[:-1], dof)) for _ in range(3))
    l_vv = x.new_empty((*x.shape[:-1], dof, dof))
    routine.blocks(
        *net_arguments(routine, ACTIVATIONS.index(activation), samples(x), weights),
        x.data_ptr(),
        len(scales.numbers),
        len(scales.angles),
        *(part.data_ptr() for part in (*scales, l_q, l_v, l_vv, l_vq_v)),
    )
    return l_q, l_v, l_vv, l_vq_v
