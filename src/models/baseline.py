"""The model without structure that the others are judged against."""

from __future__ import annotations

from typing import ClassVar

from jaxtyping import Float
from torch import Tensor

from ..mechanics.state import Coordinates, StateSpec
from .features import chosen
from .free_field import FreeField
from .mlp import MLP


class Baseline(FreeField):
    """Learn the whole field, ``dx/dt = dx_scale * net(features(x))``: a neural ODE.

    In whatever coordinates the motions have, unless others are asked for. It sees the same states
    through the same features and scales as the structured models, so what differs is the structure
    alone. It has no energy.

    Raises:
        ValueError: if other coordinates than canonical or velocity are asked for.
    """

    kind: ClassVar[str] = "baseline"

    def __init__(
        self,
        spec: StateSpec,
        width: int = 128,
        depth: int = 2,
        activation: str = "tanh",
        coordinates: Coordinates | None = None,
    ) -> None:
        super().__init__(chosen(spec, coordinates))
        self.net = MLP(self.seen, spec.size, width, depth, activation)

    def forward(
        self, t: Tensor, x: Float[Tensor, "*batch state"], u: Tensor | None = None
    ) -> Float[Tensor, "*batch state"]:
        """Return the net's rates; without ``u``, those under inputs of zero."""
        return self.dx_scale * self.net(self.see(x, u))
