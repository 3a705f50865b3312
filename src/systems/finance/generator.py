"""Diffusions, whose generators are energies."""

from __future__ import annotations

from abc import abstractmethod

import torch
from jaxtyping import Float
from torch import Tensor

from ...mechanics.constraints import combine, solve
from ...mechanics.state import split_state
from ..base import System
from ..sampling import uniform

SHARE = 0.4
"""Of the energy scale, over which energies above those of training are spread."""
SAMPLE = 1000
"""Draws that tell the largest energy of training."""


class GeneratorSystem(System):
    r"""The energy of a diffusion ``dX = b dt + sqrt(a) dW`` that is killed, or discounted, at R.

    .. math:: H(q, p) = e^{-p \cdot q}\, G\, e^{p \cdot q}
              = \tfrac12 p \cdot a(q) p + b(q) \cdot p - R(q)

    with the generator G. Quadratic in p for every diffusion, and so regular wherever a is positive:
    ``L(q, v) = (v - b) . a^-1 (v - b) / 2 + R``. A momentum is the slope of the logarithm of a
    price, ``H_p(q, 0)`` the drift and ``H_pp(q, 0)`` the variance.

    These systems are hyperbolic: motions of the free state run away from each other. What is asked
    of them are motions given by their ends.

    Source:
        M. I. Freidlin, A. D. Wentzell, *Random Perturbations of Dynamical Systems*, section 5.1.
    """

    @abstractmethod
    def drift(self, q: Float[Tensor, "*batch dof"]) -> Float[Tensor, "*batch dof"]:
        """Return b(q)."""

    @abstractmethod
    def covariance(self, q: Float[Tensor, "*batch dof"]) -> Float[Tensor, "*batch dof dof"]:
        """Return a(q), the covariance of the changes for each unit of time."""

    def killing(self, q: Float[Tensor, "*batch dof"]) -> Float[Tensor, "*batch"]:
        """Return R(q), the rate of discounting or default; none by default."""
        return torch.zeros_like(q[..., 0])

    @property
    @abstractmethod
    def bounds(self) -> tuple[tuple[float, float], ...]:
        """Bounds of each component of (q, p), from which training motions start."""

    @property
    def time_unit(self) -> str:
        """Years."""
        return "yr"

    @property
    def reversible(self) -> bool:
        """No, where there is a drift."""
        return False

    def hamiltonian(
        self, x: Float[Tensor, "*batch state"], t: Tensor | None = None
    ) -> Float[Tensor, "*batch"]:
        """Return ``p . a p / 2 + b . p - R``."""
        q, p = split_state(x)
        moved = combine(self.covariance(q), p) / 2 + self.drift(q)
        return (p * moved).sum(-1) - self.killing(q)

    def lagrangian(
        self, x: Float[Tensor, "*batch state"], t: Tensor | None = None
    ) -> Float[Tensor, "*batch"]:
        """Return ``(v - b) . a^-1 (v - b) / 2 + R``: what it costs not to follow the drift."""
        q, v = split_state(x)
        _, p = split_state(self.to_canonical(x))
        return ((v - self.drift(q)) * p).sum(-1) / 2 + self.killing(q)

    def to_velocity(self, x: Float[Tensor, "*batch state"]) -> Float[Tensor, "*batch state"]:
        """Return ``(q, a p + b)``."""
        q, p = split_state(x)
        return torch.cat((q, combine(self.covariance(q), p) + self.drift(q)), dim=-1)

    def to_canonical(self, x: Float[Tensor, "*batch state"]) -> Float[Tensor, "*batch state"]:
        """Return ``(q, a^-1 (v - b))``."""
        q, v = split_state(x)
        return torch.cat((q, solve(self.covariance(q), v - self.drift(q))), dim=-1)

    def sample_initial(
        self, count: int, generator: torch.Generator
    ) -> Float[Tensor, "count state"]:
        """Draw all components uniformly from the box."""
        columns = [uniform(side, (count,), generator) for side in self.bounds]
        return torch.stack(columns, dim=-1)

    def sample_higher_energy(
        self, count: int, generator: torch.Generator
    ) -> Float[Tensor, "count state"]:
        """Draw from the box, and lengthen the momenta until energies lie above those of training.

        Along a ray ``H(q, s p) = s^2 A / 2 + s B - R`` rises without bound.
        """
        top = self.hamiltonian(self.sample_initial(SAMPLE, generator)).max()
        q, p = split_state(self.sample_initial(count, generator))
        level = top + uniform((0.02, SHARE), (count,), generator) * self.energy_scale
        square = (p * combine(self.covariance(q), p)).sum(-1)
        linear = (p * self.drift(q)).sum(-1)
        root = (linear.square() + 2 * square * (level + self.killing(q))).sqrt()
        return torch.cat((q, ((root - linear) / square).unsqueeze(-1) * p), dim=-1)
