"""The protocol of all integrators, and what happens to samples that cannot be continued."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from ..mechanics.impacts import Impacts
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
    impacts: Impacts | None = None
    """What interrupted the motions; None where nothing can. See ``integrators.events``."""


class IntegrationError(ValueError):
    """Some samples cannot be continued: which, why, and how far everything came.

    ``failed`` is ``[*batch]`` and marks at least one sample; ``path`` holds the output times that
    every sample reached, ``t[0]`` at least.
    """

    def __init__(
        self, failed: Bool[Tensor, "*batch"], path: Path, reason: str, remedy: str
    ) -> None:
        super().__init__(
            f"every sample must be continued to the last time t; {int(failed.sum())} of "
            f"{failed.numel()} could not be, beyond t = {float(path.t[-1]):.6g}: {reason}. {remedy}"
        )
        self.failed = failed
        self.path = path
        self.reason = reason
        self.remedy = remedy


class Integrator(ABC):
    """A numerical flow. Subclasses are frozen dataclasses of its settings."""

    @property
    @abstractmethod
    def order(self) -> int:
        """Order of the method in the step size (of the solution that is kept, if adaptive)."""

    @property
    @abstractmethod
    def symplectic(self) -> bool:
        """Whether the numerical flow of a Hamiltonian field keeps the symplectic form."""

    @abstractmethod
    def integrate(
        self, motion: Mechanical, x0: Float[Tensor, "*batch state"], t: Float[Tensor, " time"]
    ) -> Path:
        """Follow ``motion`` from ``x0`` (at ``t[0]``) through the output times ``t``.

        Times may be irregular and may decrease throughout (integration backwards). States go in and
        come out in the motion's own coordinates. Differentiable once in ``x0`` and in the
        parameters of the motion. Explicit methods of fixed step pass non-finite states on, each
        within its sample.

        Raises:
            IntegrationError: if a sample cannot be continued (it is a ValueError);
                ``integrate_surviving`` goes on without such samples.
            ValueError: if the motion does not offer the problem that the method needs, or the
                times are not strictly monotonic.
        """


def integrate_surviving(
    integrator: Integrator,
    motion: Mechanical,
    x0: Float[Tensor, "*batch state"],
    t: Float[Tensor, " time"],
    linked: bool = False,
) -> Path:
    """Integrate, and let samples that cannot be continued be NaN from there on.

    The others go on from the last output time that all had reached. A sample is given up at most
    once, so the work is bounded; its field evaluations are counted. With ``linked`` samples, all
    those end together that differ in the first index of the batch only.

    Raises:
        ValueError: as ``integrator.integrate``, but for samples that cannot be continued.
    """
    x = x0.reshape(-1, x0.shape[-1])
    states = x.new_full((len(t), *x.shape), torch.nan)
    alive = torch.arange(len(x), device=x.device)
    kinds = len(x) // len(x0) if linked else len(x)
    start = evaluations = 0
    impacts: list[Impacts] = []
    while len(alive):
        try:
            path, going = integrator.integrate(motion, x, t[start:]), None
        except IntegrationError as error:
            ended = alive[error.failed] % kinds
            path, going = error.path, torch.isin(alive % kinds, ended, invert=True)
        states[start : start + len(path.t), alive] = path.x
        evaluations += path.field_evaluations
        if path.impacts is not None:
            impacts.append(path.impacts.renumbered(alive, start))
        if going is None:
            break
        start += len(path.t) - 1
        alive, x = alive[going], path.x[-1, going]
    states = states.reshape(len(t), *x0.shape)
    return Path(t, states, evaluations, Impacts.joined(impacts) if impacts else None)


class Counted:
    """A function that counts its calls."""

    def __init__(self, function: Callable[..., Tensor]) -> None:
        self.function = function
        self.calls = 0

    def __call__(self, *arguments: Tensor) -> Tensor:
        """Call the function once more."""
        self.calls += 1
        return self.function(*arguments)


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
