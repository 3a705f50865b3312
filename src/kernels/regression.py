"""A scalar perceptron's gradient fitted to a target: one call of machine code where it applies."""

from __future__ import annotations

import ctypes
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from .kernel import Kernel
from .scalar_mlp import (
    ACTIVATIONS,
    Formula,
    addresses,
    applies,
    gradient,
    net_arguments,
    samples,
)


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
