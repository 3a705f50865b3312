"""Hamiltonian neural networks of fields without pairs: one learned density, known brackets."""

from __future__ import annotations

from typing import ClassVar

import torch
from jaxtyping import Float
from torch import Tensor, nn

from ..mechanics.poisson import poisson_field
from ..mechanics.problem import Canonical
from ..mechanics.state import StateSpec
from .extensive import some
from .lattice import OnLattice, Windows
from .quadratic_hnn import QuadraticEnergy
from .scales import spread


class DensitySum(nn.Module):
    """``H = sum_i h(u_i, u_{i+1} - u_i, ...)``, an energy with its gradient.

    A density is a quadratic form of scaled values and stretches, one at first, and a net beside it.
    The form goes on where the net saturates: without it, waves that are shorter and steeper than
    those of the data cost next to nothing, and motions end in them.
    """

    def __init__(self, windows: Windows, width: int, depth: int, activation: str) -> None:
        super().__init__()
        self.windows = windows
        self.density = QuadraticEnergy([False] * (windows.reach + 1), width, depth, activation)
        with torch.no_grad():
            self.density.quadratic.fill_diagonal_(1.0)

    def forward(
        self, x: Float[Tensor, "*batch sites"], t: Tensor | None = None
    ) -> Float[Tensor, "*batch"]:
        """Return the energy at ``x``."""
        return self.density(self.windows.of(x)).sum(-1)

    def gradient(
        self, x: Float[Tensor, "*batch sites"], t: Tensor | None = None
    ) -> Float[Tensor, "*batch sites"]:
        """Return ``dH/du`` in closed form."""
        return self.windows.pull(self.density.gradient(self.windows.of(x)))


class LatticePoissonHNN(OnLattice):
    r"""Learn the energy density of a field whose brackets J are known, the same all along the line.

    .. math:: \dot u = J \nabla H, \qquad H = \sum_i h(u_i, u_{i+1} - u_i, \dots)

    The learned energy and every Casimir function of J are conserved whatever the weights, and the
    motion of a ring commutes with shifts along it, as far as J does.

    Source:
        Densities by convolution, and operators J of fields: Matsubara, Ishikawa, Yaguchi, *Deep
        Energy-Based Modeling of Discrete-Time Physics*, NeurIPS 2020, arXiv:1905.08604.
    """

    kind: ClassVar[str] = "lattice_poisson_hnn"
    learns = "hamiltonian"
    represents = frozenset({"poisson"})
    conserves = frozenset({"energy", "casimirs"})
    needs = frozenset({"lattice", "brackets"})

    def __init__(
        self,
        spec: StateSpec,
        width: int = 64,
        depth: int = 2,
        activation: str = "tanh",
        reach: int = 4,
    ) -> None:
        super().__init__(spec, "poisson", reach)
        assert spec.known.brackets is not None  # which `needs` has made sure of
        self.brackets = spec.known.brackets
        self.hamiltonian = DensitySum(self.windows, width, depth, activation)

    @torch.no_grad()
    def fit_scaling(
        self,
        x: Float[Tensor, "samples state"],
        dx: Float[Tensor, "samples state"],
        u: Float[Tensor, "samples inputs"] | None = None,
    ) -> None:
        """Set the scales of values and stretches, beside those of single components."""
        super().fit_scaling(x, dx, u)
        x, dx = some(x), some(dx)
        near = self.windows.of(x).flatten(end_dim=-2)
        density = self.hamiltonian.density
        density.fit(near.mean(0), spread(near), near.new_ones(()))
        untrained = poisson_field(self.hamiltonian, self.brackets, x).square().mean().sqrt()
        density.energy_scale.copy_(dx.square().mean().sqrt() / untrained)

    def forward(
        self, t: Tensor, x: Float[Tensor, "*batch state"], u: Tensor | None = None
    ) -> Float[Tensor, "*batch state"]:
        """Return ``J grad H`` of the learned H."""
        return poisson_field(self.hamiltonian, self.brackets, x)

    def energy(self, x: Float[Tensor, "*batch state"]) -> Float[Tensor, "*batch"]:
        """Return the learned H, defined up to a Casimir function."""
        return self.hamiltonian(x)

    def canonical(self) -> Canonical:
        """Return the field as it is: Gauss methods keep a constant J, and quadratic invariants."""
        return Canonical(self.field().f, paired=False)
