"""What torch's operations on shapes do to arrays of nodes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from .nodes import NotLoweredError
from .symbols import Symbolic, Symbols, as_array


class Shapes(Symbolic):
    """Operations that move entries about or make new ones; named as torch names them."""

    def _expand(self, a: Symbols, size: Any, **_: Any) -> Symbols:
        shape = list(size)
        for back in range(1, a.ndim + 1):
            shape[-back] = a.shape[-back] if shape[-back] == -1 else shape[-back]
        return np.broadcast_to(a, shape)

    def _unsqueeze(self, a: Symbols, dim: int) -> Symbols:
        return np.expand_dims(a, dim)

    def _squeeze(self, a: Symbols, dim: Any = None) -> Symbols:
        dims = range(a.ndim) if dim is None else [dim] if isinstance(dim, int) else dim
        return np.squeeze(a, tuple(d for d in dims if a.shape[d] == 1))

    def _permute(self, a: Symbols, dims: Sequence[int]) -> Symbols:
        return np.transpose(a, dims)

    def _transpose(self, a: Symbols, first: int, second: int) -> Symbols:
        return np.swapaxes(a, first, second)

    def _t(self, a: Symbols) -> Symbols:
        return a.T

    def _slice(
        self, a: Symbols, dim: int = 0, start: Any = None, end: Any = None, step: int = 1
    ) -> Symbols:
        return a[_along(a, dim, slice(start, end, step))]

    def _select(self, a: Symbols, dim: int, index: int) -> Symbols:
        return as_array(a[_along(a, dim, index)])

    def _index(self, a: Symbols, indices: Sequence[Any]) -> Symbols:
        if any(isinstance(index, np.ndarray) for index in indices):
            raise NotLoweredError("where it looks depends on the state")
        return as_array(a[tuple(slice(None) if i is None else i.numpy() for i in indices)])

    def _index_select(self, a: Symbols, dim: int, index: Any) -> Symbols:
        return np.take(a, index.numpy(), axis=dim)

    def _flip(self, a: Symbols, dims: Sequence[int]) -> Symbols:
        return np.flip(a, tuple(dims))

    def _roll(self, a: Symbols, shifts: Any, dims: Any = ()) -> Symbols:
        return np.roll(a, shifts, tuple(dims) if dims else None)

    def _diagonal(self, a: Symbols, offset: int = 0, dim1: int = 0, dim2: int = 1) -> Symbols:
        return np.diagonal(a, offset, dim1, dim2)

    def _diag_embed(self, a: Symbols, offset: int = 0, dim1: int = -2, dim2: int = -1) -> Symbols:
        size = a.shape[-1] + abs(offset)
        shape = [*a.shape[:-1], size, size]
        if (dim1 % len(shape), dim2 % len(shape)) != (len(shape) - 2, len(shape) - 1):
            raise NotLoweredError("it makes diagonals along other axes than the last")
        return self._diagonal_backward(a, shape, offset, dim1, dim2)

    def _cat(self, tensors: Sequence[Any], dim: int = 0) -> Symbols:
        return np.concatenate([self.symbols(part) for part in tensors], axis=dim)

    def _stack(self, tensors: Sequence[Any], dim: int = 0) -> Symbols:
        return np.stack([self.symbols(part) for part in tensors], axis=dim)

    def _unbind(self, a: Symbols, dim: int = 0) -> list[Symbols]:
        return [as_array(part) for part in np.moveaxis(a, dim, 0)]

    def _split(self, a: Symbols, size: int, dim: int = 0) -> list[Symbols]:
        return np.split(a, range(size, a.shape[dim], size), axis=dim)

    def _split_with_sizes(self, a: Symbols, sizes: Sequence[int], dim: int = 0) -> list[Symbols]:
        return np.split(a, np.cumsum(sizes)[:-1], axis=dim)

    def _repeat(self, a: Symbols, repeats: Sequence[int]) -> Symbols:
        return np.tile(a, repeats)

    # New tensors of numbers, and those that gradients of slices are put into.
    def _filled(self, shape: Sequence[int], value: float) -> Symbols:
        return np.full(tuple(shape), self.algebra.constant(value), dtype=object)

    def _copy(self, a: Any, source: Any, *_: Any) -> Symbols:
        return np.broadcast_to(self.symbols(source), self.symbols(a).shape)

    def _fill(self, a: Symbols, value: Any) -> Symbols:
        return self._copy(a, value)

    def _zeros_like(self, a: Symbols, **_: Any) -> Symbols:
        return self._filled(a.shape, 0.0)

    def _ones_like(self, a: Symbols, **_: Any) -> Symbols:
        return self._filled(a.shape, 1.0)

    def _full_like(self, a: Symbols, value: float, **_: Any) -> Symbols:
        return self._filled(a.shape, value)

    def _new_zeros(self, a: Symbols, size: Sequence[int], **_: Any) -> Symbols:
        return self._filled(size, 0.0)

    def _new_full(self, a: Symbols, size: Sequence[int], value: float, **_: Any) -> Symbols:
        return self._filled(size, value)

    def _select_scatter(self, a: Any, part: Any, dim: int, index: int | slice) -> Symbols:
        whole = self.symbols(a).copy()
        whole[_along(whole, dim, index)] = self.symbols(part)[()]
        return whole

    def _slice_scatter(
        self, a: Any, part: Any, dim: int = 0, start: Any = None, end: Any = None, step: int = 1
    ) -> Symbols:
        return self._select_scatter(a, part, dim, slice(start, end, step))

    def _select_backward(self, a: Any, shape: Sequence[int], dim: int, index: int) -> Symbols:
        whole = self._filled(shape, 0.0)
        whole[_along(whole, dim, index)] = a[()]
        return whole

    def _slice_backward(
        self, a: Any, shape: Sequence[int], dim: int, start: int, end: int, step: int
    ) -> Symbols:
        whole = self._filled(shape, 0.0)
        whole[_along(whole, dim, slice(start, end, step))] = a
        return whole

    def _diagonal_backward(
        self, a: Any, shape: Sequence[int], offset: int, dim1: int, dim2: int
    ) -> Symbols:
        whole = self._filled(shape, 0.0)
        i = np.arange(a.shape[-1])
        moved = np.moveaxis(whole, (dim1, dim2), (-2, -1))
        moved[..., i + max(-offset, 0), i + max(offset, 0)] = a
        return whole

    def _constant_pad_nd(self, a: Symbols, pad: Sequence[int], value: float = 0.0) -> Symbols:
        widths = [(0, 0)] * (a.ndim - len(pad) // 2)
        widths += [(pad[i], pad[i + 1]) for i in reversed(range(0, len(pad), 2))]
        if min(pad) < 0:
            raise NotLoweredError("it cuts by negative padding")
        whole = self._filled([n + sum(w) for n, w in zip(a.shape, widths, strict=True)], value)
        whole[tuple(slice(w[0], w[0] + n) for n, w in zip(a.shape, widths, strict=True))] = a
        return whole


def _along(a: Symbols, dim: int, place: Any) -> tuple[Any, ...]:
    return (*[slice(None)] * (dim % a.ndim), place)
