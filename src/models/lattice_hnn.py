"""Hamiltonian neural networks of lattices and fields: one learned energy density for all sites."""

from __future__ import annotations

from typing import ClassVar

import torch
from jaxtyping import Float
from torch import Tensor

from ..mechanics.problem import Canonical, Split
from ..mechanics.state import StateSpec, split_state
from .energy_net import EnergyNet
from .extensive import some
from .lattice import OnLattice
from .scales import spread


class LatticeHNN(OnLattice):
    r"""Learn the energy of a site and its neighbours, the same all along the line.

    .. math:: H = \sum_i T(p_i) + \sum_i V(q_i, q_{i+1} - q_i, \dots, q_{i+k} - q_{i+k-1})

    A convolution with a window of :math:`k + 1` sites. Whatever the weights, the motion of a ring
    commutes with shifts along it, and signals spread from site to site. What is learned on few
    sites holds on many, with any ends: nothing in the densities tells how many there are. Their
    spacing must be the same, as the densities contain it.

    Source:
        Densities by convolution: Matsubara, Ishikawa, Yaguchi, *Deep Energy-Based Modeling of
        Discrete-Time Physics*, NeurIPS 2020, arXiv:1905.08604.
    """

    kind: ClassVar[str] = "lattice_hnn"
    learns = "hamiltonian"
    conserves = frozenset({"energy", "symplectic form", "volume"})

    def __init__(
        self,
        spec: StateSpec,
        width: int = 64,
        depth: int = 2,
        activation: str = "tanh",
        reach: int = 1,
    ) -> None:
        super().__init__(spec.expressed_in("canonical"), reach)
        self.kinetic = EnergyNet([False], width, depth, activation)
        self.potential = EnergyNet([False] * (reach + 1), width, depth, activation)

    @torch.no_grad()
    def fit_scaling(
        self,
        x: Float[Tensor, "samples state"],
        dx: Float[Tensor, "samples state"],
        u: Float[Tensor, "samples inputs"] | None = None,
    ) -> None:
        """Set the scales of values, stretches and momenta, beside those of single components."""
        super().fit_scaling(x, dx, u)
        x, dx = some(x, self.x_scale), some(dx, self.x_scale)
        q, p = split_state(x)
        velocity, force = (half.square().mean().sqrt() for half in split_state(dx))
        moving, near = p.reshape(-1, 1), self.windows.of(q).flatten(end_dim=-2)
        self.kinetic.fit(moving.mean(0), spread(moving), velocity * spread(moving).squeeze())
        self.potential.fit(near.mean(0), spread(near), torch.ones_like(force))
        self.potential.energy_scale.copy_(force / self.force(q).square().mean().sqrt())

    def velocity(self, p: Float[Tensor, "*batch sites"]) -> Float[Tensor, "*batch sites"]:
        """Return ``dT/dp`` of each site."""
        return self.kinetic.gradient(p.unsqueeze(-1)).squeeze(-1)

    def force(self, q: Float[Tensor, "*batch sites"]) -> Float[Tensor, "*batch sites"]:
        """Return what each site feels of itself and its neighbours."""
        return -self.windows.pull(self.potential.gradient(self.windows.of(q)))

    def forward(
        self, t: Tensor, x: Float[Tensor, "*batch state"], u: Tensor | None = None
    ) -> Float[Tensor, "*batch state"]:
        """Return ``(dT/dp, -dV/dq)``."""
        q, p = split_state(x)
        return torch.cat((self.velocity(p), self.force(q)), dim=-1)

    def energy(self, x: Float[Tensor, "*batch state"]) -> Float[Tensor, "*batch"]:
        """Return the learned H(q, p), defined up to a constant."""
        q, p = split_state(x)
        return self.kinetic(p.unsqueeze(-1)).sum(-1) + self.potential(self.windows.of(q)).sum(-1)

    def canonical(self) -> Canonical:
        """Return the learned field; its coordinates are canonical already."""
        return Canonical(self.field().f)

    def split(self) -> Split:
        """Return ``dq/dt = dT/dp`` and ``dp/dt = -dV/dq``."""
        return Split(velocity=self.velocity, force=self.force)
