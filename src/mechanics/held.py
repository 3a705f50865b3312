"""Inputs that are held from sample to sample, as a digital controller holds them."""

from __future__ import annotations

from typing import Protocol

import torch
from jaxtyping import Float
from torch import Tensor, nn

from .problem import Canonical, Constrained, Field, Mechanical, Split, Steps
from .state import Coordinates


class Driven(Mechanical, Protocol):
    """A supplier of motion that takes inputs."""

    def driven_field(self, t: Tensor, x: Tensor, u: Tensor) -> Tensor:
        """Return ``dx/dt`` at ``x`` under the inputs ``u``."""
        ...


class Held(nn.Module):
    """A driven motion whose inputs are constant components of its state: ``(x, u)``, ``du/dt = 0``.

    So each sample of a batch has inputs of its own, whatever an integrator does with the batch.

    A module, so that an adjoint method finds the parameters of the motion.
    """

    def __init__(self, motion: Driven, inputs: int) -> None:
        super().__init__()
        self.motion = motion
        self.inputs = inputs

    @property
    def coordinates(self) -> Coordinates:
        """Those of the motion."""
        return self.motion.coordinates

    def field(self) -> Field:
        """Return the field of states and inputs."""
        return Field(self._rate)

    def canonical(self) -> Canonical:
        """Refuse: with its inputs, a state is no pair (q, p).

        Raises:
            ValueError: always, naming the integrators that fit.
        """
        raise ValueError(_refusal("pairs (q, p)"))

    def split(self) -> Split:
        """Refuse: the inputs do work, and no energy alone makes the motion.

        Raises:
            ValueError: always, naming the integrators that fit.
        """
        raise ValueError(_refusal("a separable energy"))

    def constrained(self) -> Constrained:
        """Refuse: the inputs are no part of an energy on a manifold.

        Raises:
            ValueError: always, naming the integrators that fit.
        """
        raise ValueError(_refusal("an energy with constraints"))

    def steps(self) -> Steps:
        """Refuse: a map of states alone takes no inputs.

        Raises:
            ValueError: always, naming the integrators that fit.
        """
        raise ValueError(_refusal("a map of states alone"))

    def _rate(self, t: Tensor, y: Float[Tensor, "*batch state"]) -> Float[Tensor, "*batch state"]:
        x, u = y[..., : -self.inputs], y[..., -self.inputs :]
        return torch.cat((self.motion.driven_field(t, x, u), torch.zeros_like(u)), dim=-1)


def _refusal(needed: str) -> str:
    return (
        f"the method needs {needed}; a motion that is driven by inputs is more. Use an integrator "
        f"for any field: integrator=dopri8, integrator=dop853 or integrator=rk4."
    )
