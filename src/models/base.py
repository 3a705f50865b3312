"""What every learned dynamics supplies."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import ClassVar

from jaxtyping import Float
from torch import Tensor, nn

from ..mechanics.problem import Canonical, Field, Split
from ..mechanics.state import Coordinates, StateSpec


class Dynamics(nn.Module, ABC):
    """A learned vector field. ``spec`` is given by the data and sizes the nets."""

    kind: ClassVar[str]
    """The name under which logs and tables show the model: hnn, lnn, baseline."""

    def __init__(self, spec: StateSpec) -> None:
        super().__init__()
        self.spec = spec

    @property
    def coordinates(self) -> Coordinates:
        """The coordinates in which the model sees states."""
        return self.spec.coordinates

    @abstractmethod
    def forward(
        self, t: Tensor, x: Float[Tensor, "*batch state"], u: Tensor | None = None
    ) -> Float[Tensor, "*batch state"]:
        """Return ``dx/dt`` in the model's coordinates. Samples do not mix."""

    @abstractmethod
    def energy(self, x: Float[Tensor, "*batch state"]) -> Float[Tensor, "*batch"] | None:
        """Return the learned energy at states in the model's coordinates; None if there is none."""

    @abstractmethod
    def fit_scaling(
        self, x: Float[Tensor, "samples state"], dx: Float[Tensor, "samples state"]
    ) -> None:
        """Set the input and output scales from training data; they travel with the checkpoint."""

    def diagnostics(self, x: Float[Tensor, "*batch state"]) -> dict[str, Tensor]:
        """Return figures worth logging at these states, such as a condition number."""
        return {}

    def field(self) -> Field:
        """Return the learned field in the model's coordinates."""
        return Field(lambda t, x: self(t, x))

    @abstractmethod
    def canonical(self) -> Canonical:
        """Return the learned field in canonical coordinates, with the maps in and out.

        Raises:
            ValueError: if the model has no momenta, naming the integrators that fit.
        """

    def split(self) -> Split:
        """Return the separate flows of T(p) and V(q).

        Raises:
            ValueError: if the learned energy is not separable.
        """
        raise ValueError(
            f"the integrator needs a separable energy H = T(p) + V(q), which model={self.kind} does "
            f"not have. Use model=separable_hnn, or an integrator for any energy: "
            f"integrator=implicit_midpoint, integrator=gauss_legendre4 or integrator=dopri5."
        )
