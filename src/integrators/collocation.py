"""Gauss collocation: symplectic methods for every energy, separable or not."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import torch
from jaxtyping import Float
from torch import Tensor

from ..mechanics.problem import Mechanical
from .base import Counted, IntegrationError, Path, check_times
from .fixed_step import FixedStep, substeps
from .stages import Stages, Tableau, UnsolvedError


@dataclass(frozen=True)
class GaussCollocation(FixedStep):
    """An implicit method of s stages and order 2 s; symmetric, symplectic in canonical coordinates.

    A Lagrangian model enters through its Legendre transform and leaves by it. Not for
    ``torch.func.vmap``: how often a step is iterated depends on the samples.

    Source:
        Hairer, Lubich, Wanner, *Geometric Numerical Integration*, 2nd ed., section II.1.3, and
        section VI.4, theorem 4.2 (symplectic).
    """

    @property
    @abstractmethod
    def tableau(self) -> Tableau:
        """The coefficients."""

    @property
    def order(self) -> int:
        """Twice the number of stages."""
        return 2 * len(self.tableau.nodes)

    @property
    def symplectic(self) -> bool:
        """Always."""
        return True

    def integrate(
        self, motion: Mechanical, x0: Float[Tensor, "*batch state"], t: Float[Tensor, " time"]
    ) -> Path:
        """Follow ``motion.canonical()``; see :meth:`Integrator.integrate`."""
        check_times(t)
        problem = motion.canonical()
        f = Counted(problem.f)
        stages = Stages(f, self.tableau, parts=2 if problem.paired else 1)
        z = problem.enter(x0).reshape(-1, x0.shape[-1])
        outputs = [x0]
        for start, h, count in substeps(t, self.step):
            try:
                for i in range(count):
                    z = self._step(stages, start + i * h, z, h)
                outputs.append(_apart(problem.leave, z).reshape(x0.shape))
            except UnsolvedError as unsolved:
                raise IntegrationError(
                    failed=unsolved.failed.reshape(x0.shape[:-1]),
                    path=Path(t[: len(outputs)], torch.stack(outputs), f.calls),
                    reason=unsolved.reason,
                    remedy=f"Use a smaller integrator.step (now {abs(h):.3g}).",
                ) from unsolved
        return Path(t, torch.stack(outputs), f.calls)

    def _step(self, stages: Stages, t: float, z: Tensor, h: float) -> Tensor:
        """Return the states at ``t + h``."""
        slopes = _apart(partial(stages.solve, t, h=h), z)
        for weight, slope in zip(self.tableau.weights, slopes, strict=True):
            z = torch.add(z, slope, alpha=h * weight)
        return z


def _apart(function: Callable[[Tensor], Tensor], z: Tensor) -> Tensor:
    """Return ``function(z)``; where the motion refuses the batch, tell which samples it refuses.

    A Lagrangian model, say, refuses states at which no velocity belongs to the momentum.

    Raises:
        UnsolvedError: naming the samples ``[batch]`` that the motion refuses alone.
        ValueError: the motion's own, if it refuses none of the samples alone.
    """
    try:
        return function(z)
    except ValueError as error:
        failed = torch.tensor([_refuses(function, sample) for sample in z.split(1)])
        if not bool(failed.any()):
            raise
        raise UnsolvedError(failed.to(z.device), f"the motion refuses a state: {error}") from error


def _refuses(function: Callable[[Tensor], Tensor], sample: Tensor) -> bool:
    try:
        function(sample)
    except ValueError:
        return True
    except UnsolvedError:
        return False
    return False
