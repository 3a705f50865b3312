"""Second derivatives of scalar perceptrons, in machine code where there is a compiler."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, cast

import torch
from torch import Tensor

from .kernel import Kernel
from .scalar_mlp import ACTIVATIONS, addresses, applies, differentiated, net_arguments, samples

Found = tuple[Tensor, Tensor, Tensor]
"""Gradient ``[*batch, inputs]``, hessian by the chosen inputs ``[*batch, chosen, chosen]``, and
derivatives by them and along the tangent ``[*batch, chosen]``."""
Formula = Callable[..., Found]
"""``(y, tangent, chosen, *weights) -> Found`` in torch's own operations."""


def curvature(
    activation: str,
    formula: Formula,
    y: Tensor,
    tangent: Tensor,
    chosen: slice,
    weights: Sequence[Tensor],
) -> Found:
    """Return the gradient and second derivatives: by the kernel where it applies.

    Args:
        activation: one of ``ACTIVATIONS``.
        formula: the same in torch, for everything that the kernel does not do.
        y: inputs ``[*batch, inputs]``.
        tangent: a direction at each of them, ``[*batch, inputs]``.
        chosen: which inputs are chosen: neighbours.
        weights: ``W_1, b_1, .., W_L, b_L, w``.
    """
    inputs = weights[0].shape[-1]
    start, stop, step = chosen.indices(inputs)
    alike = y.shape == tangent.shape and y.dtype == tangent.dtype and y.shape[-1] == inputs
    if not (alike and step == 1 and start < stop and applies(y, weights)):
        return formula(y, tangent, chosen, *weights)
    kind = ACTIVATIONS.index(activation)
    if differentiated(y, tangent, *weights):
        return cast(Found, _Curvature.apply(kind, formula, chosen, y, tangent, *weights))  # pyright: ignore
    return _found(kind, y, tangent, chosen, weights, None)


def _arguments(
    kind: int, y: Tensor, tangent: Tensor, chosen: slice, weights: Sequence[Tensor], parts: Found
) -> tuple[Any, ...]:
    """Return what both routines are told; whatever is pointed at must outlive the call."""
    assert Kernel.routines is not None
    start, stop, _ = chosen.indices(y.shape[-1])
    return (
        *net_arguments(Kernel.routines[y.dtype], kind, samples(y), weights),
        y.data_ptr(),
        tangent.data_ptr(),
        start,
        stop - start,
        *(part.data_ptr() for part in parts),
    )


def _found(
    kind: int,
    y: Tensor,
    tangent: Tensor,
    chosen: slice,
    weights: Sequence[Tensor],
    memory: Tensor | None,
) -> Found:
    assert Kernel.routines is not None
    y, tangent, weights = y.contiguous(), tangent.contiguous(), [w.contiguous() for w in weights]
    start, stop, _ = chosen.indices(y.shape[-1])
    count = stop - start
    found = (
        torch.empty_like(y),
        y.new_empty((*y.shape[:-1], count, count)),
        y.new_empty((*y.shape[:-1], count)),
    )
    Kernel.routines[y.dtype].curvature(
        *_arguments(kind, y, tangent, chosen, weights, found),
        None if memory is None else memory.data_ptr(),
    )
    return found


class _Curvature(torch.autograd.Function):
    """The kernel as an operation that can be differentiated; a second time by the formula."""

    @staticmethod
    def forward(  # pyright: ignore[reportIncompatibleMethodOverride]
        ctx: Any,
        kind: int,
        formula: Formula,
        chosen: slice,
        y: Tensor,
        tangent: Tensor,
        *weights: Tensor,
    ) -> Found:
        width, depth = len(weights[0]), len(weights) // 2
        start, stop, _ = chosen.indices(y.shape[-1])
        ctx.memory = y.new_empty(depth * (stop - start + 3) * samples(y) * width)
        ctx.kind, ctx.formula, ctx.chosen = kind, formula, chosen
        ctx.save_for_backward(y, tangent, *weights)
        return _found(kind, y, tangent, chosen, weights, ctx.memory)

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor | None, ...]:
        y, tangent, *weights = ctx.saved_tensors
        wanted = ctx.needs_input_grad[3:]
        if torch.is_grad_enabled():  # what is returned will itself be differentiated
            given = (y, tangent, *weights)
            chosen = [x for x, need in zip(given, wanted, strict=True) if need]
            again = ctx.formula(y, tangent, ctx.chosen, *weights)
            found = iter(torch.autograd.grad(again, chosen, grads, create_graph=True))
            return None, None, None, *(next(found) if need else None for need in wanted)
        return None, None, None, *_unbent(ctx, y, tangent, weights, cast(Found, grads), wanted)


def _unbent(
    ctx: Any,
    y: Tensor,
    tangent: Tensor,
    weights: Sequence[Tensor],
    grads: Found,
    wanted: Sequence[bool],
) -> tuple[Tensor | None, ...]:
    assert Kernel.routines is not None
    y, tangent, weights = y.contiguous(), tangent.contiguous(), [w.contiguous() for w in weights]
    first, second, third = (grad.contiguous() for grad in grads)
    by_weights = [torch.empty_like(w) for w in weights]
    by_y, by_tangent = (torch.empty_like(y) if need else None for need in wanted[:2])
    Kernel.routines[y.dtype].unbend(
        *_arguments(ctx.kind, y, tangent, ctx.chosen, weights, (first, second, third)),
        ctx.memory.data_ptr(),
        addresses(by_weights),
        None if by_y is None else by_y.data_ptr(),
        None if by_tangent is None else by_tangent.data_ptr(),
    )
    return by_y, by_tangent, *by_weights
