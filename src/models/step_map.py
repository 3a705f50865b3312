"""Models that learn the map of one time step, and no field."""

from __future__ import annotations

from abc import abstractmethod
from typing import NoReturn

import torch
from jaxtyping import Float
from torch import Tensor

from ..mechanics.problem import Canonical, Field, Steps
from ..mechanics.state import StateSpec
from .base import Dynamics

TOLERANCE = 1e-4
"""How much steps may differ to count as equal: times are rounded."""


class StepMap(Dynamics):
    """The flow of the training data's time step, ``x(t + h) = step(x(t))``.

    Motions are followed by ``integrator=iterate``, at multiples of h only. There are no rates, and
    so no derivative error; the Jacobian of the map is the Jacobian of the flow.
    """

    learns = "map"

    interval: Tensor
    """The step h, in the unit of time of the data; zero before it is known."""

    def __init__(self, spec: StateSpec) -> None:
        super().__init__(spec)
        # In float64 whatever the weights are: times that are rounded more would not be multiples.
        self.register_buffer("interval", torch.zeros((), dtype=torch.float64))

    @abstractmethod
    def step(self, x: Float[Tensor, "*batch state"]) -> Float[Tensor, "*batch state"]:
        """Return the state one step on."""

    def inverse(self, x: Float[Tensor, "*batch state"]) -> Float[Tensor, "*batch state"]:
        """Return the state one step back, where the map is ``invertible``."""
        raise NotImplementedError

    @property
    def invertible(self) -> bool:
        """Whether :meth:`inverse` knows the way back."""
        return False

    def steps(self) -> Steps:
        """Return the learned map."""
        return Steps(
            step=self.step,
            inverse=self.inverse if self.invertible else None,
            interval=float(self.interval) or None,
        )

    @torch.no_grad()
    def fit_intervals(self, intervals: Float[Tensor, " intervals"]) -> None:
        """Take the step of the data.

        Raises:
            ValueError: if samples are not equally far apart.
        """
        step = intervals.mean()
        if bool(((intervals - step).abs() > TOLERANCE * step).any()):
            raise ValueError(
                f"model={self.kind} learns the map of one time step, so samples must be equally "
                f"far apart; got steps from {intervals.min():.6g} to {intervals.max():.6g}. Use a "
                f"model with a field: model=hnn, model=lnn or model=baseline."
            )
        self.interval.copy_(step)

    def forward(self, t: Tensor, x: Tensor, u: Tensor | None = None) -> NoReturn:
        """Refuse.

        Raises:
            ValueError: always, with what fits.
        """
        raise ValueError(self._no_field("rates dx/dt"))

    def field(self) -> Field:
        """Refuse.

        Raises:
            ValueError: always, with what fits.
        """
        raise ValueError(self._no_field("a field"))

    def canonical(self) -> Canonical:
        """Refuse.

        Raises:
            ValueError: always, with what fits.
        """
        raise ValueError(self._no_field("a field"))

    def energy(self, x: Float[Tensor, "*batch state"]) -> None:
        """Return None: a map alone has no energy."""
        return

    def lagrangian(self) -> NoReturn:
        """Refuse.

        Raises:
            ValueError: always, with what fits.
        """
        raise ValueError(self._no_field("a Lagrangian L(q, v)"))

    def _no_field(self, needed: str) -> str:
        return (
            f"what was asked for needs {needed}, and model={self.kind} is a learned map of one "
            f"time step. Use integrator=iterate with loss=one_step or loss=rollout, or a model "
            f"with a field: model=hnn, model=lnn or model=baseline."
        )
