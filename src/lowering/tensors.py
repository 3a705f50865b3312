"""What torch's operations do to arrays whose entries are nodes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import torch

from .nodes import Algebra, InPlaceError, Node, NotLoweredError

Symbols = np.ndarray
"""An array of nodes, ``dtype=object``."""
LARGEST_SOLVE = 4
"""Unknowns of a linear system that is still written out."""

SAME = {
    **{name: name for name in ("sin", "cos", "tan", "sinh", "cosh", "tanh", "exp", "log", "sqrt")},
    **{name: name for name in ("expm1", "log1p", "asin", "acos", "atan", "asinh", "atanh")},
    **{name: name for name in ("atan2", "neg", "abs")},
    **{name: name for name in ("mul", "maximum", "minimum", "lt", "le", "eq", "ne", "where")},
    **{name: name for name in ("round", "floor")},
    "sgn": "sign",
    "sign": "sign",
    "logical_and": "and",
    "logical_or": "or",
    "logical_not": "not",
    "bitwise_and": "and",
    "bitwise_or": "or",
    "bitwise_not": "not",
}
"""Operations of torch, entry by entry, that have a namesake here."""
HARMLESS = frozenset(("squeeze_",))
"""Operations on what they are given that change no number."""
AS_IT_IS = frozenset(
    [
        "clone",
        "detach",
        "alias",
        "lift_fresh",
        "lift_fresh_copy",
        "contiguous",
        "_to_copy",
        "positive",
        "to",
    ]
)
SHAPED = frozenset(["view", "reshape", "_unsafe_view", "_reshape_copy"])


class Interpreter:
    """Runs operations of torch on arrays of nodes; what holds numbers only runs in torch itself."""

    def __init__(self, algebra: Algebra) -> None:
        self.algebra = algebra
        self.ufuncs = algebra.ufuncs
        self.rows: list[list[Any]] = []
        """Results of one operation on several entries each: what may be computed as one array."""

    def depends(self, values: Any) -> bool:
        """Whether there is a node among some arguments."""
        return any(isinstance(value, np.ndarray) for value in _flat(values))

    def run(self, target: Any, arguments: Sequence[Any], named: dict[str, Any]) -> Any:
        """Return the result of one operation of torch on nodes.

        Raises:
            NotLoweredError: if it is not known here.
        """
        name = target.overloadpacket.__name__
        if target._schema.is_mutable and name not in HARMLESS:
            raise InPlaceError(f"torch's operation {name} changes what it is given")
        method: Callable[..., Any] | None = getattr(self, f"_{name.strip('_')}", None)
        if name in AS_IT_IS:
            return self.symbols(arguments[0])
        if name in SHAPED:
            return self.symbols(arguments[0]).reshape(arguments[1])
        if name == "_linalg_check_errors":
            return None  # a singular matrix leaves no numbers
        if name in SAME:
            return self.each(SAME[name], *arguments)
        if method is None:
            raise NotLoweredError(f"torch's operation {name} is not written in plain numbers here")
        return method(*arguments, **named)

    def symbols(self, value: Any) -> Symbols:
        """Return numbers as constants, and nodes as they are."""
        if isinstance(value, np.ndarray | Node):
            return _array(value)
        array = np.asarray(value.detach().tolist() if isinstance(value, torch.Tensor) else value)
        made = np.empty(array.shape, dtype=object)
        for place in np.ndindex(array.shape):
            made[place] = self.algebra.constant(array[place].item())
        return made

    def each(self, name: str, *values: Any) -> Symbols:
        """Apply an operation entry by entry."""
        result = self.ufuncs[name](*(self.symbols(value) for value in values))
        if not isinstance(result, np.ndarray):
            scalar = np.empty((), dtype=object)
            scalar[()] = result
            return scalar
        if result.size > 1:
            self.rows.append(list(result.flat))
        return result

    # Arithmetic whose arguments are more than operands.
    def _add(self, a: Any, b: Any, alpha: Any = 1) -> Symbols:
        return self.each("add", a, b if alpha == 1 else self.each("mul", b, alpha))

    def _sub(self, a: Any, b: Any, alpha: Any = 1) -> Symbols:
        return self.each("sub", a, b if alpha == 1 else self.each("mul", b, alpha))

    def _rsub(self, a: Any, b: Any, alpha: Any = 1) -> Symbols:
        return self._sub(b, a, alpha)

    def _div(self, a: Any, b: Any, rounding_mode: str | None = None) -> Symbols:
        if rounding_mode is not None:
            raise NotLoweredError("it rounds quotients")
        return self.each("div", a, b)

    def _pow(self, a: Any, b: Any) -> Symbols:
        return self.each("pow", a, b)

    def _square(self, a: Any) -> Symbols:
        return self.each("mul", a, a)

    def _reciprocal(self, a: Any) -> Symbols:
        return self.each("div", 1.0, a)

    def _rsqrt(self, a: Any) -> Symbols:
        return self.each("div", 1.0, self.each("sqrt", a))

    def _gt(self, a: Any, b: Any) -> Symbols:
        return self.each("lt", b, a)

    def _ge(self, a: Any, b: Any) -> Symbols:
        return self.each("le", b, a)

    def _clamp(self, a: Any, min: Any = None, max: Any = None) -> Symbols:  # noqa: A002
        a = a if min is None else self.each("maximum", a, min)
        return self.symbols(a if max is None else self.each("minimum", a, max))

    _clamp_min = _clamp

    def _clamp_max(self, a: Any, max: Any) -> Symbols:  # noqa: A002
        return self._clamp(a, max=max)

    def _nan_to_num(
        self, a: Any, nan: Any = 0.0, posinf: Any = None, neginf: Any = None
    ) -> Symbols:
        a = self.each("where", self.each("ne", a, a), nan or 0.0, a)
        for number, value in ((np.inf, posinf), (-np.inf, neginf)):
            limit = np.copysign(np.finfo(float).max, number) if value is None else value
            if limit != number:
                a = self.each("where", self.each("eq", a, number), limit, a)
        return a

    def _addcmul(self, a: Any, b: Any, c: Any, value: Any = 1) -> Symbols:
        return self._add(a, self.each("mul", b, c), value)

    # Sums and products of matrices.
    def _sum(self, a: Symbols, dim: Any = None, keepdim: bool = False, **_: Any) -> Symbols:
        axes = tuple(range(a.ndim)) if dim is None or dim == [] else dim
        axes = (axes,) if isinstance(axes, int) else axes
        for axis in sorted((axis % a.ndim for axis in axes), reverse=True):
            kept = self.algebra.constant(0.0) if a.shape[axis] == 0 else None
            total = self.ufuncs["add"].reduce(a, axis=axis, initial=kept, keepdims=keepdim)
            a = _array(total)
        return a

    def _cumsum(self, a: Symbols, dim: int, **_: Any) -> Symbols:
        return self.ufuncs["add"].accumulate(a, axis=dim)

    def _mean(self, a: Symbols, dim: Any = None, keepdim: bool = False, **_: Any) -> Symbols:
        total = self._sum(a, dim, keepdim)
        return self.each("div", total, a.size / max(total.size, 1))

    def _mm(self, a: Any, b: Any) -> Symbols:
        a, b = self.symbols(a), self.symbols(b)
        return self._sum(self.each("mul", a[..., :, :, None], b[..., None, :, :]), -2)

    _bmm = _mm

    def _mv(self, a: Any, b: Any) -> Symbols:
        return self._mm(a, self.symbols(b)[:, None])[:, 0]

    def _dot(self, a: Any, b: Any) -> Symbols:
        return self._sum(self.each("mul", a, b))

    def _linalg_cross(self, a: Any, b: Any, dim: int = -1) -> Symbols:
        a, b = self.symbols(a), self.symbols(b)
        first, second = ([np.roll(part, -k, axis=dim) for k in (1, 2)] for part in (a, b))
        ahead, behind = self.each("mul", first[0], second[1]), self.each("mul", first[1], second[0])
        return self.each("sub", ahead, behind)

    def _addmm(self, a: Any, b: Any, c: Any, beta: Any = 1, alpha: Any = 1) -> Symbols:
        product = self.each("mul", self._mm(b, c), alpha)
        return self.each("add", self.each("mul", a, beta), product)

    def _linalg_vector_norm(
        self,
        a: Symbols,
        order: Any = 2,
        dim: Any = None,
        keepdim: bool = False,
        **_: Any,
    ) -> Symbols:
        if order != 2:
            raise NotLoweredError(f"it has a norm of order {order}")
        return self.each("sqrt", self._sum(self.each("mul", a, a), dim, keepdim))

    def _linalg_solve_ex(self, a: Any, b: Any, left: bool = True, **_: Any) -> tuple[Symbols, ...]:
        """Gauss's elimination with row exchanges, written out."""
        a, b = self.symbols(a).copy(), self.symbols(b).copy()
        vector = b.ndim == a.ndim - 1
        b = b[..., None] if vector else b
        count = a.shape[-1]
        if a.ndim != 2 or b.ndim != 2 or not left or count > LARGEST_SOLVE:
            raise NotLoweredError(f"it solves linear systems of shape {a.shape}")
        rows = np.concatenate((a, b), axis=1)
        for k in range(count):
            for i in range(k + 1, count):
                larger = self.each("lt", self.each("abs", rows[k, k]), self.each("abs", rows[i, k]))
                upper = self.each("where", larger, rows[i], rows[k])
                rows[i] = self.each("where", larger, rows[k], rows[i])
                rows[k] = upper
            for i in range(k + 1, count):
                factor = self.each("div", rows[i, k], rows[k, k])
                rows[i] = self.each("sub", rows[i], self.each("mul", factor, rows[k]))
        for k in reversed(range(count)):
            known = rows[k, count:]
            for j in range(k + 1, count):
                known = self.each("sub", known, self.each("mul", rows[k, j], rows[j, count:]))
            rows[k, count:] = self.each("div", known, rows[k, k])
        solution = rows[:, count:]
        return (solution[:, 0] if vector else solution, a, b, b)

    # Shapes.
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
        return _array(a[_along(a, dim, index)])

    def _index(self, a: Symbols, indices: Sequence[Any]) -> Symbols:
        if any(isinstance(index, np.ndarray) for index in indices):
            raise NotLoweredError("where it looks depends on the state")
        return _array(a[tuple(slice(None) if i is None else i.numpy() for i in indices)])

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
        return [_array(part) for part in np.moveaxis(a, dim, 0)]

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


def _flat(values: Any) -> list[Any]:
    if isinstance(values, list | tuple):
        return [leaf for value in values for leaf in _flat(value)]
    return [values]


def _array(value: Any) -> Symbols:
    if isinstance(value, np.ndarray):
        return value
    scalar = np.empty((), dtype=object)
    scalar[()] = value
    return scalar


def _along(a: Symbols, dim: int, place: Any) -> tuple[Any, ...]:
    return (*[slice(None)] * (dim % a.ndim), place)
