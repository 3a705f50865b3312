"""Hamiltonian neural networks of fields without pairs: one learned density, known brackets."""

from __future__ import annotations

from typing import ClassVar

import torch
from jaxtyping import Float
from torch import Tensor, nn

from ..mechanics.poisson import poisson_field
from ..mechanics.state import StateSpec
from .bracketed import Bracketed
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


class LatticePoissonHNN(Bracketed, OnLattice):
    r"""Learn the energy density of a field whose brackets J are known, the same all along the line.

    .. math:: \dot u = J \nabla H, \qquad H = \sum_i h(u_i, u_{i+1} - u_i, \dots)

    The motion of a ring commutes with shifts along it, as far as J does.

    Source:
        Densities by convolution, and operators J of fields: Matsubara, Ishikawa, Yaguchi, *Deep
        Energy-Based Modeling of Discrete-Time Physics*, NeurIPS 2020, arXiv:1905.08604.
    """

    kind: ClassVar[str] = "lattice_poisson_hnn"
    needs = frozenset({"lattice", "brackets"})

    def __init__(
        self,
        spec: StateSpec,
        width: int = 64,
        depth: int = 2,
        activation: str = "tanh",
        reach: int = 4,
    ) -> None:
        super().__init__(spec, reach)
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
        x, dx = some(x, self.x_scale), some(dx, self.x_scale)
        near = self.windows.of(x).flatten(end_dim=-2)
        density = self.hamiltonian.density
        density.fit(near.mean(0), spread(near), near.new_ones(()))
        untrained = poisson_field(self.hamiltonian, self.brackets, x).square().mean().sqrt()
        density.energy_scale.copy_(dx.square().mean().sqrt() / untrained)
