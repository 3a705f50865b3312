"""Hamiltonian neural networks whose energy is the generator of a diffusion."""

from __future__ import annotations

from typing import ClassVar

from jaxtyping import Float
from torch import Tensor

from ..mechanics.hamiltonian import hamiltonian_field
from ..mechanics.problem import Canonical
from ..mechanics.state import StateSpec, split_state
from .base import Dynamics
from .energy_net import EnergyNet, typical_energy
from .generator_energy import GeneratorHamiltonian


class GeneratorHNN(Dynamics):
    r"""Learn ``H = p . a(q) p / 2 + b(q) . p - R(q)``: a noise, a drift, and what kills.

    Every diffusion has a generator of this form, so nothing is left out, and H without momenta is
    minus the rate of killing. Where that rate is known, as discounting is, it is not learned, and H
    has no free constant. The noise a is positive definite whatever the weights.

    Source:
        M. Freidlin, A. Wentzell, *Random Perturbations of Dynamical Systems*, 3rd ed., section 4.1.
    """

    kind: ClassVar[str] = "generator_hnn"
    learns = "hamiltonian"
    conserves = frozenset({"energy", "symplectic form", "volume"})

    def __init__(
        self, spec: StateSpec, width: int = 128, depth: int = 2, activation: str = "tanh"
    ) -> None:
        super().__init__(spec.expressed_in("canonical"))
        killing = spec.known.killing
        rate = None if killing is None else killing.rate
        self.hamiltonian = GeneratorHamiltonian(spec.angular, width, depth, activation, rate)

    def scale_nets(self) -> None:
        """Give noise, drift and rate the scales of states and rates."""
        (mean, _), (spread, p), (v, _) = map(
            split_state, (self.x_mean, self.x_scale, self.dx_scale)
        )
        self.hamiltonian.quadratic.fit(mean, spread, (p / v).sqrt())
        self.hamiltonian.drift.fit(mean, spread, v)
        if isinstance(self.hamiltonian.rate, EnergyNet):
            scale = typical_energy(self.x_scale, self.dx_scale)
            self.hamiltonian.rate.fit(mean, spread, scale)

    def forward(
        self, t: Tensor, x: Float[Tensor, "*batch state"], u: Tensor | None = None
    ) -> Float[Tensor, "*batch state"]:
        """Return ``(dH/dp, -dH/dq)`` of the learned H."""
        return hamiltonian_field(self.hamiltonian, x)

    def energy(self, x: Float[Tensor, "*batch state"]) -> Float[Tensor, "*batch"]:
        """Return the learned H(q, p), defined up to a constant where the rate is not known."""
        return self.hamiltonian(x)

    def canonical(self) -> Canonical:
        """Return the learned field; its coordinates are canonical already."""
        return Canonical(self.field().f)
