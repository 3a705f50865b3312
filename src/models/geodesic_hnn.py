"""Hamiltonian neural networks that learn a metric."""

from __future__ import annotations

from typing import ClassVar

from jaxtyping import Float
from torch import Tensor

from ..mechanics.hamiltonian import hamiltonian_field
from ..mechanics.problem import Canonical
from ..mechanics.state import StateSpec, split_state
from .base import Dynamics
from .mass_net import MassNet


class GeodesicHNN(Dynamics):
    r"""Learn ``H = |C(q)^T p|^2 / 2``: geodesics of a metric, of which a net learns the inverse.

    The metric is positive definite whatever the weights, since C is a lower triangle with a
    positive diagonal, and H is known at every momentum where it is known at one: distances are
    those of a metric. What is lost is everything else: no potential, and no drift.

    Source:
        Lutter, Ritter, Peters, *Deep Lagrangian Networks*, ICLR 2019, arXiv:1907.04490, for the
        triangle.
    """

    kind: ClassVar[str] = "geodesic_hnn"
    learns = "hamiltonian"
    conserves = frozenset({"energy", "symplectic form", "volume"})

    def __init__(
        self, spec: StateSpec, width: int = 128, depth: int = 2, activation: str = "tanh"
    ) -> None:
        super().__init__(spec.expressed_in("canonical"))
        self.hamiltonian = MassNet(spec.angular, width, depth, activation)

    def scale_nets(self) -> None:
        """Give the metric the scales of states and velocities."""
        (mean, _), (spread, p), (v, _) = map(
            split_state, (self.x_mean, self.x_scale, self.dx_scale)
        )
        self.hamiltonian.fit(mean, spread, (p / v).sqrt())

    def forward(
        self, t: Tensor, x: Float[Tensor, "*batch state"], u: Tensor | None = None
    ) -> Float[Tensor, "*batch state"]:
        """Return ``(dH/dp, -dH/dq)`` of the learned H."""
        return hamiltonian_field(self.hamiltonian, x)

    def energy(self, x: Float[Tensor, "*batch state"]) -> Float[Tensor, "*batch"]:
        """Return the learned H(q, p), zero at rest."""
        return self.hamiltonian(x)

    def canonical(self) -> Canonical:
        """Return the learned field; its coordinates are canonical already."""
        return Canonical(self.field().f)
