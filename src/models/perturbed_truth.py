"""The yardstick of chaos: the true motion, started a little beside."""

from __future__ import annotations

import math
from typing import ClassVar

import torch
from jaxtyping import Float
from torch import Tensor

from ..mechanics.problem import Canonical
from ..mechanics.state import Coordinates, StateSpec
from .base import Dynamics

SEED = 0
"""Of the direction: every run is displaced the same way."""


class PerturbedTruth(Dynamics):
    """Learn nothing: follow the true motion of a state displaced by ``displacement * x_scale``.

    Along the truth ``y(t)`` from ``y(0) = x(0) + d``, with d fixed, ``x = y - d`` obeys
    ``dx/dt = f(x + d)``. Its error is what an error d of the starts becomes: no model that learns
    from data with errors of this size can be expected to be better for long. The direction of d is
    drawn once. Motions bound by constraints have no such yardstick: a start moved by d would leave
    their manifold.

    Raises:
        ValueError: if the displacement is not positive and finite, or there is no true motion.
    """

    kind: ClassVar[str] = "perturbed_truth"
    learns = "field"
    represents = frozenset({"dissipation", "inputs", "poisson"})
    needs = frozenset({"truth"})

    direction: Tensor
    """The unit vector along which states are displaced, in scaled states ``[state]``."""

    def __init__(self, spec: StateSpec, displacement: float = 1e-4) -> None:
        if not 0 < displacement < math.inf:
            raise ValueError(
                f"model.displacement must be positive, in spreads of the training states; "
                f"got {displacement}."
            )
        super().__init__(spec)
        truth = spec.known.truth
        assert truth is not None
        self.truth, self.displacement = truth, displacement
        drawn = torch.randn(spec.size, generator=torch.Generator().manual_seed(SEED))
        self.register_buffer("direction", drawn / drawn.norm())

    def take(self, coordinates: Coordinates) -> None:
        """Refuse other coordinates than those in which the true motion is known.

        Raises:
            ValueError: if they are others.
        """
        if coordinates != self.coordinates:
            raise ValueError(
                f"model=perturbed_truth follows the true motion in its own coordinates, "
                f"{self.coordinates}; got data.coordinates={coordinates}. Leave it null."
            )

    def scale_nets(self) -> None:
        """There are none: the scale of the displacement is that of the states."""

    def forward(
        self, t: Tensor, x: Float[Tensor, "*batch state"], u: Tensor | None = None
    ) -> Float[Tensor, "*batch state"]:
        """Return the true rates of the displaced states."""
        return self.truth(x + self.displacement * self.direction * self.x_scale, u)

    def energy(self, x: Float[Tensor, "*batch state"]) -> None:
        """Return None: no energy is learned."""
        return

    def canonical(self) -> Canonical:
        """Return the displaced field; its coordinates are canonical, or there are no pairs."""
        return Canonical(self.field().f, paired=self.spec.paired)
