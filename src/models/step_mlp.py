"""The map of one time step without structure."""

from __future__ import annotations

from typing import ClassVar

from jaxtyping import Float
from torch import Tensor

from ..mechanics.state import Coordinates, StateSpec
from .features import Features, chosen
from .mlp import MLP
from .step_map import StepMap


class StepMLP(StepMap):
    """Predict the next sample, ``x + x_scale * net(features(x))``: the simplest learned simulator.

    What structured maps are judged against. It has no field, no energy and no inverse.

    Raises:
        ValueError: if other coordinates than canonical or velocity are asked for.
    """

    kind: ClassVar[str] = "step_mlp"
    represents = frozenset({"constraints", "dissipation", "poisson"})

    def __init__(
        self,
        spec: StateSpec,
        width: int = 128,
        depth: int = 2,
        activation: str = "tanh",
        coordinates: Coordinates | None = None,
    ) -> None:
        super().__init__(chosen(spec, coordinates))
        self.features = Features(self.spec.angles)
        self.net = MLP(self.features.count, spec.size, width, depth, activation)

    def scale_nets(self) -> None:
        """Give the features the scales of the states."""
        self.features.fit(self.x_mean, self.x_scale)

    def step(self, x: Float[Tensor, "*batch state"]) -> Float[Tensor, "*batch state"]:
        """Return the state one step on."""
        return x + self.x_scale * self.net(self.features(x))
