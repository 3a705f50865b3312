"""Hamiltonian neural networks that learn a metric."""

from __future__ import annotations

from typing import ClassVar

from ..mechanics.state import StateSpec, split_state
from .learned_hamiltonian import LearnedHamiltonian
from .mass_net import MassNet
from .noise_net import NoiseNet


class GeodesicHNN(LearnedHamiltonian):
    r"""Learn ``H = |C(q)^T p|^2 / 2``: geodesics of a metric, of which a net learns the inverse.

    The metric is positive definite whatever the weights, since C is a lower triangle with a
    positive diagonal, and H is known at every momentum where it is known at one: distances are
    those of a metric. What is lost is everything else: no potential, and no drift.

    Source:
        Lutter, Ritter, Peters, *Deep Lagrangian Networks*, ICLR 2019, arXiv:1907.04490, for the
        triangle.
    """

    kind: ClassVar[str] = "geodesic_hnn"
    form: ClassVar[type[MassNet] | type[NoiseNet]] = MassNet
    """How the inverse of the metric is made of what a net gives."""

    def __init__(
        self, spec: StateSpec, width: int = 128, depth: int = 2, activation: str = "tanh"
    ) -> None:
        super().__init__(spec.expressed_in("canonical"))
        self.hamiltonian = self.form(spec.angular, width, depth, activation)

    def scale_nets(self) -> None:
        """Give the metric the scales of states and velocities."""
        (mean, _), (spread, p), (v, _) = map(
            split_state, (self.x_mean, self.x_scale, self.dx_scale)
        )
        self.hamiltonian.fit(mean, spread, (p / v).sqrt())
