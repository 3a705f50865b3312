"""The gradient of a scalar perceptron by its inputs, in machine code where there is a compiler."""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
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


@dataclass(frozen=True)
class Regression:
    """A linear function of the gradient of a scalar net, and what it should be.

    A small net spends most of a training step between calls: here all of it is one call.
    """

    activation: str
    """One of ``ACTIVATIONS``."""
    formula: Formula
    """The gradient in torch, as for :func:`gradient`."""
    weights: Sequence[Tensor]
    """``W_1, b_1, .., W_L, b_L, w``."""
    y: Tensor
    """Inputs ``[*batch, inputs]``."""
    rows: Tensor
    """What of the gradient is compared: ``[*batch, count, inputs]``, or ``[count, inputs]`` where
    it is the same for all samples."""
    target: Tensor
    """``[*batch, count]``."""

    def misfit(self) -> Tensor:
        """Return the mean square of ``rows @ gradient - target``."""
        if not self.applies():
            found = gradient(self.activation, self.formula, self.y, self.weights)
            return _mean_square(found, self.rows, self.target)
        given = (self.y, self.rows, self.target)
        return _Misfit.apply(self.activation, self.formula, *given, *self.weights)  # pyright: ignore

    def applies(self) -> bool:
        """Return whether the kernel takes it, and its derivatives by all weights."""
        given = (self.y, self.rows, self.target)
        return (
            torch.is_grad_enabled()
            and all(w.requires_grad and w.is_contiguous() for w in self.weights)
            and self.rows.dtype == self.target.dtype == self.y.dtype
            and self.rows.ndim in (2, self.y.ndim + 1)
            and applies(self.y, self.weights)
            and not any(x.requires_grad for x in given)
        )

    def differentiate(self, sizes: Sequence[int]) -> Iterator[tuple[float, float]]:
        """Put derivatives into ``grad`` of the weights, for parts of so many samples in turn.

        Yields the misfit of each part, and the norm of its derivatives: as ``backward`` would find
        them, without a graph, and for the weights as they are by then. Only where it
        :meth:`applies`.
        """
        y, rows, target = self.y.contiguous(), self.rows.contiguous(), self.target.contiguous()
        start = 0
        for size in sizes:
            for w in self.weights:
                if w.grad is None:
                    w.grad = torch.empty_like(w)
            by_weights = [w.grad for w in self.weights if w.grad is not None]
            yield self._fit(y, rows, target, start, size, by_weights)
            start += size

    def _fit(
        self,
        y: Tensor,
        rows: Tensor,
        target: Tensor,
        start: int,
        size: int,
        by_weights: Sequence[Tensor],
    ) -> tuple[float, float]:
        """Have the kernel fit ``size`` samples from ``start`` on; all lie without gaps."""
        assert Kernel.routines is not None
        routine, norm = Kernel.routines[y.dtype], ctypes.c_double()
        count, inputs = rows.shape[-2:]
        each = 0 if rows.ndim == 2 else count * inputs
        value = routine.fit(
            *net_arguments(routine, ACTIVATIONS.index(self.activation), size, self.weights),
            y.data_ptr() + start * inputs * y.itemsize,
            count,
            each,
            rows.data_ptr() + start * each * y.itemsize,
            target.data_ptr() + start * count * y.itemsize,
            addresses(by_weights),
            ctypes.addressof(norm),
        )
        return value, norm.value


def _mean_square(found: Tensor, rows: Tensor, target: Tensor) -> Tensor:
    return ((rows @ found.unsqueeze(-1)).squeeze(-1) - target).square().mean()


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


class _Misfit(torch.autograd.Function):
    """A regression as one operation: its derivatives are found along with its value."""

    @staticmethod
    def forward(  # pyright: ignore[reportIncompatibleMethodOverride]
        ctx: Any,
        activation: str,
        formula: Formula,
        y: Tensor,
        rows: Tensor,
        target: Tensor,
        *weights: Tensor,
    ) -> Tensor:
        ctx.formula = formula
        ctx.save_for_backward(y, rows, target, *weights)
        ctx.by_weights = [torch.empty_like(w) for w in weights]
        y, rows, target = y.contiguous(), rows.contiguous(), target.contiguous()
        regression = Regression(activation, formula, weights, y, rows, target)
        value, _ = regression._fit(y, rows, target, 0, samples(y), ctx.by_weights)
        return torch.tensor(value, dtype=y.dtype)

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor | None, ...]:
        (cotangent,) = grads
        none = (None,) * 5
        if torch.is_grad_enabled():  # what is returned will itself be differentiated
            y, rows, target, *weights = ctx.saved_tensors
            again = _mean_square(ctx.formula(y, *weights), rows, target)
            return *none, *torch.autograd.grad(again, weights, cotangent, create_graph=True)
        return *none, *torch._foreach_mul(ctx.by_weights, cotangent)  # pyright: ignore[reportPrivateImportUsage]
