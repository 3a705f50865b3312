"""A cluster of noble gas atoms."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import combinations, product
from typing import ClassVar

import numpy as np
import torch
from jaxtyping import Float
from numpy.typing import NDArray
from torch import Tensor

from ..mechanics.known import Known, Particles
from ..mechanics.pairs import gaps
from ..mechanics.state import StateSpec, split_state
from .natural import SeparableSystem
from .sampling import (
    check_count,
    check_positive,
    check_range,
    random_directions,
    uniform,
    within_energy,
)


@dataclass(frozen=True)
class LennardJones(SeparableSystem):
    r"""Equal atoms that attract each other, and repel when they touch; on a plane or in space.

    .. math:: V = \sum_{i<j} 4 \varepsilon \left[ \left(\frac{\sigma}{r_{ij}}\right)^{12}
        - \left(\frac{\sigma}{r_{ij}}\right)^6 \right]

    Two atoms rest :math:`r_0 = 2^{1/6} \sigma` apart, at the energy :math:`-\varepsilon`,
    where the stiffness is :math:`72 \varepsilon / r_0^2 = 57.146\, \varepsilon / \sigma^2`. Starts
    are pieces of the densest lattice with that distance, turned at random and shaken, with their
    centre of mass at rest in the origin: a small solid that rattles and turns.

    The defaults are reduced units. Argon has ``mass=6.634e-26``, ``depth=1.654e-21`` and
    ``size=3.405e-10``; its unit of time is 2.156 ps.

    Source:
        M. P. Allen, D. J. Tildesley, *Computer Simulation of Liquids*, 2nd ed., section 1.3 and
        appendix B; argon: A. Rahman, Phys. Rev. 136, A405 (1964).

    Raises:
        ValueError: if there are not from 2 to 64 atoms, in two or three dimensions, or a parameter
            or the range of energies is not positive.
    """

    domain: ClassVar[str] = "particle physics"

    particles: int = 3
    """Number of atoms, 2 to 64."""
    dimensions: int = 2
    """2 for a plane, 3 for space."""
    mass: float = 1.0
    """Mass m of each atom, in kg."""
    depth: float = 1.0
    """Depth epsilon of the potential of a pair, in J."""
    size: float = 1.0
    """Distance sigma at which the potential of a pair is zero, in m."""
    energy: Sequence[float] = (0.05, 0.25)
    """Range of the energies of training motions above rest, in units of epsilon per atom."""

    def __post_init__(self) -> None:
        check_count(self, "particles", 2, 64, "atoms")
        check_count(self, "dimensions", 2, 3, "dimensions")
        check_positive(self, mass="kg", depth="J", size="m")
        check_range(self, energy="epsilon per atom")

    @property
    def spec(self) -> StateSpec:
        """The coordinates of each atom in turn, in m, and their momenta, in kg m/s."""
        axes = "xyz"[: self.dimensions]
        names = tuple(f"{axis}{i + 1}" for i in range(self.particles) for axis in axes)
        return StateSpec(positions=names, angular=(False,) * len(names))

    @property
    def known(self) -> Known:
        """Equal atoms in open space."""
        particles = Particles(self.particles, self.dimensions, (self.mass,) * self.particles)
        return replace(super().known, particles=particles)

    @property
    def masses(self) -> tuple[float, ...]:
        """The mass, once a coordinate."""
        return (self.mass,) * (self.particles * self.dimensions)

    @property
    def distance(self) -> float:
        """The distance ``2^(1/6) sigma`` at which two atoms rest, in m."""
        return 2 ** (1 / 6) * self.size

    @property
    def stiffness(self) -> float:
        """The stiffness ``72 epsilon / r0^2`` of a pair at rest, in N/m."""
        return 72 * self.depth / self.distance**2

    @property
    def frequency(self) -> float:
        """The angular frequency of small vibrations of two atoms, in rad/s: half the mass counts.

        This is that of a pair in every cluster, near enough.
        """
        return math.sqrt(2 * self.stiffness / self.mass)

    @property
    def time_scale(self) -> float:
        """The period of the vibration of a pair."""
        return 2 * math.pi / self.frequency

    @property
    def energy_scale(self) -> float:
        """The energy that it takes to part all atoms of the lattice at rest."""
        return -self._at_rest()

    def potential(self, q: Float[Tensor, "*batch dof"]) -> Float[Tensor, "*batch"]:
        """Return the sum over pairs, zero where all atoms are far apart."""
        squares = gaps(q.unflatten(-1, (self.particles, self.dimensions))).square().sum(-1)
        attraction = (self.size**2 / squares) ** 3
        return 4 * self.depth * (attraction * (attraction - 1)).sum(-1)

    def invariants(self, x: Float[Tensor, "*batch state"]) -> Mapping[str, Float[Tensor, "*batch"]]:
        """Return the total momentum and the total angular momentum about the origin."""
        q, p = (
            half.unflatten(-1, (self.particles, self.dimensions)).unbind(-1)
            for half in split_state(x)
        )
        planes = {"x": (1, 2), "y": (2, 0), "z": (0, 1)}
        kept = {f"momentum_{axis}": p[k].sum(-1) for k, axis in enumerate("xyz"[: len(p)])}
        for axis, (i, j) in planes.items():
            if max(i, j) < self.dimensions:
                kept[f"angular_momentum_{axis}"] = (q[i] * p[j] - q[j] * p[i]).sum(-1)
        return kept

    def sample_initial(
        self, count: int, generator: torch.Generator
    ) -> Float[Tensor, "count state"]:
        """Draw energies and orientations evenly; displacements and momenta share the energy."""
        return self._sample(self.energy, count, generator)

    def sample_higher_energy(
        self, count: int, generator: torch.Generator
    ) -> Float[Tensor, "count state"]:
        """Draw energies up to a quarter above the largest one."""
        return self._sample((self.energy[1], 1.25 * self.energy[1]), count, generator)

    def _at_rest(self) -> float:
        """Return the potential of the unshaken lattice."""
        lattice = torch.from_numpy(_lattice(self.particles, self.dimensions)).flatten()
        return float(self.potential(self.distance * lattice))

    def _sample(self, energy: Sequence[float], count: int, generator: torch.Generator) -> Tensor:
        total = self.particles * self.depth * uniform(energy, (count, 1), generator)
        shape = (count, self.particles, self.dimensions)
        frames = torch.linalg.qr(
            torch.randn(count, *2 * shape[2:], generator=generator, dtype=torch.float64)
        ).Q
        lattice = torch.from_numpy(_lattice(self.particles, self.dimensions))
        rest = (self.distance * lattice @ frames.mT).flatten(1)
        part = torch.rand(count, 1, generator=generator, dtype=torch.float64)
        # Each atom is held by about as many springs as there are dimensions.
        reach = (2 * part * total / (self.stiffness * self.dimensions)).sqrt()
        bottom = self._at_rest()

        def cost(shift: Tensor) -> Tensor:
            return (self.potential(rest + shift) - bottom).unsqueeze(-1)

        shift, left = within_energy(reach * self._shaking(shape, generator), total, cost)
        momentum = (2 * self.mass * left).sqrt() * self._shaking(shape, generator)
        return torch.cat((rest + shift, momentum), dim=-1)

    @staticmethod
    def _shaking(shape: tuple[int, int, int], generator: torch.Generator) -> Tensor:
        """Draw unit vectors ``[count, dof]`` that do not move the centre of mass."""
        count, atoms, dimensions = shape
        draws = random_directions(count, atoms * dimensions, generator).reshape(shape)
        centred = (draws - draws.mean(1, keepdim=True)).flatten(1)
        return centred / centred.norm(dim=-1, keepdim=True)


@lru_cache(maxsize=32)
def _lattice(atoms: int, dimensions: int) -> NDArray[np.float64]:
    """Return a compact piece of the densest lattice with unit distances, about its centre.

    The atoms nearest to a point of the lattice, or to the middle of neighbours of each other; of
    these pieces the one whose atoms lie closest together.
    """
    basis = (
        np.array([[1.0, 0.0], [0.5, math.sqrt(0.75)]])
        if dimensions == 2
        else np.array([[0.0, 1.0, 1.0], [1.0, 0.0, 1.0], [1.0, 1.0, 0.0]]) / math.sqrt(2)
    )
    points = np.array(list(product(range(-5, 6), repeat=dimensions))) @ basis
    corners = np.array(list(product((0, 1), repeat=dimensions))) @ basis
    middles = [
        corners[list(chosen)].mean(0)
        for size in range(1, len(corners) + 1)
        for chosen in combinations(range(len(corners)), size)
    ]
    pieces = []
    for middle in middles:
        nearest = np.argsort(((points - middle) ** 2).sum(1).round(9), kind="stable")[:atoms]
        piece = points[nearest] - points[nearest].mean(0)
        pieces.append(piece)
    gap = [np.square(piece[:, None] - piece[None]).sum(-1) + np.eye(atoms) for piece in pieces]
    bonds = [np.count_nonzero(squares < 1.01) for squares in gap]
    spread = [float(np.square(piece).sum()) for piece in pieces]
    return pieces[min(range(len(pieces)), key=lambda k: (-bonds[k], round(spread[k], 9)))]
