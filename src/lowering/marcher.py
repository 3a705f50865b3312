"""A step that is taken often, by the way that is fastest for the work at hand."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from . import native, scalars
from .arrays import Arrays
from .march import Interval, march
from .nodes import NotLoweredError
from .performance import Way, chosen
from .program import trace

BUILD = 0.5
"""Seconds of work from which a compiler pays that may have to be called first: it takes 0.3."""
BY_NUMBER, BY_ARRAY, BY_CALL, BY_ENTRY = 25e-9, 0.3e-6, 2.5e-6, 1e-9
"""Seconds of an operation in plain Python, of one in numpy and of one in torch before the samples,
and of each sample in both."""
CLOSE = 1e-10
"""How far the first step may be from torch's own, over the size of the carry: rounding, and what
formulas make of it. A wrong operation would be further off."""


class Marcher:
    """A step ``(t, h, *carry) -> carry`` of vectors in torch, run without torch.

    Raises:
        NotLoweredError: if it cannot be written in plain numbers.
    """

    def __init__(
        self, step: Callable[..., Sequence[Tensor]], carry: Sequence[Tensor], kept: int
    ) -> None:
        """Take a step apart; the first ``kept`` entries of the carry are what is asked for."""
        number = torch.zeros((), dtype=torch.float64)
        self.step = march(trace(step, number, number, *(part[0] for part in carry)))
        self.kept = kept
        self._check(step, carry)

    def run(
        self, start: NDArray[np.float64], intervals: Sequence[Interval], before: int = 0
    ) -> tuple[NDArray[np.float64], Way] | None:
        """Return ``[interval, sample, entry]``, and how it was done; None where torch is faster.

        ``before`` is how many steps of the same work have been taken by other calls.
        """
        seconds = self._seconds(len(start))
        quickest = min(seconds, key=lambda way: seconds[way])
        steps = before + sum(interval.count for interval in intervals)
        work = seconds[quickest] * steps
        wanted = work > BUILD or chosen().level == "compiled"
        if wanted and chosen().kernels and self.native is not None:
            return self.native.run(start, intervals), "c++"
        if quickest == "python":
            try:
                return scalars.run(self.scalars, start, intervals)[..., : self.kept], "python"
            except (ArithmeticError, ValueError):
                quickest = "numpy"  # Python refuses infinities, numpy goes on with them
        if quickest == "torch":
            return None
        return self.arrays.run(start, intervals)[..., : self.kept], "numpy"

    def _seconds(self, samples: int) -> dict[Way, float]:
        """Return what a step costs, about, without a compiler."""
        operations = len(self.step.by_sample)
        entries = BY_ENTRY * samples * operations
        return {
            "python": BY_NUMBER * samples * operations,
            "numpy": BY_ARRAY * len(self.arrays.layout.units) + entries,
            "torch": BY_CALL * self.step.calls + entries,
        }

    @cached_property
    def scalars(self) -> scalars.Steps:
        """The step in plain Python."""
        return scalars.compiled(self.step)

    @cached_property
    def arrays(self) -> Arrays:
        """The step in numpy."""
        return Arrays(self.step)

    @cached_property
    def native(self) -> native.Native | None:
        """The step in C++; None where it cannot be compiled."""
        return native.compiled(self.step, self.kept, chosen().folder)

    def _check(self, step: Callable[..., Sequence[Tensor]], carry: Sequence[Tensor]) -> None:
        """Take one step of some samples both ways: what is lowered wrongly is not used.

        Raises:
            NotLoweredError: if they differ by more than rounding.
        """
        some = [part[:4].detach() for part in carry]
        h = 1e-3
        start = torch.cat(some, dim=-1).numpy()
        with torch.no_grad():
            t = torch.zeros((), dtype=torch.float64)
            expected = torch.cat(list(step(t, t + h, *some)), dim=-1).numpy()
        with np.errstate(all="ignore"):
            got = self.arrays.run(start, [Interval(0.0, h, 1)])[0]
            size = np.abs(start).max(initial=0) + np.abs(expected).max(initial=0)
            wrong = ~np.isclose(got, expected, rtol=0, atol=CLOSE * size, equal_nan=True)
        if wrong.any() and np.isfinite(expected).all():
            raise NotLoweredError("its first step differs from torch's")
