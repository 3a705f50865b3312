"""Fields without structure: what they see, and what they cannot offer."""

from __future__ import annotations

import torch
from jaxtyping import Float
from torch import Tensor

from ..mechanics.problem import Canonical
from ..mechanics.state import StateSpec
from .base import Dynamics
from .features import Features


class FreeField(Dynamics):
    """A field without an energy, which sees states through features and inputs beside them."""

    learns = "field"
    represents = frozenset({"constraints", "dissipation", "inputs", "poisson"})

    def __init__(self, spec: StateSpec) -> None:
        super().__init__(spec)
        self.features = Features(spec.angles)
        self.seen = self.features.count + len(spec.inputs)

    def scale_nets(self) -> None:
        """Give the features the scales of the states."""
        self.features.fit(self.x_mean, self.x_scale)

    def see(
        self, x: Float[Tensor, "*batch state"], u: Float[Tensor, "*batch inputs"] | None
    ) -> Float[Tensor, "*batch seen"]:
        """Return the features of states, with scaled inputs beside them; zeros without ``u``."""
        y = self.features(x)
        if not self.spec.inputs:
            return y
        none = y.new_zeros(*y.shape[:-1], len(self.u_scale))
        return torch.cat((y, none if u is None else u / self.u_scale), dim=-1)

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
                f"the integrator needs canonical coordinates (q, p), which model={self.kind} in "
                f"velocities (q, v) cannot supply: it has no energy to derive momenta from. Use "
                f"model.coordinates=canonical, which model=baseline takes, or an integrator for "
                f"any field: integrator=dopri5, integrator=dopri8 or integrator=rk4."
            )
        return Canonical(self.field().f, paired=self.spec.paired)
