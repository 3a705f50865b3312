"""What torch's arithmetic does to arrays of nodes, where it takes more than operands."""

from __future__ import annotations

from typing import Any

import numpy as np

from .nodes import NotLoweredError
from .symbols import Symbolic, Symbols, as_array

LARGEST_SOLVE = 4
"""Unknowns of a linear system that is still written out."""


class Arithmetic(Symbolic):
    """Operations that compute; named as torch names them."""

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
            a = as_array(total)
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
