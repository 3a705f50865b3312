"""Diffusions, read as mechanics: their generator is a Hamiltonian."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import replace

import torch
from jaxtyping import Float
from torch import Tensor

from ...mechanics.known import Killing, Known
from ...mechanics.state import split_state
from ..base import System
from ..sampling import uniform

GRID = 9
"""Points along each side of the box at which its largest energy is looked for."""
ABOVE = 0.4
"""Energy scales above it up to which higher energies are drawn."""


class FinanceSystem(System):
    """What systems of finance share: years, data from a box of states, without noise.

    Most are hyperbolic: motions part like exp(t), so that training motions are short, and the
    numbers that people want are those of two-point problems.
    """

    @property
    @abstractmethod
    def bounds(self) -> Sequence[tuple[float, float]]:
        """The box that training starts are drawn from: a range for each component of the state.

        Learned energies mean nothing outside.
        """

    @property
    def time_unit(self) -> str:
        """Years."""
        return "yr"

    @property
    def training_motions(self) -> int:
        """Many, as they are short."""
        return 500

    @property
    def training_noise(self) -> float:
        """None: prices are asked for to a hundredth of a per cent."""
        return 0.0

    @property
    def reversible(self) -> bool:
        """No: a drift has a direction."""
        return False

    def sample_initial(
        self, count: int, generator: torch.Generator
    ) -> Float[Tensor, "count state"]:
        """Draw states uniformly from the box."""
        columns = [uniform(side, (count,), generator) for side in self.bounds]
        return torch.stack(columns, dim=-1)

    def sample_higher_energy(
        self, count: int, generator: torch.Generator
    ) -> Float[Tensor, "count state"]:
        """Draw positions from the box, and momenta beyond it that make the energy higher."""
        sides = [torch.linspace(*side, GRID, dtype=torch.float64) for side in self.bounds]
        grid = torch.cartesian_prod(*sides)
        highest = float(self.hamiltonian(grid).max())
        kept, reach = grid[:0], 1.2
        while len(kept) < count:
            x = self.sample_initial(40 * count, generator)
            q, p = split_state(x)
            middle = split_state(grid.mean(0))[1]
            x = torch.cat((q, middle + reach * (p - middle)), dim=-1)
            above = (self.hamiltonian(x) - highest) / self.energy_scale
            kept = torch.cat((kept, x[(above > 0) & (above < ABOVE)]))
            reach *= 1.1
        return kept[:count]


class GeneratorSystem(FinanceSystem):
    r"""The diffusion ``dX = b dt + sqrt(a) dW``, discounted or killed at the rate R.

    .. math:: H(q, p) = \tfrac12 p \cdot a(q) p + b(q) \cdot p - R(q), \qquad
              L(q, v) = \tfrac12 (v - b) \cdot a^{-1} (v - b) + R

    H is the symbol of the generator, :math:`e^{-p \cdot x} G e^{p \cdot x}`, and quadratic in p for
    every diffusion. :math:`\phi = \ln E \exp(-\int R + u \cdot X_T)` satisfies
    :math:`\phi_\tau = H(q, \phi_q) + \tfrac12 \mathrm{tr}(a \phi_{qq})`: where a, b and R are
    affine the last term vanishes, and the action of a motion is the logarithm of a price, exactly.
    The momentum is the sensitivity of that logarithm to the state.

    Source:
        M. Freidlin, A. Wentzell, *Random Perturbations of Dynamical Systems*, 3rd ed., section 3.1
        and 4.1; D. Duffie, J. Pan, K. Singleton, Econometrica 68 (2000), for affine ones.
    """

    @abstractmethod
    def drift(self, q: Float[Tensor, "*batch dof"]) -> Float[Tensor, "*batch dof"]:
        """Return b."""

    @abstractmethod
    def covariance(self, q: Float[Tensor, "*batch dof"]) -> Float[Tensor, "*batch dof dof"]:
        """Return the symmetric positive definite a, per year."""

    @abstractmethod
    def killing(self, q: Float[Tensor, "*batch dof"]) -> Float[Tensor, "*batch"]:
        """Return R, per year."""

    @property
    def known(self) -> Known:
        """The rate of killing, and the drift: what moves where the momenta vanish."""
        return replace(super().known, killing=Killing(self.killing, self.drift))

    def to_velocity(self, x: Float[Tensor, "*batch state"]) -> Float[Tensor, "*batch state"]:
        """Return ``(q, b + a p)``."""
        q, p = split_state(x)
        return torch.cat((q, self.drift(q) + _times(self.covariance(q), p)), dim=-1)

    def to_canonical(self, x: Float[Tensor, "*batch state"]) -> Float[Tensor, "*batch state"]:
        """Return ``(q, a^-1 (v - b))``."""
        q, v = split_state(x)
        return torch.cat((q, torch.linalg.solve(self.covariance(q), v - self.drift(q))), dim=-1)

    def hamiltonian(
        self, x: Float[Tensor, "*batch state"], t: Tensor | None = None
    ) -> Float[Tensor, "*batch"]:
        """Return ``p . a p / 2 + b . p - R``."""
        q, p = split_state(x)
        pull = self.drift(q) + _times(self.covariance(q), p) / 2
        return (p * pull).sum(-1) - self.killing(q)

    def lagrangian(
        self, x: Float[Tensor, "*batch state"], t: Tensor | None = None
    ) -> Float[Tensor, "*batch"]:
        """Return ``(v - b) . a^-1 (v - b) / 2 + R``."""
        q, v = split_state(x)
        _, p = split_state(self.to_canonical(x))
        return (p * (v - self.drift(q))).sum(-1) / 2 + self.killing(q)


def _times(matrix: Tensor, vector: Tensor) -> Tensor:
    return (matrix @ vector.unsqueeze(-1)).squeeze(-1)
