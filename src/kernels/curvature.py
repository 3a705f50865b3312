"""Second derivatives of scalar perceptrons, in machine code where there is a compiler.

Where nothing will be differentiated further: along motions, and wherever figures are made.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from .kernel import Kernel
from .scalar_mlp import ACTIVATIONS, applies, differentiated, net_arguments, samples


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
