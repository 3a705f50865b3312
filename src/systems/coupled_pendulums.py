"""Pendulums in space, side by side, with springs between neighbouring bobs."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import accumulate, repeat
from typing import ClassVar

import torch
from jaxtyping import Float
from torch import Tensor

from ..mechanics.state import split_state
from .sampling import at_energy, check_count, check_positive, random_directions, uniform
from .spherical_bobs import SphericalBobs


@dataclass(frozen=True)
class CoupledPendulums(SphericalBobs):
    r"""Bobs on rods in space, a distance d apart along x, and springs that are slack at rest.

    .. math:: V = \sum_i m g z_i + \sum_i \tfrac k2 \left(|r_{i+1} - r_i| - d\right)^2

    Small oscillations along the row have :math:`\omega^2 = g/l + (4k/m) \sin^2(j \pi / 2n)` for j
    from 0 to n - 1; across it all have :math:`g/l`, as a spring does not feel a first turn.

    Source:
        M. Finzi, K. A. Wang, A. G. Wilson, *Simplifying Hamiltonian and Lagrangian Neural Networks
        via Explicit Constraints*, 2020, arXiv:2010.13581, section 5; the modes of a free chain:
        H. Goldstein, *Classical Mechanics*, 3rd ed., section 6.4.

    Raises:
        ValueError: if there are not 2 bobs, or a parameter is not positive.
    """

    domain: ClassVar[str] = "textbook mechanics"

    number: int = 3
    """Number of bobs."""
    stiffness: float = 10.0
    """Stiffness k of the springs, in N/m."""
    distance: float = 1.0
    """Distance d of neighbouring pivots, in m: the length of a slack spring."""
    energy: float = 2.0
    """Largest energy of a training motion, in J per bob."""

    def __post_init__(self) -> None:
        super().__post_init__()
        check_count(self, "number", 2, 8, "bobs")
        check_positive(self, stiffness="N/m", distance="m", energy="J")

    @property
    def bobs(self) -> int:
        """How many there are."""
        return self.number

    @property
    def pivots(self) -> tuple[float, ...]:
        """Along x, from the origin on."""
        along = accumulate(repeat(self.distance, self.number - 1), initial=0.0)
        return tuple(c for x in along for c in (x, 0.0, 0.0))

    @property
    def frequencies(self) -> tuple[float, ...]:
        """The angular frequencies of small oscillations along the row, in rad/s."""
        free, n = self.gravity / self.length, self.number
        pull = 4 * self.stiffness / self.mass
        return tuple(math.sqrt(free + pull * math.sin(j * math.pi / 2 / n) ** 2) for j in range(n))

    @property
    def energy_scale(self) -> float:
        """The largest energy of training motions."""
        return self.energy * self.number

    def energy_between(self, q: Float[Tensor, "*batch dof"]) -> Float[Tensor, "*batch"]:
        """Return the energy of the springs."""
        spans = q.unflatten(-1, (self.number, 3)).diff(dim=-2)
        return self.stiffness / 2 * (spans.norm(dim=-1) - self.distance).square().sum(-1)

    def force_between(self, q: Float[Tensor, "*batch dof"]) -> Float[Tensor, "*batch dof"]:
        """Return the pulls of the springs on both their ends."""
        spans = q.unflatten(-1, (self.number, 3)).diff(dim=-2)
        pulls = self.stiffness * (1 - self.distance / spans.norm(dim=-1, keepdim=True)) * spans
        none = torch.zeros_like(pulls[..., :1, :])
        return torch.cat((none, pulls, none), dim=-2).diff(dim=-2).flatten(-2)

    def _draw(
        self, levels: tuple[float, float], count: int, generator: torch.Generator
    ) -> Float[Tensor, "count state"]:
        """Draw tilts and rates of any direction, as large as the energy asks for."""
        tilts, rates = split_state(random_directions(count, 4 * self.number, generator))
        ways = torch.cat((tilts, math.sqrt(self.gravity / self.length) * rates), dim=-1)
        wanted = self.energy_scale * uniform(levels, (count,), generator)
        return self.from_angles(
            at_energy(lambda y: self.hamiltonian(self.from_angles(y)), ways, wanted)
        )

    def sample_initial(
        self, count: int, generator: torch.Generator
    ) -> Float[Tensor, "count state"]:
        """Draw tilts and rates in any direction, energies uniformly from a tenth of the largest."""
        return self._draw((0.1, 1.0), count, generator)

    def sample_higher_energy(
        self, count: int, generator: torch.Generator
    ) -> Float[Tensor, "count state"]:
        """Draw the same with energies up to a quarter above the largest."""
        return self._draw((1.0, 1.25), count, generator)
