"""The model without structure that the others are judged against."""

from __future__ import annotations

from typing import ClassVar

import torch
from jaxtyping import Float
from torch import Tensor

from ..mechanics.problem import Canonical
from ..mechanics.state import Coordinates, StateSpec
from .base import Dynamics
from .features import Features
from .mlp import MLP


class Baseline(Dynamics):
    """Learn the whole field, ``dx/dt = dx_scale * net(features(x))``: a neural ODE.

    In whatever coordinates the motions have, unless others are asked for. It sees the same states
    through the same features and scales as the structured models, so what differs is the structure
    alone. It has no energy.

    Raises:
        ValueError: if other coordinates than canonical or velocity are asked for.
    """

    kind: ClassVar[str] = "baseline"
    learns = "field"
    represents = frozenset({"constraints", "dissipation", "inputs", "poisson"})

    def __init__(
        self,
        spec: StateSpec,
        width: int = 128,
        depth: int = 2,
        activation: str = "tanh",
        coordinates: Coordinates | None = None,
    ) -> None:
        if coordinates not in (None, "canonical", "velocity"):
            raise ValueError(
                f"model.coordinates must be canonical, for (q, p), or velocity, for (q, v), or "
                f"null, for those of the system; got {coordinates!r}."
            )
        super().__init__(spec if coordinates is None else spec.expressed_in(coordinates))
        self.features = Features(self.spec.angles)
        self.net = MLP(self.features.count + len(spec.inputs), spec.size, width, depth, activation)

    def scale_nets(self) -> None:
        """Give the features the scales of the states."""
        self.features.fit(self.x_mean, self.x_scale)

    def forward(
        self, t: Tensor, x: Float[Tensor, "*batch state"], u: Tensor | None = None
    ) -> Float[Tensor, "*batch state"]:
        """Return the net's rates; without ``u``, those under inputs of zero."""
        y = self.features(x)
        if self.spec.inputs:
            none = y.new_zeros(*y.shape[:-1], len(self.u_scale))
            y = torch.cat((y, none if u is None else u / self.u_scale), dim=-1)
        return self.dx_scale * self.net(y)

    def energy(self, x: Float[Tensor, "*batch state"]) -> None:
        """Return None: a field alone has no energy."""
        return

    def canonical(self) -> Canonical:
        """Return the learned field, unless it needed momenta first.

        Raises:
            ValueError: in velocities: without an energy there are no momenta to go to.
        """
        if self.coordinates == "velocity":
            raise ValueError(
                f"the integrator needs canonical coordinates (q, p), which model=baseline with "
                f"model.coordinates={self.coordinates} cannot supply: it has no energy to derive "
                f"momenta from. Use model.coordinates=canonical, or an integrator for any field: "
                f"integrator=dopri5, integrator=dopri8 or integrator=rk4."
            )
        return Canonical(self.field().f, paired=self.spec.paired)
