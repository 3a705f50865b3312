"""One step of Dormand and Prince's pair of order 8(5,3), and what lies within it."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import torch
from jaxtyping import Bool, Float
from scipy import integrate
from torch import Tensor

SAFETY, SHRINK, GROW = 0.9, 0.2, 10.0
"""The next step is the one that the error allows, times the first, within the others."""
TABLEAU = integrate.DOP853
"""The coefficients, as scipy has them."""
DEGREE = 7
"""Parts of the polynomial of a step."""
Rate = Callable[[Tensor, Tensor], Tensor]


class Coefficients(NamedTuple):
    """Those of scipy, as tensors."""

    a: Tensor
    b: Tensor
    c: Tensor
    e: Tensor
    a_dense: Tensor
    c_dense: Tensor
    d: Tensor

    @classmethod
    def like(cls, x: Tensor) -> Coefficients:
        """Return them in the type and on the device of a tensor."""

        def tensor(array: object) -> Tensor:
            return torch.as_tensor(array, dtype=x.dtype, device=x.device)

        tableau = TABLEAU
        return cls(
            a=tensor(tableau.A),
            b=tensor(tableau.B),
            c=tensor(tableau.C),
            e=torch.stack((tensor(tableau.E3), tensor(tableau.E5))),
            a_dense=tensor(tableau.A_EXTRA),
            c_dense=tensor(tableau.C_EXTRA),
            d=tensor(tableau.D),
        )


class Attempt(NamedTuple):
    """A step that was tried by every sample."""

    end: Float[Tensor, " rows"]
    x: Float[Tensor, "rows state"]
    slopes: list[Tensor]
    """At all stages, and at the end."""
    length: Float[Tensor, " rows"]
    step: Float[Tensor, "rows 1"]
    """The length with the sign of time."""
    accepted: Bool[Tensor, " rows"]
    h: Float[Tensor, " rows"]
    """Length of the next step."""


class Method(NamedTuple):
    """The method for a field, at some tolerance."""

    field: Rate
    coefficients: Coefficients
    rtol: float
    atol: float

    def attempt(
        self,
        goal: Tensor,
        sign: float | Tensor,
        t: Tensor,
        x: Tensor,
        slope: Tensor,
        h: Tensor,
        again: Tensor,
    ) -> Attempt:
        """Try a step of ``h`` from ``(t, x)``, not beyond ``goal``; ``again`` after a refusal."""
        left = (goal - t).abs()
        arrives = h >= left * (1 - 1e-10)
        length = torch.where(arrives, left, h)
        step = sign * length.unsqueeze(-1)
        y, slopes = self.stages(t, x, slope, step)
        end = torch.where(arrives, goal, t + step.squeeze(-1))
        slopes.append(self.field(end, y))
        with torch.no_grad():
            error = self._error(slopes, x, y, length)
            accepted = error <= 1
            most = torch.where(again, 1.0, GROW).to(x.dtype)
            following = length * (SAFETY * error ** (-1 / 8)).clamp(min=SHRINK).minimum(most)
        return Attempt(end, y, slopes, length, step, accepted, following)

    def stages(
        self, t: Tensor, x: Tensor, slope: Tensor, step: Tensor
    ) -> tuple[Tensor, list[Tensor]]:
        """Return where a step leads, and the slopes on its way."""
        slopes = [slope]
        a, c = self.coefficients.a[1:], self.coefficients.c[1:]
        for row, time in zip(a, _times(t, c, step), strict=True):
            slopes.append(self.field(time, x + step * _combined(row, slopes)))
        return x + step * _combined(self.coefficients.b, slopes), slopes

    def polynomial(
        self, t: Tensor, x: Tensor, y: Tensor, step: Tensor, slopes: list[Tensor]
    ) -> list[Tensor]:
        """Return the motion within a step from x to y; see :func:`within`."""
        slopes = list(slopes)
        a, c = self.coefficients.a_dense, self.coefficients.c_dense
        for row, time in zip(a, _times(t, c, step), strict=True):
            slopes.append(self.field(time, x + step * _combined(row, slopes)))
        rise = y - x
        bend = step * slopes[0] - rise
        curves = step * _combined(self.coefficients.d, slopes)
        return [rise, bend, rise - step * slopes[12] - bend, *curves]

    def _error(self, slopes: list[Tensor], x: Tensor, y: Tensor, length: Tensor) -> Tensor:
        """Return the error of a step in units of the tolerance, ``[rows]``; inf rather than NaN."""
        scale = self.atol + self.rtol * torch.maximum(x.abs(), y.abs())
        e3, e5 = (_combined(self.coefficients.e, slopes) / scale).square().mean(-1)
        error = length * e5 / (e5 + 0.01 * e3).clamp(min=torch.finfo(x.dtype).tiny).sqrt()
        return error.nan_to_num(nan=torch.inf, posinf=torch.inf).clamp(min=1e-10)


def within(polynomial: list[Tensor], at: Float[Tensor, "rows 1"]) -> Float[Tensor, "rows state"]:
    """Return how far the motion has come from the start of a step, at a fraction of it."""
    state = torch.zeros_like(polynomial[0])
    for i, part in enumerate(reversed(polynomial)):
        state = (state + part) * (at if i % 2 == 0 else 1 - at)
    return state


def _times(t: Tensor, c: Tensor, step: Tensor) -> tuple[Tensor, ...]:
    """Return the times of some stages of the steps from ``t``, ``[rows]`` each."""
    return (t + c.unsqueeze(-1) * step.squeeze(-1)).unbind()


def _combined(weights: Tensor, slopes: list[Tensor]) -> Tensor:
    """Return the sums of the slopes with as many of the weights, ``[*, slopes]``."""
    sums = weights[..., : len(slopes)] @ torch.stack(slopes).flatten(start_dim=1)
    return sums.unflatten(-1, slopes[0].shape)
