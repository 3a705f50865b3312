"""Explicit Runge-Kutta methods of fixed step, by their coefficients."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from jaxtyping import Float
from torch import Tensor

from ..mechanics.problem import Mechanical
from .base import Counted, Path, check_times
from .dormand_prince import TABLEAU
from .fixed_step import FixedStep
from .stepping import Number, Stepping, follow, follow_formula, moved


@dataclass(frozen=True)
class Explicit:
    """Coefficients: each stage is placed with the slopes of those before it."""

    matrix: Sequence[Sequence[float]]
    """The rows below the diagonal; the first stage has none."""
    weights: Sequence[float]

    @property
    def nodes(self) -> tuple[float, ...]:
        """Where in the step the stages lie: the sums of the rows."""
        return (0.0, *(sum(row) for row in self.matrix))


TABLEAUS = {
    "euler": Explicit((), (1,)),
    "midpoint": Explicit(((1 / 2,),), (0, 1)),
    "heun2": Explicit(((1,),), (1 / 2, 1 / 2)),
    "heun3": Explicit(((1 / 3,), (0, 2 / 3)), (1 / 4, 0, 3 / 4)),
    "rk4": Explicit(((1 / 3,), (-1 / 3, 1), (1, -1, 1)), (1 / 8, 3 / 8, 3 / 8, 1 / 8)),
}
"""Those of torchdiffeq, by its names.

Source:
    Hairer, Norsett, Wanner, *Solving Ordinary Differential Equations I*, 2nd ed., section II.1,
    tables 1.1 and 1.2 (rk4 is the 3/8 rule).
"""


EIGHTH = Explicit(
    tuple(tuple(row[: i + 1].tolist()) for i, row in enumerate(TABLEAU.A[1:12])),
    tuple(TABLEAU.B.tolist()),
)


class RungeKutta8(FixedStep):
    """Dormand and Prince's method of order 8 with fixed steps: twelve stages, for high accuracy.

    Source:
        Hairer, Norsett, Wanner, *Solving Ordinary Differential Equations I*, 2nd ed., section
        II.5, table 5.2, with the coefficients of II.10.
    """

    @property
    def order(self) -> int:
        """Eight."""
        return 8

    @property
    def symplectic(self) -> bool:
        """No."""
        return False

    def integrate(
        self, motion: Mechanical, x0: Float[Tensor, "*batch state"], t: Float[Tensor, " time"]
    ) -> Path:
        """Follow ``motion.field()``; see :meth:`Integrator.integrate`."""
        check_times(t)
        made = follow_formula(
            motion, type(self), lambda: explicit(motion.field().f, EIGHTH), x0, t, self.step
        )
        return made or follow(explicit(motion.field().f, EIGHTH), x0, t, self.step)


def explicit(f: Callable[[Tensor, Tensor], Tensor], tableau: Explicit) -> Stepping:
    """Return a step of a method for a field."""
    field = Counted(f)

    def step(t: Number, h: Number, x: Tensor) -> tuple[Tensor, ...]:
        slopes: list[Tensor] = []
        for node, row in zip(tableau.nodes, ((), *tableau.matrix), strict=True):
            time = t + node * h
            time = time if isinstance(time, Tensor) else x.new_tensor(time)
            slopes.append(field(time, _sum(x, row, slopes, h)))
        return (_sum(x, tableau.weights, slopes, h),)

    return Stepping(lambda x: (x,), step, parts=1, f=field)


def _sum(x: Tensor, weights: Sequence[float], slopes: Sequence[Tensor], h: Number) -> Tensor:
    for weight, slope in zip(weights, slopes, strict=True):
        x = moved(x, slope, weight * h) if weight else x
    return x
