"""Lagrangian neural networks."""

from __future__ import annotations

from typing import ClassVar, Literal

import torch
from jaxtyping import Float
from torch import Tensor

from ..mechanics.hamiltonian import Energy
from ..mechanics.lagrangian import enough_for_masses, lagrangian_energy, lagrangian_field
from ..mechanics.legendre import HamiltonianOf, canonical_motion
from ..mechanics.problem import Canonical
from ..mechanics.state import StateSpec
from .base import Dynamics
from .energy_net import LagrangianNet, typical_energy
from .natural_energy import mass_figures

REACH = 2.0
"""How far around the data the mass matrix is kept regular, in distances from their centre."""


class LNN(Dynamics):
    r"""Learn the Lagrangian; let the Euler-Lagrange equations supply the motion.

    Whatever the weights, :math:`v \cdot L_v - L` is conserved along ``forward`` exactly, wherever
    the mass matrix :math:`L_{vv}` is regular. Momenta are not needed for training; those of the
    model itself are ``L_v``, defined like L up to a scale and a gauge.

    The mass matrix starts near the identity in scaled velocities, see :class:`LagrangianNet`, and
    ``penalty`` keeps training from making it singular, on the data and around them.
    ``diagnostics`` tells how far from singular it is. At a state where it is singular all the same,
    the acceleration of that sample is non-finite, never that of the others. The activation is silu,
    nearly quadratic where it bends, as kinetic energies are; with tanh, rollouts of two bodies left
    the data and came to singular masses.

    Source:
        Cranmer et al., *Lagrangian Neural Networks*, 2020, arXiv:2003.04630, equation 6.

    Raises:
        ValueError: if the floor of the mass matrix does not lie between 0 and 1.
    """

    kind: ClassVar[str] = "lnn"
    learns = "lagrangian"
    conserves = frozenset({"energy", "symplectic form", "volume"})

    def __init__(
        self,
        spec: StateSpec,
        width: int = 128,
        depth: int = 2,
        activation: str = "silu",
        mass_floor: float = 0.1,
    ) -> None:
        if not 0 < mass_floor < 1:
            raise ValueError(
                f"model.mass_floor must lie between 0 and 1, the eigenvalue of the untrained mass "
                f"matrix in scaled velocities; got {mass_floor}."
            )
        super().__init__(spec.expressed_in("velocity"))
        self.mass_floor = mass_floor
        self.net = self._new_net(width, depth, activation)

    def _new_net(self, width: int, depth: int, activation: str) -> LagrangianNet:
        return LagrangianNet(self.spec.angles, width, depth, activation)

    def scale_nets(self) -> None:
        """Give the Lagrangian the scales of states and rates."""
        self.net.fit(self.x_mean, self.x_scale, typical_energy(self.x_scale, self.dx_scale))

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

    def energy_up_to(self, freedom: Literal["scale", "gauge"]) -> Energy:
        """Return the Legendre transform of L where its motions are all that matters.

        Raises:
            ValueError: if the gauge matters.
        """
        return HamiltonianOf(self.net) if freedom == "gauge" else super().energy_up_to(freedom)

    def penalty(self, x: Float[Tensor, "*batch state"]) -> Float[Tensor, ""]:
        r"""Return the mean of ``relu(1 - smallest eigenvalue / mass_floor)^2``.

        L is defined by its motions up to a factor, so every L with a positive definite mass matrix
        satisfies the floor after scaling, and then the penalty is exactly zero: it excludes
        singular Lagrangians without preferring one regular L to another. Data say nothing about
        the states around them, where rollouts go: hence every fourth state is taken, each
        coordinate from another one, and moved away from the centre of the data by factors from 1
        to ``REACH``.
        """
        chosen = enough_for_masses(x.reshape(-1, x.shape[-1])[::4])
        count, size = chosen.shape
        rows = torch.arange(count, device=x.device).unsqueeze(-1)
        apart = torch.arange(size, device=x.device) * count // size
        chosen = chosen.gather(0, (rows + apart) % count)
        reach = torch.linspace(1.0, REACH, len(chosen), dtype=x.dtype, device=x.device)
        around = self.x_mean + reach.unsqueeze(-1) * (chosen - self.x_mean)
        smallest = torch.linalg.eigvalsh(self.net.scaled_mass_matrix(around)).amin(-1)
        return torch.relu(1 - smallest / self.mass_floor).square().mean()

    @torch.no_grad()
    def diagnostics(self, x: Float[Tensor, "*batch state"]) -> dict[str, Tensor]:
        """Return condition number and smallest eigenvalue of L_vv, in scaled velocities."""
        return mass_figures(self.net.scaled_mass_matrix(x))

    def canonical(self) -> Canonical:
        """Return Hamilton's field of the Legendre transform, entered by ``p = L_v``."""
        return canonical_motion(self.net)
