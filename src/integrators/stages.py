"""The implicit equations for the stages of a Runge-Kutta step, solved per sample."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from ..mechanics.symplectic import jacobian
from .base import Counted

FIXED_POINT_SWEEPS = 60
NEWTON_STEPS = 30
CONTRACTION = 0.5
"""Slower than this per sweep, Newton's method is cheaper than more sweeps."""
TIGHT, LOOSE = 1, 1000
"""In units of rounding: when a sample is solved, and when it may be if it gets no better."""

_EXTRAPOLATION = ((1,), (2, -1), (3, -3, 1), (4, -6, 4, -1), (5, -10, 10, -5, 1))


@dataclass(frozen=True)
class Tableau:
    """Nodes c, weights b and matrix a of an implicit Runge-Kutta method."""

    nodes: Sequence[float]
    weights: Sequence[float]
    matrix: Sequence[Sequence[float]]


class UnsolvedError(Exception):
    """Some samples ``[batch]`` of one step have no solution that could be found."""

    def __init__(self, failed: Tensor, reason: str) -> None:
        super().__init__(reason)
        self.failed = failed
        self.reason = reason


class Stages:
    r"""Solves for the slopes of a step, ``[stage, batch, state]``.

    .. math:: k_i = f(t + c_i h,\; z + h \sum_j a_{ij} k_j)

    Fixed-point sweeps while they contract, then Newton's method for the samples that are left, to
    rounding error: a looser tolerance would let the energy drift.

    Source:
        Hairer, Lubich, Wanner, *Geometric Numerical Integration*, 2nd ed., sections VIII.6.1
        (starting values) and VIII.6.2 (fixed-point and Newton iterations, when to stop).
    """

    def __init__(self, f: Counted, tableau: Tableau, parts: int = 2) -> None:
        self.f = f
        self.tableau = tableau
        self.parts = parts
        self.recent: list[Tensor] = []
        self.step = 0.0

    def solve(self, t: float, z: Tensor, h: float) -> Tensor:
        """Return the slopes of the step of ``h`` from the states ``z`` at time ``t``.

        Differentiable once where gradients are recorded: one Newton step from the solution has the
        derivatives of the implicit function.

        Raises:
            UnsolvedError: if samples do not converge.
        """
        times = [z.new_tensor(t + c * h) for c in self.tableau.nodes]
        with torch.no_grad():
            slopes, failed = self._fixed_point(times, z, h)
        if bool(failed.any()):
            raise UnsolvedError(
                failed,
                f"the implicit equations of the step of {h:.3g} from t = {t:.6g} did not converge",
            )
        if torch.is_grad_enabled():
            residual = self._apply(times, z, slopes, h) - slopes
            if residual.requires_grad:
                with torch.no_grad():
                    matrix = self._newton_matrix(times, z, slopes, h)
                slopes = slopes + _solve(matrix, residual)
        self.recent = [slopes, *self.recent[: len(_EXTRAPOLATION) - 1]]
        return slopes

    def _point(self, z: Tensor, slopes: Sequence[Tensor] | Tensor, h: float, i: int) -> Tensor:
        point = z
        for a, slope in zip(self.tableau.matrix[i], slopes, strict=True):
            point = torch.add(point, slope, alpha=h * a)
        return point

    def _apply(self, times: list[Tensor], z: Tensor, slopes: Tensor, h: float) -> Tensor:
        """Return the field at all stages."""
        points = [self._point(z, slopes, h, i) for i in range(len(times))]
        return torch.stack([self.f(time, y) for time, y in zip(times, points, strict=True)])

    def _sweep(self, times: list[Tensor], z: Tensor, slopes: Tensor, h: float) -> Tensor:
        """Return the field at all stages, each placed with the newest slopes of the others."""
        new = list(slopes)
        for i, time in enumerate(times):
            new[i] = self.f(time, self._point(z, new, h, i))
        return torch.stack(new)

    def _guess(self, times: list[Tensor], z: Tensor, h: float) -> Tensor:
        """Extrapolate the slopes of the last equal steps; without any, take the field at z."""
        if abs(h - self.step) > 1e-3 * abs(h) or any(k.shape[1:] != z.shape for k in self.recent):
            self.recent = []
        self.step = h
        if not self.recent:
            return self.f(times[0], z).expand(len(times), *z.shape)
        guess = torch.zeros_like(self.recent[0])
        for c, slopes in zip(_EXTRAPOLATION[len(self.recent) - 1], self.recent, strict=True):
            guess = torch.add(guess, slopes, alpha=c)
        return guess

    def _fixed_point(self, times: list[Tensor], z: Tensor, h: float) -> tuple[Tensor, Tensor]:
        slopes = self._guess(times, z, h)
        scale = self._scale(z, slopes, h)
        rounding = torch.finfo(z.dtype).eps
        errors, worst, last = z.new_zeros(len(z)), math.inf, math.inf
        for _ in range(FIXED_POINT_SWEEPS):
            new = self._sweep(times, z, slopes, h)
            errors = self._errors(new - slopes, scale, h)
            slopes, before_last, last, worst = new, last, worst, float(errors.max())
            # What is left after this sweep is less than its change, by the rate of contraction.
            rate = math.sqrt(worst / before_last) if 0 < before_last < math.inf else 1.0
            if worst * rate <= TIGHT * rounding:
                return slopes, torch.zeros_like(errors, dtype=torch.bool)
            # Positions and momenta take turns in getting better: judge over two sweeps.
            if not worst <= CONTRACTION**2 * before_last:
                break
        failed = ~(errors <= TIGHT * rounding)
        if worst <= LOOSE * rounding:
            return slopes, torch.zeros_like(failed)
        slopes = slopes.clone()
        slopes[:, failed], failed[failed.clone()] = self._newton(times, z[failed], h)
        return slopes, failed

    def _newton(self, times: list[Tensor], z: Tensor, h: float) -> tuple[Tensor, Tensor]:
        """Solve from slopes of zero: the first iterate is then the linearly implicit step."""
        slopes = z.new_zeros(len(times), *z.shape)
        rounding = torch.finfo(z.dtype).eps
        errors = z.new_full((len(z),), torch.inf)
        for _ in range(NEWTON_STEPS):
            residual = self._apply(times, z, slopes, h) - slopes
            change = _solve(self._newton_matrix(times, z, slopes, h), residual)
            # A sample that leaves the range of numbers stays where it was: f may refuse NaN.
            finite = torch.isfinite(change).all(-1).all(0)
            slopes = torch.where(finite[:, None], slopes + change, slopes)
            last, errors = errors, self._errors(change, self._scale(z, slopes, h), h)
            stalled = (errors <= LOOSE * rounding) & (errors > CONTRACTION * last)
            if bool(((errors <= TIGHT * rounding) | stalled | ~finite).all()):
                break
        return slopes, ~(errors <= LOOSE * rounding)

    def _newton_matrix(self, times: list[Tensor], z: Tensor, slopes: Tensor, h: float) -> Tensor:
        """Return ``I - h a_ij J_i``, the blocks of ``[batch, stage * state, stage * state]``."""
        identity = torch.eye(z.shape[-1], dtype=z.dtype, device=z.device)
        rows: list[Tensor] = []
        for i, time in enumerate(times):
            j_i = jacobian(lambda y, time=time: self.f(time, y), self._point(z, slopes, h, i))
            blocks = [-h * a * j_i for a in self.tableau.matrix[i]]
            blocks[i] = blocks[i] + identity
            rows.append(torch.cat(blocks, dim=-1))
        return torch.cat(rows, dim=-2)

    def _sizes(self, x: Tensor) -> Tensor:
        """Return the largest entry ``[*, parts]`` of positions and of momenta: their units differ.

        Of a state without pairs there is one part.
        """
        return x.abs().unflatten(-1, (self.parts, -1)).amax(-1)

    def _scale(self, z: Tensor, slopes: Tensor, h: float) -> Tensor:
        """Return the size ``[batch, parts]`` against which errors of the step are measured."""
        return self._sizes(z) + abs(h) * self._sizes(slopes).amax(0) + torch.finfo(z.dtype).tiny

    def _errors(self, change: Tensor, scale: Tensor, h: float) -> Tensor:
        """Return the change of the step relative to its scale, ``[batch]``."""
        return abs(h) * (self._sizes(change).amax(0) / scale).amax(-1)


def _solve(matrix: Tensor, residual: Tensor) -> Tensor:
    """Solve for ``[stage, batch, state]``; a singular sample comes out non-finite or huge."""
    stages, batch, state = residual.shape
    right = residual.movedim(0, 1).reshape(batch, stages * state, 1)
    solution, _ = torch.linalg.solve_ex(matrix, right)
    return solution.reshape(batch, stages, state).movedim(1, 0)
