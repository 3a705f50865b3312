"""Lagrangian neural networks of diffusions, with nothing free that a price would need."""

from __future__ import annotations

from typing import ClassVar

import torch
from jaxtyping import Float
from torch import Tensor

from ..mechanics.hamiltonian import Energy, energy_gradient, hamiltonian_field
from ..mechanics.known import Structure
from ..mechanics.lagrangian import lagrangian_energy, lagrangian_field
from ..mechanics.legendre import to_canonical, to_velocity
from ..mechanics.problem import Canonical
from ..mechanics.state import StateSpec, split_state
from .base import Dynamics
from .generator_energy import GeneratorEnergyOf, GeneratorLagrangian
from .natural_energy import mass_figures


class LNNPinned(Dynamics):
    r"""Learn ``L = (v - b(q)) . a(q)^-1 (v - b(q)) / 2 + R(q)`` with a known rate of killing R.

    Accelerations tell L up to a scale and a gauge, and no action follows from them. Here the known
    R pins the scale and the constant, and a known b the gauge: motions that end with p = 0 have it
    for their velocity there. The noise a is learned. Even so much is needed: the equation of motion
    of system=vasicek has two numbers, and its price three.

    Source:
        L. Onsager, S. Machlup, *Fluctuations and irreversible processes*, Physical Review 91
        (1953), eq. (4-19), for L of this form.

    Raises:
        ValueError: if the rate of killing is not known.
    """

    kind: ClassVar[str] = "lnn_pinned"
    learns = "lagrangian"
    needs: frozenset[Structure] = frozenset({"killing"})
    conserves = frozenset({"energy", "symplectic form", "volume"})

    def __init__(
        self, spec: StateSpec, width: int = 128, depth: int = 2, activation: str = "tanh"
    ) -> None:
        super().__init__(spec.expressed_in("velocity"))
        killing = spec.known.killing
        assert killing is not None  # which `needs` has made sure of
        self.net = GeneratorLagrangian(
            spec.angular, width, depth, activation, killing.rate, killing.terminal_velocity
        )

    def scale_nets(self) -> None:
        """Give the noise the scales of positions and velocities."""
        (mean, _), (spread, v) = map(split_state, (self.x_mean, self.x_scale))
        self.net.quadratic.fit(mean, spread, v)

    @torch.no_grad()
    def fit_scaling(
        self,
        x: Float[Tensor, "samples state"],
        dx: Float[Tensor, "samples state"],
        u: Float[Tensor, "samples inputs"] | None = None,
    ) -> None:
        """Set all scales; that of the noise is the noise itself, if it were constant.

        Then ``dv/dt = b_q b + a R_q``, if a^-1 b is a gradient. Where R has no slope only the ratio
        of noises matters, and the unit stands.
        """
        super().fit_scaling(x, dx, u)
        (q, _), (_, force) = split_state(x.double()), split_state(dx.double())
        drift, push, _ = self.net.drift.first(q)
        beyond = force - push(drift)
        slope = energy_gradient(self.net.rate, q)
        noise = (beyond * slope).sum(0) / slope.square().sum(0)
        self.net.quadratic.rescale(noise.sqrt())

    def forward(
        self, t: Tensor, x: Float[Tensor, "*batch state"], u: Tensor | None = None
    ) -> Float[Tensor, "*batch state"]:
        """Return ``(v, a)`` of the Euler-Lagrange equations."""
        return lagrangian_field(self.net, x)

    def energy(self, x: Float[Tensor, "*batch state"]) -> Float[Tensor, "*batch"]:
        """Return ``v . L_v - L``."""
        return lagrangian_energy(self.net, x)

    def lagrangian(self) -> GeneratorLagrangian:
        """Return the learned L(q, v)."""
        return self.net

    def determined_energy(self) -> Energy:
        """Return the Legendre transform of L, with nothing free."""
        return GeneratorEnergyOf(self.net)

    @torch.no_grad()
    def diagnostics(self, x: Float[Tensor, "*batch state"]) -> dict[str, Tensor]:
        """Return condition number and smallest eigenvalue of a^-1, in scaled velocities."""
        return mass_figures(self.net.quadratic.scaled_matrix(split_state(x)[0]))

    def canonical(self) -> Canonical:
        """Return Hamilton's field of the Legendre transform, entered by ``p = a^-1 (v - b)``."""
        hamiltonian = self.determined_energy()
        return Canonical(
            f=lambda t, x: hamiltonian_field(hamiltonian, x),
            enter=lambda x: to_canonical(self.net, x),
            leave=lambda x: to_velocity(hamiltonian, x),
        )
