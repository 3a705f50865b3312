"""The chain of Chen et al.: masses in a row, no two alike, on springs that differ as well."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import ClassVar

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn.functional import pad

from src.mechanics.state import StateSpec, split_state
from src.systems.constants import like
from src.systems.natural import SeparableSystem
from src.systems.sampling import check_positive, uniform

SPREAD = 0.25
"""Standard deviation of masses and stiffnesses, over their mean."""
LEAST = 0.2
"""The least of either, over its mean."""


@lru_cache
def _drawn(number: int, seed: int) -> tuple[float, ...]:
    """Return the masses over their mean, and the stiffnesses over theirs after them."""
    generator = torch.Generator().manual_seed(seed)
    drawn = torch.randn(2 * number + 1, generator=generator, dtype=torch.float64)
    return tuple((1 + SPREAD * drawn).clamp(min=LEAST).tolist())


@dataclass(frozen=True)
class UnevenChain(SeparableSystem):
    r"""Masses in a row between two walls, with masses and stiffnesses drawn once for a chain.

    .. math:: H = \sum_i \frac{p_i^2}{2 m_i} + \frac12 \sum_{i=0}^N k_i (q_{i+1} - q_i)^2,
        \qquad q_0 = q_{N+1} = 0

    The fields have the names of ``system=spring_chain``, whose place it takes. Positions and
    momenta start anywhere in a box, but for the outer masses, which rest in their places: so do
    the starts in the code of the paper.

    Source:
        Chen, Zhang, Arjovsky, Bottou, *Symplectic Recurrent Neural Networks*, ICLR 2020,
        arXiv:1909.13334, section 4; the draws are those of the code.

    Raises:
        ValueError: if a mean is not positive, or the ends are not fixed.
    """

    domain: ClassVar[str] = "textbook mechanics"

    number: int = 20
    """Masses."""
    mass: float = 1.0
    """Their mean, in kg."""
    stiffness: float = 5.0
    """Mean of the springs, in N/m."""
    amplitude: Sequence[float] = (-2.5, 2.5)
    """Of starts: positions, in m, and momenta, in kg m/s."""
    boundary: str = "fixed"
    draw: int = 0
    """Seed of masses and stiffnesses."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "amplitude", tuple(self.amplitude))
        check_positive(self, mass="kg", stiffness="N/m")
        if self.boundary != "fixed":
            raise ValueError(f"system.boundary must be fixed for this chain; got {self.boundary}.")

    @property
    def spec(self) -> StateSpec:
        """The displacements, in m, and their momenta, in kg m/s."""
        names = tuple(f"q{i + 1}" for i in range(self.number))
        return StateSpec(positions=names, angular=(False,) * self.number)

    @property
    def masses(self) -> tuple[float, ...]:
        """Each mass, in kg."""
        return tuple(self.mass * drawn for drawn in _drawn(self.number, self.draw)[: self.number])

    @property
    def springs(self) -> tuple[float, ...]:
        """Each stiffness, in N/m, from wall to wall."""
        drawn = _drawn(self.number, self.draw)[self.number :]
        return tuple(self.stiffness * each for each in drawn)

    def tensions(self, q: Float[Tensor, "*batch dof"]) -> Float[Tensor, "*batch springs"]:
        """Return the force of each spring."""
        return like(self.springs, q) * pad(q, (1, 1)).diff(dim=-1)

    def potential(self, q: Float[Tensor, "*batch dof"]) -> Float[Tensor, "*batch"]:
        """Return the energy of all springs."""
        return (self.tensions(q) * pad(q, (1, 1)).diff(dim=-1)).sum(-1) / 2

    def force(self, q: Float[Tensor, "*batch dof"]) -> Float[Tensor, "*batch dof"]:
        """Return how much harder each mass is pulled from the right than from the left."""
        return self.tensions(q).diff(dim=-1)

    def modes(self) -> tuple[Float[Tensor, " dof"], Float[Tensor, "dof dof"]]:
        """Return angular frequencies, slowest first, and modes of positions times root masses."""
        root = torch.tensor(self.masses, dtype=torch.float64).sqrt()
        stiffness = -self.force(torch.eye(self.number, dtype=torch.float64))
        squares, modes = torch.linalg.eigh(stiffness / torch.outer(root, root))
        return squares.sqrt(), modes

    def exact_flow(
        self, x0: Float[Tensor, "*batch state"], t: Float[Tensor, " time"]
    ) -> Float[Tensor, "time *batch state"]:
        """Return the rotation of each mode by its frequency."""
        frequency, modes = (part.to(x0) for part in self.modes())
        root = like(self.masses, x0).sqrt()
        q, p = split_state(x0)
        a, b = (q * root) @ modes, (p / root) @ modes
        angle = frequency * t.reshape(-1, *[1] * x0.ndim)
        position = a * angle.cos() + b / frequency * angle.sin()
        momentum = b * angle.cos() - a * frequency * angle.sin()
        return torch.cat((position @ modes.mT / root, momentum @ modes.mT * root), dim=-1)

    @property
    def time_scale(self) -> float:
        """The period of the fastest mode: what samples have to resolve."""
        return 2 * torch.pi / float(self.modes()[0][-1])

    @property
    def energy_scale(self) -> float:
        """The mean energy of starts in a box of that size."""
        square = (self.amplitude[1] - self.amplitude[0]) ** 2 / 12
        inverse = sum(1 / m for m in self.masses[1:-1]) / 2
        return square * (inverse + sum(self.springs[1:-1]))

    def sample_initial(
        self, count: int, generator: torch.Generator
    ) -> Float[Tensor, "count state"]:
        """Draw all but the outer masses from the box."""
        return self._sample(1.0, count, generator)

    def sample_higher_energy(
        self, count: int, generator: torch.Generator
    ) -> Float[Tensor, "count state"]:
        """Draw from a box a quarter as large again."""
        return self._sample(1.25, count, generator)

    def _sample(self, factor: float, count: int, generator: torch.Generator) -> Tensor:
        inner = factor * uniform(self.amplitude, (count, 2, self.number - 2), generator)
        return pad(inner, (1, 1)).flatten(-2)
