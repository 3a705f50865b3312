"""Lagrangian neural networks whose costs of moving and of place are apart."""

from __future__ import annotations

from typing import ClassVar, Literal

from ..mechanics.hamiltonian import Energy
from ..mechanics.legendre import HamiltonianOf
from .lnn import LNN
from .power_net import PowerNet


class SeparableLNN(LNN):
    """Learn ``L = K(v) - V(q)``, with K a sum over the velocities that vanishes at rest.

    An LNN fixes L by its motions up to a scale and a gauge, and in one dimension to far more: every
    conserved quantity makes others. Here what moving costs does not depend on the place: motions
    then leave open the scale, a constant, and a cost in proportion to the way. One executed motion
    whose cost is known as it goes on tells all three. Costs may be powers of the speed, as price
    impact is; see :class:`PowerNet`.

    Source:
        R. Almgren, *Optimal execution with nonlinear impact functions and trading-enhanced risk*,
        Applied Mathematical Finance 10 (2003), for such L.
    """

    kind: ClassVar[str] = "separable_lnn"
    net: PowerNet

    def _new_net(  # pyright: ignore[reportIncompatibleMethodOverride]
        self, width: int, depth: int, activation: str
    ) -> PowerNet:
        return PowerNet(self.spec.angular, width, depth, activation)

    def lagrangian(self) -> PowerNet:  # pyright: ignore[reportIncompatibleMethodOverride]
        """Return the learned L(q, v)."""
        return self.net

    def energy_up_to(self, freedom: Literal["scale", "gauge"]) -> Energy:
        """Return the Legendre transform of L: what is open beside the scale changes no motion."""
        return HamiltonianOf(self.net)
