"""A chain of ions in a linear trap."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import ClassVar

import numpy as np
import torch
from jaxtyping import Float
from numpy.typing import NDArray
from torch import Tensor

from ..mechanics.pairs import gaps
from ..mechanics.state import StateSpec
from .natural import SeparableSystem
from .sampling import (
    check_count,
    check_positive,
    check_range,
    random_directions,
    uniform,
    within_energy,
)

NEWTON_STEPS = 30


@dataclass(frozen=True)
class IonTrap(SeparableSystem):
    r"""Equal ions on the axis of a trap that repel each other.

    .. math:: V = \sum_i \frac{m \omega^2 x_i^2}{2} + \sum_{i<j} \frac{k}{|x_i - x_j|} - V_0,
        \qquad l_0 = \left(\frac{k}{m \omega^2}\right)^{1/3}

    with :math:`V_0` the energy at rest. Two ions rest at a distance of :math:`2^{1/3} l_0`. However
    many there are, the chain swings as a whole at :math:`\omega` and breathes at
    :math:`\sqrt3\, \omega`, since the repulsion is as the square of the inverse distance; the
    motion is chaotic at high energies. The ions never pass each other.

    The defaults are in natural units. A 40Ca+ ion in a trap of 1 MHz has ``mass=6.635e-26``,
    ``frequency=6.283e6`` and ``coupling=2.307e-28``, hence a length of 4.45 um.

    Source:
        D. F. V. James, *Quantum dynamics of cold trapped ions*, Appl. Phys. B 66, 181 (1998),
        eqs. (1) to (6).

    Raises:
        ValueError: if there are not from two to five ions, a parameter is not positive, or the
            range of energies.
    """

    domain: ClassVar[str] = "particle physics"

    ions: int = 3
    """Number of ions, two to five."""
    mass: float = 1.0
    """Mass m of each ion, in kg."""
    frequency: float = 1.0
    """Angular frequency omega of the trap along its axis, in rad/s."""
    coupling: float = 1.0
    """Strength k of the repulsion, ``e^2 / 4 pi epsilon_0``, in J m."""
    energy: Sequence[float] = (0.1, 0.5)
    """Range of the energies of training motions above rest, in units of m omega^2 l0^2."""

    def __post_init__(self) -> None:
        check_count(self, "ions", 2, 5, "ions")
        check_positive(self, mass="kg", frequency="rad/s", coupling="J m")
        check_range(self, energy="m omega^2 l0^2")

    @property
    def spec(self) -> StateSpec:
        """One position an ion along the axis, in m, and its momentum, in kg m/s."""
        names = tuple(f"x{i + 1}" for i in range(self.ions))
        return StateSpec(positions=names, angular=(False,) * self.ions)

    @property
    def masses(self) -> tuple[float, ...]:
        """The mass, once an ion."""
        return (self.mass,) * self.ions

    @property
    def length(self) -> float:
        """The length l0 at which trap and repulsion are alike, in m."""
        return (self.coupling / (self.mass * self.frequency**2)) ** (1 / 3)

    @property
    def stiffness(self) -> float:
        """The stiffness ``m omega^2`` of the trap, in N/m."""
        return self.mass * self.frequency**2

    @property
    def unit_energy(self) -> float:
        """The energy ``m omega^2 l0^2``, in J."""
        return self.stiffness * self.length**2

    @property
    def equilibrium(self) -> tuple[float, ...]:
        """The positions of the ions at rest, from left to right, in m."""
        return tuple(float(self.length * u) for u in _chain(self.ions)[0])

    @property
    def frequencies(self) -> tuple[float, ...]:
        """The angular frequencies of the normal modes, the slowest first, in rad/s."""
        return tuple(float(self.frequency * w) for w in _chain(self.ions)[1])

    @property
    def time_scale(self) -> float:
        """The period of the slowest mode, the swing of the whole chain."""
        return 2 * math.pi / self.frequency

    @property
    def energy_scale(self) -> float:
        """The largest energy of training motions above rest."""
        return self.energy[1] * self.unit_energy

    def potential(self, q: Float[Tensor, "*batch dof"]) -> Float[Tensor, "*batch"]:
        """Return V, zero at rest."""
        # Two thirds of the energy at rest are repulsion: forces of trap and repulsion balance, and
        # scaling the chain must not change V at first order.
        rest = 1.5 * self.unit_energy * float(np.square(_chain(self.ions)[0]).sum())
        repulsion = self.coupling * (1 / gaps(q.unsqueeze(-1)).squeeze(-1).abs()).sum(-1)
        return self.stiffness * q.square().sum(-1) / 2 + repulsion - rest

    def sample_initial(
        self, count: int, generator: torch.Generator
    ) -> Float[Tensor, "count state"]:
        """Draw energies uniformly, and share each among displacements and momenta at random."""
        return self._sample(self.energy, count, generator)

    def sample_higher_energy(
        self, count: int, generator: torch.Generator
    ) -> Float[Tensor, "count state"]:
        """Draw energies up to a quarter above the largest one."""
        return self._sample((self.energy[1], 1.25 * self.energy[1]), count, generator)

    def _sample(self, energy: Sequence[float], count: int, generator: torch.Generator) -> Tensor:
        """Displace the chain, where that costs less than the energy; momenta take what is left.

        The displacement has a random direction among the modes, each in its own amplitude, and a
        random part of the energy by their harmonic approximation. Where the true potential costs
        more, it is halved until it does not.
        """
        total = self.unit_energy * uniform(energy, (count, 1), generator)
        part = torch.rand(count, 1, generator=generator, dtype=torch.float64)
        rest, frequencies, modes = (torch.from_numpy(array) for array in _chain(self.ions))
        amplitude = random_directions(count, self.ions, generator) / frequencies
        shift = (2 * part * total / self.stiffness).sqrt() * (amplitude @ modes.mT)
        shift, left = within_energy(shift, total, lambda s: self._cost(rest, s))
        momentum = (2 * self.mass * left).sqrt() * random_directions(count, self.ions, generator)
        return torch.cat((self.length * rest + shift, momentum), dim=-1)

    def _cost(self, rest: Tensor, shift: Tensor) -> Tensor:
        """Return the potential of the displaced chain; infinite where ions would change places."""
        position = self.length * rest + shift
        ordered = (position.diff(dim=-1) > 0).all(-1, keepdim=True)
        return torch.where(ordered, self.potential(position).unsqueeze(-1), math.inf)


@lru_cache(maxsize=8)
def _chain(
    ions: int,
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Return positions at rest, frequencies and modes (columns) of the chain in natural units.

    Newton's method for ``u_i = sum_j sign(i - j) / (u_i - u_j)^2``, from equal distances.
    """
    u = 1.2 * (np.arange(ions, dtype=np.float64) - (ions - 1) / 2)
    for _ in range(NEWTON_STEPS):
        force, stiffness = _forces(u)
        u = u - np.linalg.solve(stiffness, force)
    squares, modes = np.linalg.eigh(_forces(u)[1])
    return u, np.sqrt(squares), modes


def _forces(u: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return gradient and second derivative of the potential at the positions u, without units."""
    one = np.eye(len(u))
    others, gap = 1 - one, u[:, None] - u[None, :] + one
    bonds = 2 * others / np.abs(gap) ** 3
    return u - (others * np.sign(gap) / gap**2).sum(1), one + np.diag(bonds.sum(1)) - bonds
