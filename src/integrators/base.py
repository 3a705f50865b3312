"""The protocol of all integrators."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import ClassVar

import torch
from jaxtyping import Float
from torch import Tensor

from ..mechanics.problem import Mechanical


@dataclass(frozen=True)
class Path:
    """States at the requested times, and what they cost."""

    t: Tensor
    """Times ``[time]``."""
    x: Tensor
    """States ``[time, *batch, state]``; non-finite where a sample could not be continued."""
    field_evaluations: int
    """Calls of the field (of the force, for split problems), each for the whole batch."""


class Integrator(ABC):
    """A numerical flow. Subclasses are frozen dataclasses of its settings."""

    order: ClassVar[int]
    """Order of the method in the step size (of the error estimate's partner, if adaptive)."""
    symplectic: ClassVar[bool]

    @abstractmethod
    def integrate(
        self, motion: Mechanical, x0: Float[Tensor, "*batch state"], t: Float[Tensor, " time"]
    ) -> Path:
        """Follow ``motion`` from ``x0`` (at ``t[0]``) through the output times ``t``.

        Times may be irregular and may decrease throughout (integration backwards). States go in and
        come out in the motion's own coordinates. Differentiable in ``x0`` and in the parameters of
        the motion.

        Raises:
            ValueError: if the motion does not offer the problem that the method needs, or the
                times are not strictly monotonic.
        """


def check_times(t: Tensor) -> None:
    """Refuse output times that do not run strictly one way.

    Raises:
        ValueError: if ``t`` is not one-dimensional and strictly monotonic, with two times at least.
    """
    if t.ndim != 1 or len(t) < 2:
        raise ValueError(
            f"t must be one-dimensional with two times at least; got shape {tuple(t.shape)}."
        )
    steps = torch.diff(t)
    if not bool((steps > 0).all() or (steps < 0).all()):
        raise ValueError(
            "t must increase or decrease strictly; got times that repeat or turn back."
        )


def integrate_surviving(
    integrator: Integrator,
    motion: Mechanical,
    x0: Float[Tensor, "*batch state"],
    t: Float[Tensor, " time"],
) -> Path:
    """Follow every sample as far as it goes: NaN stands where one cannot be continued.

    The whole batch is tried first; only if that fails, each sample alone.
    """
    check_times(t)
    try:
        return integrator.integrate(motion, x0, t)
    except ValueError:
        if x0.ndim == 1:
            return Path(t, torch.full((len(t), *x0.shape), torch.nan).to(x0), 0)
    paths = [
        integrate_surviving(integrator, motion, sample, t)
        for sample in x0.reshape(-1, x0.shape[-1])
    ]
    x = torch.stack([path.x for path in paths], dim=1).reshape(len(t), *x0.shape)
    return Path(t, x, sum(path.field_evaluations for path in paths))
