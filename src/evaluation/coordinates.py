"""Between the coordinates of a model and those in which everything is judged."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from ..mechanics.held import Driven
from ..mechanics.impacts import Impact
from ..metrics.geometry import Chart
from ..systems.base import Kinematics, System


@dataclass(frozen=True)
class Translation:
    """States and rates of one model, from and to the reference coordinates of its data."""

    kinematics: Kinematics
    motion: Driven

    def to_model(self, x: Float[Tensor, "*batch state"]) -> Float[Tensor, "*batch state"]:
        """Return reference states in the coordinates of the model."""
        return self._between(x, self.kinematics.spec.coordinates, self.motion.coordinates)

    def to_reference(self, x: Float[Tensor, "*batch state"]) -> Float[Tensor, "*batch state"]:
        """Return states of the model in the reference coordinates.

        States that are not finite, where a rollout broke off, stay so without reaching the maps.
        """
        source, target = self.motion.coordinates, self.kinematics.spec.coordinates
        return where_finite(lambda y: self._between(y, source, target), x)

    @property
    def has_rates(self) -> bool:
        """Whether the motion is a field; a learned map of a time step is none."""
        try:
            self.motion.field()
        except ValueError:
            return False
        return True

    @property
    def turns_back(self) -> bool:
        """Whether the motion can be followed back in time; not every learned map can."""
        return self.has_rates or self.motion.steps().inverse is not None

    def reference_rate(
        self, x: Float[Tensor, "*batch state"], u: Float[Tensor, "*batch inputs"] | None = None
    ) -> Float[Tensor, "*batch state"]:
        """Return the model's field at reference states, in the reference coordinates."""
        states = self.to_model(x)
        rates = self.field(states, u)
        if self.motion.coordinates == self.kinematics.spec.coordinates:
            return rates
        if self.motion.coordinates == "velocity":
            return self.kinematics.canonical_rate(states, rates)
        return self.kinematics.velocity_rate(states, rates)

    def field(
        self, x: Float[Tensor, "*batch state"], u: Float[Tensor, "*batch inputs"] | None = None
    ) -> Float[Tensor, "*batch state"]:
        """Return the model's field at states in its own coordinates."""
        time = x.new_zeros(())
        return self.motion.field().f(time, x) if u is None else self.motion.driven_field(time, x, u)

    def impact(self) -> Impact | None:
        """Return the impacts of the system, for states of the model; None where it has none."""
        impact = self.kinematics.impact if isinstance(self.kinematics, System) else None
        return None if impact is None else impact.seen_in(self.to_reference, self.to_model)

    def true_chart(self) -> Chart | None:
        """Return the map from the model's coordinates to (q, p) with the true momenta.

        None where the masses are unknown, for states that are no pairs, and where constraints bind
        the states: the true flow keeps the symplectic form on their manifold, and nothing is known
        of it beside.
        """
        if "constraints" in self.kinematics.traits:
            return None
        if self.motion.coordinates == "canonical":
            return _same
        if self.kinematics.spec.coordinates == "canonical":
            return self.kinematics.to_canonical
        return None

    def own_chart(self) -> Chart | None:
        """Return the map to (q, p) with the momenta that the model learned, ``p = dL/dv``.

        None where the model has none: a baseline in velocities, and every model whose coordinates
        are canonical already, or no pairs.
        """
        if self.motion.coordinates != "velocity":
            return None
        try:
            return self.motion.canonical().enter
        except ValueError:
            return None

    def _between(self, x: Tensor, source: str, target: str) -> Tensor:
        if source == target:
            return x
        if target == "velocity":
            return self.kinematics.to_velocity(x)
        return self.kinematics.to_canonical(x)


def _same(x: Tensor) -> Tensor:
    return x


def where_finite(function: Callable[[Tensor], Tensor], x: Float[Tensor, "*batch state"]) -> Tensor:
    """Apply a function of states where they are finite; NaN elsewhere.

    Linear solvers may refuse a whole batch for one sample that is not finite.
    """
    finite = torch.isfinite(x).all(dim=-1)
    result = function(torch.where(finite.unsqueeze(-1), x, torch.zeros_like(x)))
    finite = finite.reshape(finite.shape + (1,) * (result.ndim - finite.ndim))
    return torch.where(finite, result, torch.nan)
