"""Waves on a string."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import ClassVar

import torch
from jaxtyping import Float
from torch import Tensor

from ..mechanics.known import Known, Lattice
from ..mechanics.state import StateSpec, split_state
from .base import MOTIONS_PER_DOF
from .chain import MOST
from .constants import like
from .grid import Grid
from .natural import SeparableSystem
from .sampling import check_count, check_positive, check_range, random_directions, uniform
from .sketch import Sketch, curve
from .spring_chain import SpringChain


@dataclass(frozen=True)
class Wave1D(SeparableSystem):
    r"""The transverse displacement u(x) of a stretched string, on a ring or between fixed ends.

    .. math:: H = \int \left( \frac{\pi^2}{2 \rho} + \frac{\rho c^2 u_x^2}{2} \right) dx \approx
        \sum_i \left( \frac{p_i^2}{2 \rho\, dx} + \frac{\rho c^2 (u_{i+1} - u_i)^2}{2\, dx} \right),
        \qquad p_i = \rho\, u_t(x_i)\, dx

    The momentum that is conjugate to the displacement of a point is its density times the spacing.
    So a string on a grid *is* a chain of masses :math:`\rho\,dx` on springs of the stiffness
    :math:`\rho c^2 / dx`, and waves :math:`e^{i k x}` have the frequencies

    .. math:: \omega_k = \frac{2 c}{dx} \sin \frac{k\, dx}{2},

    below :math:`c k`: short waves lag behind. Motions are made of the slowest waves, of which each
    has the same energy on average.

    Source:
        H. Goldstein, *Classical Mechanics*, 3rd ed., sections 13.1 and 13.4.

    Raises:
        ValueError: if there are too few points for the waves, a physical parameter or the range of
            amplitudes is not positive, or the boundary is unknown.
    """

    domain: ClassVar[str] = "field systems"

    points: int = 64
    """Number of points of the grid."""
    length: float = 1.0
    """Length of the string, in m."""
    wave_speed: float = 1.0
    """Speed c of long waves, in m/s."""
    density: float = 1.0
    """Mass rho per length, in kg/m."""
    boundary: str = "periodic"
    """What the ends are: joined to each other (periodic) or held (fixed)."""
    waves: int = 5
    """How many wavelengths training motions are made of: the longest ones that fit."""
    amplitude: Sequence[float] = (0.05, 0.15)
    """Range of the amplitudes, in m, of the longest wave if it had the whole energy."""

    def __post_init__(self) -> None:
        check_count(self, "points", 3, MOST, "points")
        check_count(self, "waves", 1, (self.points - 1) // 2, "waves")
        check_positive(self, length="m", wave_speed="m/s", density="kg/m")
        check_range(self, amplitude="m")
        Grid(self.points, self.length, self.boundary)  # which refuses boundaries that are unknown

    @property
    def grid(self) -> Grid:
        """The points of the string."""
        return Grid(self.points, self.length, self.boundary)

    @property
    def chain(self) -> SpringChain:
        """The masses and springs that the string is on its grid."""
        return _chain(self)

    @property
    def spec(self) -> StateSpec:
        """The displacements, in m, and their momenta, in kg m/s."""
        names = tuple(f"u{i + 1}" for i in range(self.points))
        return StateSpec(positions=names, angular=(False,) * self.points, alike=True)

    @property
    def known(self) -> Known:
        """Values of one field on a grid."""
        lattice = Lattice(self.points, self.chain.ends, self.grid.spacing)
        return replace(super().known, lattice=lattice)

    @property
    def masses(self) -> tuple[float, ...]:
        """The mass of a spacing, once a point."""
        return self.chain.masses

    @property
    def time_scale(self) -> float:
        """The period of the longest wave."""
        return self.chain.time_scale

    @property
    def energy_scale(self) -> float:
        """The largest energy of training motions."""
        return self.chain.energy_scale

    @property
    def modes(self) -> int:
        """Number of the normal modes in training motions: two for each wavelength of a ring."""
        return self.waves * (2 if self.boundary == "periodic" else 1)

    @property
    def training_motions(self) -> int:
        """150 for each normal mode that they are made of."""
        return MOTIONS_PER_DOF * self.modes

    @property
    def training_noise(self) -> float:
        """A thousandth: the second derivative makes twice the rates of noise of 5 %."""
        return 0.001

    def potential(self, q: Float[Tensor, "*batch dof"]) -> Float[Tensor, "*batch"]:
        """Return the energy of the tension, in J."""
        return self.chain.potential(q)

    def invariants(self, x: Float[Tensor, "*batch state"]) -> Mapping[str, Float[Tensor, "*batch"]]:
        """Return the energy of every wavelength of training motions, and the momentum of a ring."""
        energies = self.chain.mode_energies(x)
        if self.boundary == "periodic":
            energies = energies[..., 1 : self.modes + 1].unflatten(-1, (self.waves, 2)).sum(-1)
        each = energies[..., : self.waves].unbind(-1)
        _, p = split_state(x)
        momentum = {"momentum": p.sum(-1)} if self.boundary == "periodic" else {}
        return {**momentum, **{f"wave_{j + 1}": energy for j, energy in enumerate(each)}}

    def exact_flow(
        self, x0: Float[Tensor, "*batch state"], t: Float[Tensor, " time"]
    ) -> Float[Tensor, "time *batch state"]:
        """Return the motion of every normal mode."""
        return self.chain.exact_flow(x0, t)

    def sketch(self, x: Float[Tensor, "*batch state"]) -> Sketch:
        """Return the shape of the string, with its ends where they are held."""
        q, _ = split_state(x)
        places, axes = self.grid.places, ("x (m)", "u (m)")
        if self.boundary == "periodic":
            return curve(like(places, q), q, axes)
        end = torch.zeros_like(q[..., :1])
        shape = torch.cat((end, q, end), dim=-1)
        held = curve(like((0.0, *places, self.length), q), shape, axes)
        return held._replace(fixed=(0, self.points + 1))

    def sample_initial(
        self, count: int, generator: torch.Generator
    ) -> Float[Tensor, "count state"]:
        """Draw amplitudes uniformly in their range, hence energies, and waves that share them."""
        return self._sample(self.amplitude, count, generator)

    def sample_higher_energy(
        self, count: int, generator: torch.Generator
    ) -> Float[Tensor, "count state"]:
        """Draw amplitudes up to a quarter above the largest training amplitude."""
        return self._sample((self.amplitude[1], 1.25 * self.amplitude[1]), count, generator)

    def _sample(self, amplitude: Sequence[float], count: int, generator: torch.Generator) -> Tensor:
        share = uniform(amplitude, (count, 1), generator) / self.amplitude[1]
        directions = random_directions(count, 2 * self.modes, generator)
        return self.chain.waves(self.energy_scale**0.5 * share * directions)


@lru_cache(maxsize=64)
def _chain(string: Wave1D) -> SpringChain:
    spacing = string.grid.spacing
    return SpringChain(
        number=string.points,
        mass=string.density * spacing,
        stiffness=string.density * string.wave_speed**2 / spacing,
        amplitude=string.amplitude,
        boundary=string.boundary,
    )
