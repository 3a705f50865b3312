"""Lagrangian neural networks."""

from __future__ import annotations

from typing import ClassVar

import torch
from jaxtyping import Float
from torch import Tensor

from ..mechanics.hamiltonian import hamiltonian_field
from ..mechanics.lagrangian import lagrangian_energy, lagrangian_field
from ..mechanics.legendre import HamiltonianOf, to_canonical, to_velocity
from ..mechanics.problem import Canonical
from ..mechanics.state import StateSpec
from .base import Dynamics
from .energy_net import LagrangianNet, typical_energy


class LNN(Dynamics):
    r"""Learn the Lagrangian; let the Euler-Lagrange equations supply the motion.

    Whatever the weights, :math:`v \cdot L_v - L` is conserved along ``forward`` exactly, wherever
    the mass matrix :math:`L_{vv}` is regular. Momenta are not needed for training; those of the
    model itself are ``L_v``, defined like L up to a scale and a gauge.

    The mass matrix starts near the identity in scaled velocities, see :class:`LagrangianNet`;
    ``diagnostics`` tells how far from singular it stays. At a state where it is singular all the
    same, the acceleration of that sample is non-finite, never that of the others.

    Source:
        Cranmer et al., *Lagrangian Neural Networks*, 2020, arXiv:2003.04630, equation 6.
    """

    kind: ClassVar[str] = "lnn"

    def __init__(
        self, spec: StateSpec, width: int = 128, depth: int = 2, activation: str = "gelu"
    ) -> None:
        super().__init__(spec.expressed_in("velocity"))
        angular = (*spec.angular, *[False] * spec.dof)
        self.net = LagrangianNet(angular, width, depth, activation)

    def scale_nets(self) -> None:
        """Give the Lagrangian the scales of states and rates."""
        features = self.net.features
        features.fit(self.x_mean, self.x_scale)
        self.net.energy_scale.copy_(typical_energy(features.scale, self.dx_scale))

    def forward(
        self, t: Tensor, x: Float[Tensor, "*batch state"], u: Tensor | None = None
    ) -> Float[Tensor, "*batch state"]:
        """Return ``(v, a)`` with ``L_vv a = L_q - L_vq v``."""
        return lagrangian_field(self.net, x)

    def energy(self, x: Float[Tensor, "*batch state"]) -> Float[Tensor, "*batch"]:
        """Return ``v . L_v - L``, defined up to a scale and a constant."""
        return lagrangian_energy(self.net, x)

    def lagrangian(self) -> LagrangianNet:
        """Return the learned L(q, v)."""
        return self.net

    @torch.no_grad()
    def diagnostics(self, x: Float[Tensor, "*batch state"]) -> dict[str, Tensor]:
        """Return condition number and smallest eigenvalue of L_vv, in scaled velocities.

        Both have shape ``[*batch]``. A smallest eigenvalue that is not positive means that the
        learned Lagrangian is not convex in v there.
        """
        eigenvalues = torch.linalg.eigvalsh(self.net.scaled_mass_matrix(x))
        sizes = eigenvalues.abs()
        return {
            "condition_number": sizes.amax(-1) / sizes.amin(-1),
            "smallest_eigenvalue": eigenvalues.amin(-1),
        }

    def canonical(self) -> Canonical:
        """Return Hamilton's field of the Legendre transform, entered by ``p = L_v``."""
        hamiltonian = HamiltonianOf(self.net)
        return Canonical(
            f=lambda t, x: hamiltonian_field(hamiltonian, x),
            enter=lambda x: to_canonical(self.net, x),
            leave=lambda x: to_velocity(hamiltonian, x),
        )
