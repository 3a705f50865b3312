"""Wave packets of a quantum particle on a line, whatever its potential."""

from __future__ import annotations

import math
from abc import abstractmethod
from collections.abc import Sequence
from typing import ClassVar

import numpy as np
import torch
from jaxtyping import Float
from numpy.typing import NDArray
from torch import Tensor

from .constants import like
from .grid import Grid
from .quantum import QuantumSystem
from .sampling import check_count, check_positive, check_range, uniform
from .sketch import Sketch, curve

TAILS = 3.0
"""How many widths of a wave packet must fit beyond where a classical particle turns."""
HIGHER = 1.25
"""How much above the largest energy of training the starts of higher energies may lie."""


class ParticleOnLine(QuantumSystem):
    r"""A wave function on the points of a line, and the Gaussian packets that it starts from.

    .. math:: i \frac{\partial\psi}{\partial t} = \left[-\tfrac12 \frac{\partial^2}{\partial x^2}
        + V(x)\right] \psi

    in units with :math:`\hbar = m = 1`. Derivatives are those of the Fourier series on the grid, so
    levels are exact while the wave functions fit on the grid. V is not negative, so that the matrix
    is real and positive definite. The state holds the amplitude of every point; a model has to find
    out that neighbours belong together.

    Subclasses have the parameters that are declared here, and a potential.

    Source:
        D. J. Tannor, *Introduction to Quantum Mechanics: A Time-Dependent Perspective*, 2007,
        sections 3.1 and 11.6.
    """

    domain: ClassVar[str] = "quantum mechanics"

    points: int
    length: float
    energy: Sequence[float]

    def check_line(self) -> None:
        """Refuse numbers of points, lengths and ranges of energies that are out of range.

        Raises:
            ValueError: naming the parameter, its value and its unit.
        """
        check_count(self, "points", 8, 256, "points")
        check_positive(self, length="units of length")
        check_range(self, energy=self.energy_unit[1])
        if self.points % 2:
            raise ValueError(f"system.points must be even; got {self.points} points.")

    def check_room(self, reach: float, momentum: float) -> None:
        """Refuse grids on which wave packets do not fit, in position or momentum.

        Args:
            reach: how far from the middle the centre of a packet comes.
            momentum: how fast a packet is at most.

        Raises:
            ValueError: naming what is needed and what was got.
        """
        tail = TAILS * math.sqrt(2) * self.packet_width
        longest = 2 * (reach + tail)
        finest = math.pi / (momentum + TAILS**2 / tail)
        if longest > self.length or finest < self.spacing:
            raise ValueError(
                f"system.length and system.points must hold wave packets of up to "
                f"{self.energy[1]} {self.energy_unit[1]}: at least {longest:.4g} units of length, "
                f"in steps of at most {finest:.4g}; got {self.length} in steps of "
                f"{self.spacing:.4g}."
            )

    @property
    @abstractmethod
    def energy_unit(self) -> tuple[float, str]:
        """The unit of the range of energies: its size in natural units, and its name."""

    @property
    def lowest(self) -> float:
        """The potential from which the range of energies counts, in natural units."""
        return 0.0

    @property
    @abstractmethod
    def packet_width(self) -> float:
        """The standard deviation of the position in a wave packet, in natural units."""

    @abstractmethod
    def potential(self, x: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return V at the positions ``x``, in natural units."""

    @property
    def spacing(self) -> float:
        """The distance of the points, in natural units."""
        return self._ring.spacing

    @property
    def _ring(self) -> Grid:
        return Grid(self.points, self.length)

    def grid(self) -> NDArray[np.float64]:
        """Return the positions of the points, ``[points]``, in natural units; the middle is 0."""
        return np.array(self._ring.places) - self.length / 2

    def matrix(self) -> NDArray[np.complex128]:
        """Return kinetic and potential energy; the first is diagonal in the waves of the grid."""
        kinetic = -self._ring.derivative(torch.eye(self.points, dtype=torch.float64), 2).numpy() / 2
        symmetric = (kinetic + kinetic.T) / 2
        return (symmetric + np.diag(self.potential(self.grid()))).astype(np.complex128)

    @property
    def energy_scale(self) -> float:
        """The largest mean energy of training states."""
        return self.lowest + self.energy[1] * self.energy_unit[0]

    @property
    def time_unit(self) -> str:
        """None: natural units."""
        return ""

    @property
    def time_scale(self) -> float:
        """The period of the phase at the largest mean energy of training states."""
        return 2 * math.pi / self.energy_scale

    def packet(
        self, centre: Float[Tensor, "*batch 1"], momentum: Float[Tensor, "*batch 1"]
    ) -> Float[Tensor, "*batch state"]:
        """Return normalised Gaussian wave packets."""
        x = torch.from_numpy(self.grid())
        envelope = (-((x - centre) / (2 * self.packet_width)).square()).exp()
        wave = torch.complex((momentum * x).cos(), (momentum * x).sin())
        psi = envelope * wave
        return self.state(psi / torch.linalg.vector_norm(psi, dim=-1, keepdim=True))

    def at_rest(self, centre: Float[Tensor, "*batch 1"]) -> Float[Tensor, "*batch 1"]:
        """Return the mean energy of wave packets at rest, in natural units."""
        return self.hamiltonian(self.packet(centre, 0 * centre)).unsqueeze(-1)

    def density(self, x: Float[Tensor, "*batch state"]) -> Float[Tensor, "*batch points"]:
        """Return the density of probability at the points, per unit of length."""
        return self.amplitudes(x).abs().square() / self.spacing

    def sketch(self, x: Float[Tensor, "*batch state"]) -> Sketch:
        """Return the density of probability over the line."""
        return curve(like(tuple(self.grid().tolist()), x), self.density(x), ("x", "density"))

    def mean_position(self, x: Float[Tensor, "*batch state"]) -> Float[Tensor, "*batch"]:
        """Return ``<psi|x|psi>``, in natural units."""
        return self.amplitudes(x).abs().square() @ self._like(self.grid(), x)

    def sample_initial(
        self, count: int, generator: torch.Generator
    ) -> Float[Tensor, "count state"]:
        """Draw wave packets whose mean energies lie evenly in the range."""
        return self._sample(self.energy, count, generator)

    def sample_higher_energy(
        self, count: int, generator: torch.Generator
    ) -> Float[Tensor, "count state"]:
        """Draw wave packets of up to a quarter more energy than the largest of training."""
        return self._sample((self.energy[1], HIGHER * self.energy[1]), count, generator)

    def _sample(self, energy: Sequence[float], count: int, generator: torch.Generator) -> Tensor:
        above = self.energy_unit[0] * uniform(energy, (count, 1), generator)
        return self._draw(self.lowest + above, generator)

    @abstractmethod
    def _draw(
        self, total: Float[Tensor, "count 1"], generator: torch.Generator
    ) -> Float[Tensor, "count state"]:
        """Draw wave packets of these mean energies, in natural units."""
