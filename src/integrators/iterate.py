"""Motions that are known from sample to sample only: a learned map, applied again and again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from ..mechanics.problem import Mechanical, Steps
from .base import Counted, Integrator, Path, check_times

TOLERANCE = 1e-4
"""How far a time may lie from a multiple of the step, in steps: times are rounded."""


@dataclass(frozen=True)
class Iterate(Integrator):
    """Apply the map of a fixed time step as often as the times ask for.

    There is no error of integration, and no motion between the steps.
    """

    @property
    def order(self) -> int:
        """None to speak of: the map is what it is."""
        return 0

    @property
    def symplectic(self) -> bool:
        """That is up to the map."""
        return False

    def integrate(
        self, motion: Mechanical, x0: Float[Tensor, "*batch state"], t: Float[Tensor, " time"]
    ) -> Path:
        """Follow ``motion.steps()``; see :meth:`Integrator.integrate`.

        Raises:
            ValueError: if the motion has no such map, if times are not whole steps apart, or if
                they run backwards and the map cannot be inverted.
        """
        check_times(t)
        steps = motion.steps()
        move = Counted(_direction(steps, bool(t[1] < t[0])))
        z = steps.enter(x0)
        states = [x0]
        for count in _counts(t, steps.interval):
            for _ in range(count):
                z = move(z)
            states.append(steps.leave(z))
        return Path(t, torch.stack(states), move.calls)


def _direction(steps: Steps, backwards: bool) -> Callable[[Tensor], Tensor]:
    if not backwards:
        return steps.step
    if steps.inverse is None:
        raise ValueError(
            "times must increase: the learned map of a step cannot be inverted. Maps that can: "
            "model=sympnet, model=henon_net."
        )
    return steps.inverse


def _counts(t: Tensor, interval: float | None) -> list[int]:
    """Return the steps between each two times."""
    gaps = torch.diff(t).abs()
    if interval is None:
        return [1] * len(gaps)
    steps = gaps / interval
    whole = steps.round()
    if bool((whole < 1).any() or ((steps - whole).abs() > TOLERANCE * whole).any()):
        odd = gaps[(steps - whole).abs() > TOLERANCE * whole]
        gap = float(odd[0]) if len(odd) else float(gaps.min())
        raise ValueError(
            f"times must be whole steps of {interval:.6g} apart: a learned map knows the motion "
            f"at the step of its training data only; got a gap of {gap:.6g}. Evaluate at the step "
            f"of the training data, or use a model with a field: model=hnn, model=baseline."
        )
    return [int(n) for n in whole]
