"""What equal masses in a row have in common, each bound to the next."""

from __future__ import annotations

import math
from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn.functional import pad

from ..mechanics.known import Ends, Known, Lattice
from ..mechanics.state import StateSpec, split_state
from .natural import SeparableSystem
from .sampling import (
    at_energy,
    check_count,
    check_positive,
    check_range,
    random_directions,
    uniform,
)
from .sketch import Sketch, curve

MOST = 1024
"""Masses in the longest chain."""

ENDS = ("fixed", "free", "periodic")
"""fixed: a bond to a wall at each end; free: no bond there; periodic: the last mass is bound to the
first one, in a ring."""


@dataclass(frozen=True)
class Chain(SeparableSystem):
    r"""Equal masses in a row; q_i is how far the i-th one is from its place at rest.

    Every bond resists its stretch :math:`d = q_{i+1} - q_i` with the stiffness k, if it is small:

    .. math:: H = \sum_i \frac{p_i^2}{2m} + \sum_{bonds} V(d), \quad
        V(d) = \frac{k d^2}{2} + \dots, \qquad
        \omega_j = 2\sqrt{k/m}\,\sin\frac{\vartheta_j}{2}

    with the wave numbers :math:`\vartheta_j = j\pi/(N+1)` for j = 1..N between walls,
    :math:`j\pi/N` for j = 0..N-1 with free ends, and :math:`2\pi j/N` in a ring.

    Motions are drawn by their energy, from all of phase space: each normal mode has the same share
    of it on average, and the centre of mass rests in its place where there is no wall.

    Source:
        G. Strang, *The Discrete Cosine Transform*, SIAM Review 41 (1999), 135-147: the eigenvectors
        of second differences with each kind of ends.

    Raises:
        ValueError: if there are fewer than two masses, or the mass, the stiffness or the range of
            amplitudes is not positive.
    """

    number: int = 5
    """Number N of the masses."""
    mass: float = 1.0
    """Each mass m, in kg."""
    stiffness: float = 1.0
    """Stiffness k of each bond near rest, in N/m."""
    amplitude: Sequence[float] = (0.5, 1.5)
    """Range of the amplitudes, in m, of the slowest mode if it had the whole energy."""

    def __post_init__(self) -> None:
        check_count(self, "number", 2, MOST, "masses")
        check_positive(self, mass="kg", stiffness="N/m")
        check_range(self, amplitude="m")

    @property
    @abstractmethod
    def ends(self) -> Ends:
        """What the first and the last mass are bound to: one of ``ENDS``."""

    @abstractmethod
    def bond_energy(self, d: Float[Tensor, "*batch bonds"]) -> Float[Tensor, "*batch bonds"]:
        """Return the energy of each bond, in J, at its stretch, in m."""

    @abstractmethod
    def tension(self, d: Float[Tensor, "*batch bonds"]) -> Float[Tensor, "*batch bonds"]:
        """Return the force, in N, with which each bond pulls: the slope of its energy."""

    @property
    def spec(self) -> StateSpec:
        """The displacements, in m, and their momenta, in kg m/s."""
        names = tuple(f"q{i + 1}" for i in range(self.number))
        return StateSpec(positions=names, angular=(False,) * self.number)

    @property
    def known(self) -> Known:
        """Masses on a line, and what they are bound to at its ends."""
        return replace(super().known, lattice=Lattice(self.number, self.ends, spacing=1.0))

    @property
    def masses(self) -> tuple[float, ...]:
        """The one mass, N times."""
        return (self.mass,) * self.number

    @property
    def wave_numbers(self) -> tuple[float, ...]:
        """The phase by which each normal mode proceeds from mass to mass, in rad, slowest first."""
        count = self.number
        if self.ends == "fixed":
            return tuple(math.pi * j / (count + 1) for j in range(1, count + 1))
        if self.ends == "free":
            return tuple(math.pi * j / count for j in range(count))
        there_and_back = sorted(range(count), key=lambda j: min(j, count - j))
        return tuple(2 * math.pi * j / count for j in there_and_back)

    @property
    def frequencies(self) -> tuple[float, ...]:
        """Angular frequencies of the normal modes, in rad/s, slowest first; 0 is a translation."""
        fastest = 2 * math.sqrt(self.stiffness / self.mass)
        return tuple(fastest * math.sin(phase / 2) for phase in self.wave_numbers)

    @property
    def time_scale(self) -> float:
        """The period of the slowest normal mode that is not a translation."""
        return 2 * math.pi / self.frequencies[self._translations]

    @property
    def energy_scale(self) -> float:
        """The largest energy of training motions."""
        return self._energy(self.amplitude[1])

    def stretches(self, q: Float[Tensor, "*batch dof"]) -> Float[Tensor, "*batch bonds"]:
        """Return the stretch of every bond, in m, from the first wall or mass on."""
        if self.ends == "periodic":
            return q.roll(-1, dims=-1) - q
        wall = torch.zeros_like(q[..., :1])
        return (q if self.ends == "free" else torch.cat((wall, q, wall), dim=-1)).diff(dim=-1)

    def potential(self, q: Float[Tensor, "*batch dof"]) -> Float[Tensor, "*batch"]:
        """Return the energies of all bonds together."""
        return self.bond_energy(self.stretches(q)).sum(-1)

    def force(self, q: Float[Tensor, "*batch dof"]) -> Float[Tensor, "*batch dof"]:
        """Return how much harder each mass is pulled from the right than from the left."""
        tension = self.tension(self.stretches(q))
        if self.ends == "periodic":
            return tension - tension.roll(1, dims=-1)
        return (pad(tension, (1, 1)) if self.ends == "free" else tension).diff(dim=-1)

    def modes(self, like: Tensor) -> Float[Tensor, "dof dof"]:
        """Return the normal modes as orthonormal columns, of the dtype and device of ``like``."""
        phase = torch.tensor(self.wave_numbers, dtype=torch.float64)
        place = torch.arange(1, self.number + 1, dtype=torch.float64)[:, None]
        if self.ends == "fixed":
            shapes = (place * phase).sin()
        elif self.ends == "free":
            shapes = ((place - 0.5) * phase).cos()
        else:  # the sum of sine and cosine tells the two waves of one frequency apart
            shapes = (place * phase).sin() + (place * phase).cos()
        return (shapes / shapes.norm(dim=0)).to(like)

    def mode_energies(self, x: Float[Tensor, "*batch state"]) -> Float[Tensor, "*batch dof"]:
        """Return the energy in each normal mode, in J, as if all bonds were linear."""
        q, p = split_state(x)
        modes = self.modes(q)
        square = torch.tensor(self.frequencies, dtype=q.dtype, device=q.device).square()
        kinetic = (p @ modes).square() / (2 * self.mass)
        return kinetic + self.mass * square * (q @ modes).square() / 2

    def waves(self, roots: Float[Tensor, "*batch twice"]) -> Float[Tensor, "*batch state"]:
        """Return the states whose slowest vibrating modes have these square roots of energies.

        The first half of ``roots`` are the modes' potential energies, the second half their kinetic
        ones, in sqrt J, as if all bonds were linear; modes beyond those given are at rest.
        """
        stretched, moving = roots.chunk(2, dim=-1)
        kept = slice(self._translations, self._translations + stretched.shape[-1])
        modes = self.modes(roots)[:, kept].mT
        frequency = torch.tensor(self.frequencies[kept], dtype=roots.dtype, device=roots.device)
        root = math.sqrt(2 / self.mass)
        q = root * (stretched / frequency) @ modes
        return torch.cat((q, root * self.mass * moving @ modes), dim=-1)

    def sketch(self, x: Float[Tensor, "*batch state"]) -> Sketch:
        """Return the displacements over the row of masses."""
        q, _ = split_state(x)
        return curve(torch.arange(self.number).to(q), q, ("mass", "displacement (m)"))

    def invariants(self, x: Float[Tensor, "*batch state"]) -> Mapping[str, Float[Tensor, "*batch"]]:
        """Return the total momentum, where no wall takes it up."""
        _, p = split_state(x)
        return {} if self.ends == "fixed" else {"momentum": p.sum(-1)}

    def sample_initial(
        self, count: int, generator: torch.Generator
    ) -> Float[Tensor, "count state"]:
        """Draw amplitudes uniformly in their range, hence energies, and directions uniformly."""
        return self._sample(self.amplitude, count, generator)

    def sample_higher_energy(
        self, count: int, generator: torch.Generator
    ) -> Float[Tensor, "count state"]:
        """Draw amplitudes up to a quarter above the largest training amplitude."""
        return self._sample((self.amplitude[1], 1.25 * self.amplitude[1]), count, generator)

    @property
    def _translations(self) -> int:
        """The number of modes that do not vibrate."""
        return 0 if self.ends == "fixed" else 1

    def _energy(self, amplitude: float) -> float:
        """Return the energy of the slowest mode with this amplitude and linear bonds, in J.

        The squares of a wave add up to half the number of masses, or to (N + 1)/2 between walls.
        """
        squares = (self.number + (self.ends == "fixed")) / 2
        frequency = self.frequencies[self._translations]
        return self.mass * frequency**2 * amplitude**2 * squares / 2

    def _sample(self, amplitude: Sequence[float], count: int, generator: torch.Generator) -> Tensor:
        levels = self._energy(1.0) * uniform(amplitude, (count,), generator).square()
        vibrating = self.number - self._translations
        waves = self.waves(random_directions(count, 2 * vibrating, generator))
        return at_energy(self.hamiltonian, waves, levels)
