"""A quantum particle on a line."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import torch
from jaxtyping import Float
from numpy.typing import NDArray
from torch import Tensor

from .constants import like
from .quantum import QuantumSystem
from .sampling import (
    check_count,
    check_not_negative,
    check_positive,
    check_range,
    random_signs,
    uniform,
    within_energy,
)
from .sketch import Sketch, curve

TAILS = 3.0
"""How many widths of a wave packet must fit beyond where a classical particle turns."""
HIGHER = 1.25
"""How much above the largest energy of training the starts of higher energies may lie."""


@dataclass(frozen=True)
class Schroedinger1D(QuantumSystem):
    r"""A wave function on the points of a line, in one well or two.

    .. math:: i \frac{\partial\psi}{\partial t} = \left[-\tfrac12 \frac{\partial^2}{\partial x^2}
        + V(x)\right] \psi, \qquad V = \frac{\omega^2 x^2}{2} \quad\text{or}\quad
        V = \frac{\omega^2 (x^2 - b^2)^2}{8 b^2}

    in units with :math:`\hbar = m = 1`. Derivatives are those of the Fourier series on the grid, so
    the levels :math:`\omega (n + 1/2)` of one well are exact while the wave functions fit on the
    grid. Two wells at :math:`\pm b` have the same frequency at their bottoms, and a barrier of
    :math:`\omega^2 b^2 / 8` that the particle tunnels through. V is not negative, so that the
    matrix is real and positive definite. The state holds the amplitude of every point; a model has
    to find out that neighbours belong together.

    Source:
        D. J. Tannor, *Introduction to Quantum Mechanics: A Time-Dependent Perspective*, 2007,
        sections 3.1 and 11.6.

    Raises:
        ValueError: if a parameter is out of range, a wave packet at rest has more energy than the
            least one asked for, or the grid cannot hold the fastest wave packets.
    """

    domain: ClassVar[str] = "quantum mechanics"

    points: int = 20
    """Number of points of the grid, 8 to 256; even."""
    length: float = 10.5
    """Length of the line, in natural units; it is closed to a ring, whose ends no packet reaches.
    """
    frequency: float = 1.0
    """Angular frequency omega at the bottom of a well, in natural units."""
    separation: float = 0.0
    """Distance b of both wells from the middle, in natural units; 0: one well, in the middle."""
    energy: Sequence[float] = (0.8, 2.0)
    """Range of the mean energies of training states, in units of omega."""

    def __post_init__(self) -> None:
        check_count(self, "points", 8, 256, "points")
        check_positive(self, length="units of length", frequency="per unit of time")
        check_not_negative(self, separation="units of length")
        check_range(self, energy="omega")
        if self.points % 2:
            raise ValueError(f"system.points must be even; got {self.points} points.")
        self._check_grid()
        rest = float(self.hamiltonian(self.packet(self._bottom, self._bottom * 0))) / self.frequency
        if rest >= self.energy[0]:
            raise ValueError(
                f"system.energy must start above {rest:.4g} omega, the energy of a wave packet at "
                f"rest in a well; got {list(self.energy)} omega."
            )

    def _check_grid(self) -> None:
        """Refuse grids on which the fastest wave packets do not fit, in position or momentum."""
        momentum = math.sqrt(2 * HIGHER * self.energy[1] * self.frequency)
        tail = TAILS / math.sqrt(self.frequency)
        longest = 2 * (self.separation + momentum / self.frequency + tail)
        finest = math.pi / (momentum + TAILS * math.sqrt(self.frequency))
        if longest > self.length or finest < self.spacing:
            raise ValueError(
                f"system.length and system.points must hold wave packets of up to "
                f"{self.energy[1]} omega: at least {longest:.4g} units of length, in steps of at "
                f"most {finest:.4g}; got {self.length} in steps of {self.spacing:.4g}."
            )

    @property
    def spacing(self) -> float:
        """The distance of the points, in natural units."""
        return self.length / self.points

    def grid(self) -> NDArray[np.float64]:
        """Return the positions of the points, ``[points]``, in natural units."""
        return self.spacing * (np.arange(self.points, dtype=np.float64) - self.points // 2)

    def well(self, x: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return V at the positions ``x``, in natural units."""
        if self.separation == 0:
            return self.frequency**2 * x**2 / 2
        return (self.frequency * (x**2 - self.separation**2) / self.separation) ** 2 / 8

    def matrix(self) -> NDArray[np.complex128]:
        """Return kinetic and potential energy; the first is diagonal in the waves of the grid."""
        wave = 2 * math.pi * np.fft.fftfreq(self.points, self.spacing)
        kinetic = np.fft.ifft(
            wave[:, None] ** 2 / 2 * np.fft.fft(np.eye(self.points), axis=0), axis=0
        )
        symmetric = (kinetic.real + kinetic.real.T) / 2
        return (symmetric + np.diag(self.well(self.grid()))).astype(np.complex128)

    @property
    def energy_scale(self) -> float:
        """The largest mean energy of training states."""
        return self.energy[1] * self.frequency

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
        """Return normalised Gaussian wave packets, as wide as the ground state of a well."""
        x = torch.from_numpy(self.grid())
        envelope = (-self.frequency * (x - centre).square() / 2).exp()
        wave = torch.complex((momentum * x).cos(), (momentum * x).sin())
        psi = envelope * wave
        return self.state(psi / torch.linalg.vector_norm(psi, dim=-1, keepdim=True))

    def sketch(self, x: Float[Tensor, "*batch state"]) -> Sketch:
        """Return the density of probability over the line."""
        density = self.amplitudes(x).abs().square() / self.spacing
        return curve(like(tuple(self.grid().tolist()), x), density, ("x", "density"))

    def mean_position(self, x: Float[Tensor, "*batch state"]) -> Float[Tensor, "*batch"]:
        """Return ``<psi|x|psi>``, in natural units."""
        return self.amplitudes(x).abs().square() @ self._like(self.grid(), x)

    @property
    def _bottom(self) -> Tensor:
        return torch.tensor([self.separation], dtype=torch.float64)

    def sample_initial(
        self, count: int, generator: torch.Generator
    ) -> Float[Tensor, "count state"]:
        """Draw wave packets whose mean energies lie evenly in the range.

        A random part of it at most is spent on their distance from the bottom of a well, and their
        momentum makes up the rest.
        """
        return self._sample(self.energy, count, generator)

    def sample_higher_energy(
        self, count: int, generator: torch.Generator
    ) -> Float[Tensor, "count state"]:
        """Draw wave packets of up to a quarter more energy than the largest of training."""
        return self._sample((self.energy[1], HIGHER * self.energy[1]), count, generator)

    def _sample(self, energy: Sequence[float], count: int, generator: torch.Generator) -> Tensor:
        total = self.frequency * uniform(energy, (count, 1), generator)
        bottom = self._bottom * random_signs((count, 1), generator)
        part = uniform((-1, 1), (count, 1), generator)
        shift = part * (2 * total).sqrt() / self.frequency

        def cost(shift: Tensor) -> Tensor:
            return self.hamiltonian(self.packet(bottom + shift, 0 * shift)).unsqueeze(-1)

        shift, left = within_energy(shift, total, cost)
        momentum = (2 * left).sqrt() * random_signs((count, 1), generator)
        return self.packet(bottom + shift, momentum)
