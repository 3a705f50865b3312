"""Lagrangian neural networks of lattices and fields: one learned density for all sites."""

from __future__ import annotations

from typing import ClassVar

import torch
from jaxtyping import Float
from torch import Tensor

from ..mechanics.lagrangian import lagrangian_energy
from ..mechanics.legendre import canonical_motion
from ..mechanics.problem import Canonical
from ..mechanics.state import StateSpec, split_state
from .lattice import OnLattice
from .lattice_lagrangian import LatticeLagrangian
from .scales import spread

REACH = 2.0
"""How far around the data masses are kept positive, in distances from their centre."""


class LatticeLNN(OnLattice):
    r"""Learn the Lagrangian of a site and its neighbours, the same all along the line.

    .. math:: L = \sum_i \ell(q_i, q_{i+1} - q_i, \dots, q_{i+k} - q_{i+k-1}, v_i)

    The mass matrix is diagonal, so that accelerations cost a division. Whatever the weights,
    ``v . L_v - L`` is conserved wherever masses are not zero, and the motion of a ring commutes
    with shifts along it. What is learned on few sites holds on many, with any ends.

    Source:
        Cranmer et al., *Lagrangian Neural Networks*, 2020, arXiv:2003.04630, where the density of a
        wave equation is learned.

    Raises:
        ValueError: if the floor of the masses does not lie between 0 and 1.
    """

    kind: ClassVar[str] = "lattice_lnn"
    learns = "lagrangian"
    conserves = frozenset({"energy", "symplectic form", "volume"})

    def __init__(
        self,
        spec: StateSpec,
        width: int = 64,
        depth: int = 2,
        activation: str = "silu",
        reach: int = 1,
        mass_floor: float = 0.1,
    ) -> None:
        if not 0 < mass_floor < 1:
            raise ValueError(
                f"model.mass_floor must lie between 0 and 1, the mass of an untrained site in "
                f"scaled velocities; got {mass_floor}."
            )
        super().__init__(spec.expressed_in("velocity"), reach)
        self.mass_floor = mass_floor
        self.net = LatticeLagrangian(self.windows, width, depth, activation)

    @torch.no_grad()
    def fit_scaling(
        self,
        x: Float[Tensor, "samples state"],
        dx: Float[Tensor, "samples state"],
        u: Float[Tensor, "samples inputs"] | None = None,
    ) -> None:
        """Set the scales of values, stretches and velocities, beside those of components."""
        super().fit_scaling(x, dx, u)
        seen = self.net.seen(x)[..., -self.spec.dof :, :].flatten(end_dim=-2)
        self.net.mean.copy_(seen.mean(0))
        self.net.scale.copy_(spread(seen))
        self.net.energy_scale.copy_(self.net.scale[-1].square())  # untrained masses are near 1

    def forward(
        self, t: Tensor, x: Float[Tensor, "*batch state"], u: Tensor | None = None
    ) -> Float[Tensor, "*batch state"]:
        """Return ``(v, a)`` with ``L_vv a = L_q - L_vq v``, site by site."""
        _, v = split_state(x)
        l_q, _, masses, l_vq_v = self.net.diagonal_blocks(x)
        return torch.cat((v, (l_q - l_vq_v) / masses), dim=-1)

    def energy(self, x: Float[Tensor, "*batch state"]) -> Float[Tensor, "*batch"]:
        """Return ``v . L_v - L``, defined up to a scale and a constant."""
        return lagrangian_energy(self.net, x)

    def lagrangian(self) -> LatticeLagrangian:
        """Return the learned L(q, v)."""
        return self.net

    def penalty(self, x: Float[Tensor, "*batch state"]) -> Float[Tensor, ""]:
        """Return the mean of ``relu(1 - mass / mass_floor)^2``, on the data and around them.

        Zero for every L whose masses are positive, after scaling, as in ``model=lnn``.
        """
        chosen = x.reshape(-1, x.shape[-1])[::4]
        reach = torch.linspace(1.0, REACH, len(chosen), dtype=x.dtype, device=x.device)
        around = self.x_mean + reach.unsqueeze(-1) * (chosen - self.x_mean)
        return torch.relu(1 - self.net.scaled_masses(around) / self.mass_floor).square().mean()

    @torch.no_grad()
    def diagnostics(self, x: Float[Tensor, "*batch state"]) -> dict[str, Tensor]:
        """Return condition number and smallest eigenvalue of L_vv, in scaled velocities."""
        masses = self.net.scaled_masses(x)
        sizes = masses.abs()
        return {
            "condition_number": sizes.amax(-1) / sizes.amin(-1),
            "smallest_eigenvalue": masses.amin(-1),
        }

    def canonical(self) -> Canonical:
        """Return Hamilton's field of the Legendre transform, entered by ``p = L_v``."""
        return canonical_motion(self.net)
