"""The gradient of a scalar perceptron by its inputs, in machine code where there is a compiler."""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor

from .blas import NAMES
from .kernel import Kernel, Routine

ACTIVATIONS = ("tanh", "softplus", "silu", "gelu")
"""In the order of the source."""

Formula = Callable[..., Tensor]
"""``(y, *weights) -> gradient`` in torch's own operations: what the kernel is a copy of."""


def gradient(activation: str, formula: Formula, y: Tensor, weights: Sequence[Tensor]) -> Tensor:
    """Return the gradient by ``y``: by the kernel where it applies, else by the formula.

    Args:
        activation: one of ``ACTIVATIONS``.
        formula: the same in torch, for everything that the kernel does not do: other devices and
            dtypes, transforms of torch.func, compilation, second derivatives of the result.
        y: inputs ``[*batch, inputs]``.
        weights: ``W_1, b_1, .., W_L, b_L, w``.
    """
    if not applies(y, weights):
        return formula(y, *weights)
    if differentiated(y, *weights):
        return _Gradient.apply(activation, formula, y, *weights)  # pyright: ignore
    return _forward(ACTIVATIONS.index(activation), y, weights, None)


def applies(y: Tensor, weights: Sequence[Tensor]) -> bool:
    """Return whether the kernel is there, and made for what the net is asked."""
    return (
        Kernel.routines is not None
        and y.dtype in NAMES
        and y.dtype == weights[0].dtype
        and y.device.type == weights[0].device.type == "cpu"
        and y.numel() > 0
        and not torch._C._are_functorch_transforms_active()  # pyright: ignore
        and not torch.compiler.is_compiling()
    )


def differentiated(*given: Tensor) -> bool:
    """Return whether anything will be differentiated by one of these."""
    return torch.is_grad_enabled() and any(part.requires_grad for part in given)


def _forward(kind: int, y: Tensor, weights: Sequence[Tensor], tape: Tensor | None) -> Tensor:
    assert Kernel.routines is not None
    routine, y = Kernel.routines[y.dtype], y.detach().contiguous()
    weights = [w.detach().contiguous() for w in weights]
    found = torch.empty_like(y)
    routine.forward(
        *net_arguments(routine, kind, samples(y), weights),
        y.data_ptr(),
        found.data_ptr(),
        None if tape is None else tape.data_ptr(),
    )
    return found


def net_arguments(
    routine: Routine, kind: int, count: int, weights: Sequence[Tensor]
) -> tuple[Any, ...]:
    """Return what every routine is told first: the net, and the number of samples."""
    width, inputs = weights[0].shape
    return routine.gemm, kind, inputs, width, len(weights) // 2, addresses(weights), count


def samples(x: Tensor) -> int:
    """Return the number of vectors in ``x``, ``[*batch, size]``."""
    return x.numel() // x.shape[-1]


def addresses(tensors: Sequence[Tensor]) -> Any:
    """Return where the numbers of each tensor lie."""
    return (ctypes.c_void_p * len(tensors))(*[tensor.data_ptr() for tensor in tensors])


class _Gradient(torch.autograd.Function):
    """The kernel as an operation that can be differentiated; a second time by the formula."""

    @staticmethod
    def forward(  # pyright: ignore[reportIncompatibleMethodOverride]
        ctx: Any, activation: str, formula: Formula, y: Tensor, *weights: Tensor
    ) -> Tensor:
        width, depth = len(weights[0]), len(weights) // 2
        ctx.tape = y.new_empty((2 * depth - 1) * samples(y) * width)
        ctx.kind, ctx.formula = ACTIVATIONS.index(activation), formula
        ctx.save_for_backward(y, *weights)
        return _forward(ctx.kind, y, weights, ctx.tape)

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor | None, ...]:
        (cotangent,) = grads
        y, *weights = ctx.saved_tensors
        wanted = ctx.needs_input_grad[2:]
        if torch.is_grad_enabled():  # what is returned will itself be differentiated
            chosen = [x for x, need in zip((y, *weights), wanted, strict=True) if need]
            again = ctx.formula(y, *weights)
            found = iter(torch.autograd.grad(again, chosen, cotangent, create_graph=True))
            return None, None, *(next(found) if need else None for need in wanted)
        return None, None, *_reverse(ctx, y, weights, cotangent, wanted[0])


def _reverse(
    ctx: Any, y: Tensor, weights: Sequence[Tensor], cotangent: Tensor, by_inputs: bool
) -> tuple[Tensor | None, ...]:
    assert Kernel.routines is not None
    routine, y, cotangent = Kernel.routines[y.dtype], y.contiguous(), cotangent.contiguous()
    weights = [w.contiguous() for w in weights]
    by_weights = [torch.empty_like(w) for w in weights]
    by_y = torch.empty_like(y) if by_inputs else None
    routine.reverse(
        *net_arguments(routine, ctx.kind, samples(y), weights),
        y.data_ptr(),
        cotangent.data_ptr(),
        ctx.tape.data_ptr(),
        addresses(by_weights),
        None if by_y is None else by_y.data_ptr(),
    )
    return by_y, *by_weights
