"""Hamiltonian neural networks of many bodies: one learned energy for all pairs."""

from __future__ import annotations

from itertools import combinations
from typing import ClassVar

import torch
from jaxtyping import Float
from torch import Tensor, nn

from ..mechanics.pairs import gaps, sum_over_pairs
from ..mechanics.problem import Canonical, Split
from ..mechanics.state import StateSpec, split_state
from .base import Dynamics
from .extensive import Extensive, some
from .mlp import ScalarMLP
from .scales import spread

CORE = 0.1
"""Below this part of the closest distance in the data, bodies feel as if they stood apart."""


class PairEnergy(nn.Module):
    r"""``phi(r, m_i, m_j)``, zero where bodies are far apart.

    The net sees :math:`1/\rho` with :math:`\rho^2 = r^2 + \varepsilon^2`, in which singular
    energies are smooth and large distances have an end, and :math:`\log m_i m_j` and
    :math:`\log (m_i + m_j)`, which do not tell i from j. The length :math:`\varepsilon` lies far
    below all distances in the data; it keeps forces finite where bodies coincide.
    """

    mean: Tensor
    scale: Tensor
    core: Tensor
    energy_scale: Tensor

    def __init__(self, width: int, depth: int, activation: str) -> None:
        super().__init__()
        self.net = ScalarMLP(3, width, depth, activation)
        self.register_buffer("mean", torch.zeros(3))
        self.register_buffer("scale", torch.ones(3))
        self.register_buffer("core", torch.tensor(CORE))
        self.register_buffer("energy_scale", torch.ones(()))

    @torch.no_grad()
    def fit(
        self, gap: Float[Tensor, "samples pairs dimensions"], masses: Float[Tensor, "pairs 2"]
    ) -> None:
        """Centre and scale what the net sees with these data."""
        closest = gap.square().sum(-1).min().sqrt()
        self.core.copy_(CORE * torch.where(closest > 0, closest, torch.ones_like(closest)))
        inverse = self.inverse_distance(gap).unsqueeze(-1)
        # In float64, in which equal masses have no spread.
        seen = torch.cat((inverse, masses.expand(*inverse.shape[:-1], 2)), -1).double()
        self.mean.copy_(seen.flatten(end_dim=-2).mean(0))
        self.scale.copy_(spread(seen.flatten(end_dim=-2)))

    def inverse_distance(
        self, gap: Float[Tensor, "*batch pairs dimensions"]
    ) -> Float[Tensor, "*batch pairs"]:
        """Return ``1/rho``."""
        return (gap.square().sum(-1) + self.core.square()).rsqrt()

    def seen(
        self, inverse: Float[Tensor, "*batch pairs"], masses: Float[Tensor, "pairs 2"]
    ) -> Float[Tensor, "*batch pairs 3"]:
        """Return the inputs of the net."""
        inputs = torch.cat((inverse.unsqueeze(-1), masses.expand(*inverse.shape, 2)), dim=-1)
        return (inputs - self.mean) / self.scale

    def forward(
        self, gap: Float[Tensor, "*batch pairs dimensions"], masses: Float[Tensor, "pairs 2"]
    ) -> Float[Tensor, "*batch pairs"]:
        """Return the energy of each pair."""
        apart = self.net(self.seen(torch.zeros_like(masses[:, 0]), masses))
        near = self.net(self.seen(self.inverse_distance(gap), masses))
        return self.energy_scale * (near - apart)

    def gradient(
        self, gap: Float[Tensor, "*batch pairs dimensions"], masses: Float[Tensor, "pairs 2"]
    ) -> Float[Tensor, "*batch pairs dimensions"]:
        """Return the gradient by the gaps in closed form."""
        inverse = self.inverse_distance(gap)
        slope = self.net.gradient(self.seen(inverse, masses))[..., 0] / self.scale[0]
        return -self.energy_scale * (slope * inverse**3).unsqueeze(-1) * gap


class PairwiseHNN(Extensive):
    r"""Learn one energy of distance, phi, that acts between all pairs of bodies.

    .. math:: H = \sum_i \frac{|p_i|^2}{2 m_i} + \sum_{i<j} \phi(r_{ij}, m_i, m_j)

    with the known masses. Whatever the weights, H does not change if all bodies are displaced, or
    turned, or bodies of equal mass trade places: energy, momentum and, in open space, angular
    momentum are conserved. In a periodic box, distances are those of the nearest images. What is
    learned of eight bodies holds for sixteen: nothing in phi tells how many there are.

    Bodies that feel anything but each other, such as a trap, are out of reach. The activation is
    silu, straight where it does not bend: closer than any bodies of the data, the energy goes on
    about as 1/r. With tanh it has a floor there.

    Source:
        Battaglia, Pascanu, Lai, Rezende, Kavukcuoglu, *Interaction Networks for Learning about
        Objects, Relations and Physics*, NeurIPS 2016, arXiv:1612.00222; with energies: Sanchez-
        Gonzalez, Bapst, Cranmer, Battaglia, *Hamiltonian Graph Networks with ODE Integrators*,
        2019, arXiv:1909.12790.
    """

    kind: ClassVar[str] = "pairwise_hnn"
    learns = "hamiltonian"
    conserves = frozenset({"energy", "symplectic form", "volume", "momentum"})
    needs = frozenset({"particles"})

    masses: Tensor
    pair_masses: Tensor

    def __init__(
        self, spec: StateSpec, width: int = 64, depth: int = 2, activation: str = "silu"
    ) -> None:
        super().__init__(spec.expressed_in("canonical"))
        particles = spec.known.particles
        assert particles is not None  # which `needs` has made sure of
        self.shape, self.box = (particles.count, particles.dimensions), particles.box
        self.pair_energy = PairEnergy(width, depth, activation)
        # Masses follow from the system, so they need not be in checkpoints.
        each = torch.tensor(particles.masses).repeat_interleave(particles.dimensions)
        pairs = torch.tensor([(a * b, a + b) for a, b in combinations(particles.masses, 2)]).log()
        self.register_buffer("masses", each, persistent=False)
        self.register_buffer("pair_masses", pairs, persistent=False)

    @torch.no_grad()
    def fit_scaling(
        self,
        x: Float[Tensor, "samples state"],
        dx: Float[Tensor, "samples state"],
        u: Float[Tensor, "samples inputs"] | None = None,
    ) -> None:
        """Set the scales of distances and forces, beside those of states and rates."""
        super().fit_scaling(x, dx, u)
        x, dx = some(x, self.masses), some(dx, self.masses)
        q, _ = split_state(x)
        self.pair_energy.fit(self.gaps(q), self.pair_masses)
        self.pair_energy.energy_scale.fill_(1.0)
        _, rate = split_state(dx)
        force = self.force(q)
        self.pair_energy.energy_scale.copy_((rate.square().mean() / force.square().mean()).sqrt())

    def scale_nets(self) -> None:
        """Do nothing: what the net sees is scaled by distances, in ``fit_scaling``."""

    def adopt(self, trained: Dynamics) -> None:
        """Take the energy of pairs that was learned of fewer or of more bodies.

        Raises:
            ValueError: if masses lie outside of those that the energy was learned of.
        """
        assert trained.spec.known.particles is not None
        assert self.spec.known.particles is not None
        seen, asked = trained.spec.known.particles.masses, self.spec.known.particles.masses
        if min(asked) < min(seen) or max(asked) > max(seen):
            raise ValueError(
                f"the masses must lie within those that model={self.kind} was trained on, from "
                f"{min(seen):g} to {max(seen):g}: it knows nothing of others; got {min(asked):g} "
                f"to {max(asked):g}."
            )
        super().adopt(trained)

    def gaps(self, q: Float[Tensor, "*batch dof"]) -> Float[Tensor, "*batch pairs dimensions"]:
        """Return the way between the bodies of each pair, the shortest one in a box."""
        return gaps(q.unflatten(-1, self.shape), self.box)

    def velocity(self, p: Float[Tensor, "*batch dof"]) -> Float[Tensor, "*batch dof"]:
        """Return ``p / m``."""
        return p / self.masses

    def force(self, q: Float[Tensor, "*batch dof"]) -> Float[Tensor, "*batch dof"]:
        """Return what the others do to each body."""
        pull = self.pair_energy.gradient(self.gaps(q), self.pair_masses)
        return -sum_over_pairs(pull, self.shape[0]).flatten(start_dim=-2)

    def forward(
        self, t: Tensor, x: Float[Tensor, "*batch state"], u: Tensor | None = None
    ) -> Float[Tensor, "*batch state"]:
        """Return ``(p / m, -dV/dq)``."""
        q, p = split_state(x)
        return torch.cat((self.velocity(p), self.force(q)), dim=-1)

    def energy(self, x: Float[Tensor, "*batch state"]) -> Float[Tensor, "*batch"]:
        """Return the learned H(q, p), with no energy between bodies that are far apart."""
        q, p = split_state(x)
        kinetic = (p * self.velocity(p)).sum(-1) / 2
        return kinetic + self.pair_energy(self.gaps(q), self.pair_masses).sum(-1)

    def canonical(self) -> Canonical:
        """Return the learned field; its coordinates are canonical already."""
        return Canonical(self.field().f)

    def split(self) -> Split:
        """Return ``dq/dt = p / m`` and ``dp/dt = -dV/dq``."""
        return Split(velocity=self.velocity, force=self.force)
