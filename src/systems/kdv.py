"""Long waves on shallow water: the equation of Korteweg and de Vries."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

import torch
from jaxtyping import Complex, Float
from torch import Tensor

from ..mechanics.known import Known, Lattice
from ..mechanics.problem import Interaction
from ..mechanics.state import StateSpec
from .constants import like
from .grid import Grid
from .poisson import PoissonSystem
from .sampling import check_below_one, check_count, check_positive, check_range, uniform
from .sketch import Sketch, curve

RIPPLES = (1, 8)
"""The first and the last mode of the ripples that starts have beside their solitons."""
HIGHER = (0.1, 0.8)
"""Range of the energies of starts of higher energy, in energy scales."""
TAIL, BAND = 20.0, 3.0
"""Least length of the line, and largest wave number, in widths of the slowest soliton and in
inverse ones of the fastest, ``1 / sqrt(c)``."""


@dataclass(frozen=True)
class KdV(PoissonSystem):
    r"""Waves u(x, t) on a ring that steepen and disperse, and solitons, which do neither.

    .. math:: \frac{\partial u}{\partial t} = \frac{\partial}{\partial x} \frac{\delta H}{\delta u},
        \qquad H = \int \tfrac12 u_x^2 - u^3 \, dx, \qquad u_t + 6 u u_x + u_{xxx} = 0

    in natural units. The structure is :math:`J = \partial_x`: there are no pairs (q, p), and its
    kernel, the constants, makes the mass :math:`\int u` a Casimir function. The state holds u on an
    odd number of places; H is the exact energy of the Fourier series through them, the integral of
    the cube too, and the derivative that of the series (of an even number the highest mode would
    lie in the kernel as well). H is then invariant under every shift of the waves, which the
    momentum :math:`\int u^2` generates: it is conserved exactly, and not up to aliasing, for every
    state. The infinitely many other invariants of the equation are not.

    A soliton of speed c is :math:`\tfrac c2 \operatorname{sech}^2(\tfrac{\sqrt c}2 (x - ct))`, with
    the mass :math:`2 \sqrt c`, the momentum :math:`\tfrac23 c^{3/2}` and the energy
    :math:`-\tfrac15 c^{5/2}`: training starts, one soliton or two, have negative energies. Turned
    upside down it is no soliton, has the energy :math:`\tfrac13 c^{5/2}`, and falls apart into
    ripples: such troughs are the starts of higher energy.

    Source:
        C. S. Gardner, *Korteweg-de Vries equation and generalizations IV*, J. Math. Phys. 12,
        1548 (1971), eq. (1.2) to (1.4); P. G. Drazin, R. S. Johnson, *Solitons: an Introduction*,
        1989, eq. (1.9) (the equation with this sign and scale) and section 2.2 (the soliton).

    Raises:
        ValueError: if a parameter is out of range, the number of points is even, or solitons do not
            fit on the line or between its points.
    """

    domain: ClassVar[str] = "field systems"

    points: int = 65
    """Number of places, 33 to 513; odd."""
    length: float = 40.0
    """Length of the ring, in natural units."""
    speed: Sequence[float] = (0.5, 1.5)
    """Range of the speeds of solitons in training starts, in natural units."""
    ripple: float = 0.1
    """Height of the ripples in training starts, over that of the slowest soliton."""

    def __post_init__(self) -> None:
        check_count(self, "points", 33, 513, "points")
        check_positive(self, length="units of length")
        check_range(self, speed="units of length per unit of time")
        check_below_one(self, ripple="of the height of the slowest soliton")
        if self.points % 2 == 0:
            raise ValueError(f"system.points must be odd; got {self.points} points.")
        slow, fast = self.speed
        if self.length * slow**0.5 < TAIL:
            raise ValueError(
                f"system.length must be at least {TAIL:g} / sqrt({slow:g}) = "
                f"{TAIL / slow**0.5:.3g} for solitons of that speed to end before they begin; "
                f"got {self.length} units of length."
            )
        highest = float(self.grid.wave_numbers(torch.ones(1).double())[-1])
        if highest < BAND * fast**0.5:
            raise ValueError(
                f"system.points must give waves of wave number {BAND:g} sqrt({fast:g}) = "
                f"{BAND * fast**0.5:.3g} two places each, for solitons of that speed; got "
                f"{self.points} points, up to {highest:.3g}."
            )

    @property
    def grid(self) -> Grid:
        """The places."""
        return Grid(self.points, self.length)

    @property
    def spec(self) -> StateSpec:
        """The height of the wave at each place, in natural units."""
        names = tuple(f"u{i + 1}" for i in range(self.points))
        return StateSpec(names, (False,) * self.points, coordinates="poisson", alike=True)

    @property
    def known(self) -> Known:
        """The ring, beside the brackets."""
        lattice = Lattice(self.points, "periodic", self.grid.spacing)
        return replace(super().known, lattice=lattice)

    @property
    def time_unit(self) -> str:
        """Natural units."""
        return ""

    @property
    def time_scale(self) -> float:
        """How long the fastest soliton takes to move by its width, ``4 / sqrt(c)``."""
        return 4 / float(self.speed[1]) ** 1.5

    @property
    def training_horizon(self) -> float:
        """One time scale: rollouts then see a soliton half around the ring."""
        return self.time_scale

    @property
    def training_motions(self) -> int:
        """As many places as there are, one motion shows them all."""
        return 300

    @property
    def training_noise(self) -> float:
        """A thousandth: the third derivative makes twenty times the rates of noise of 5 %."""
        return 0.001

    @property
    def energy_scale(self) -> float:
        """The size of the energy of the fastest soliton."""
        return float(self.speed[1]) ** 2.5 / 5

    def hamiltonian(
        self, x: Float[Tensor, "*batch state"], t: Tensor | None = None
    ) -> Float[Tensor, "*batch"]:
        """Return the integral of ``u_x^2 / 2 - u^3`` of the Fourier series."""
        steep = self.grid.derivative(x).square().mean(-1) / 2
        return self.length * (steep - self._fine(torch.fft.rfft(x, norm="forward")).pow(3).mean(-1))

    def structure(self, x: Float[Tensor, "*batch state"]) -> Float[Tensor, "*batch state state"]:
        """Return the matrix of the derivative, over the spacing.

        For ``dH/du_i`` is the spacing times the variational derivative.
        """
        columns = self.grid.derivative(torch.eye(self.points, dtype=x.dtype, device=x.device))
        return (columns.mT / self.grid.spacing).expand(*x.shape, self.points)

    def vector_field(
        self, x: Float[Tensor, "*batch state"], t: Tensor | None = None
    ) -> Float[Tensor, "*batch state"]:
        """Return ``-u_xxx - 3 (u^2)_x``."""
        modes = torch.fft.rfft(x, norm="forward")
        k = self.grid.wave_numbers(x)
        rate = 1j * k**3 * modes + self._steepening(modes, k)
        return torch.fft.irfft(rate, n=self.points, norm="forward")

    def casimirs(self, x: Float[Tensor, "*batch state"]) -> Mapping[str, Float[Tensor, "*batch"]]:
        """Return the mass, the integral of u."""
        return {"mass": self.grid.spacing * x.sum(-1)}

    def invariants(self, x: Float[Tensor, "*batch state"]) -> Mapping[str, Float[Tensor, "*batch"]]:
        """Return the mass, and the momentum: the integral of ``u^2``."""
        return {**self.casimirs(x), "momentum": self.grid.spacing * x.square().sum(-1)}

    def interaction(self) -> Interaction:
        """Return the amplitudes of the modes, each turning with its own wave.

        Short waves turn fastest, and are the smallest: without this, they would set the steps.
        """
        k = self.grid.wave_numbers(torch.ones(1, dtype=torch.float64))

        def turned(t: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
            angle = t.unsqueeze(-1) * k**3
            turn = torch.complex(angle.cos(), angle.sin())
            return turn, turn * torch.view_as_complex(y.unflatten(-1, (-1, 2)))

        def rate(t: Tensor, y: Tensor) -> Tensor:
            turn, modes = turned(t, y)
            return torch.view_as_real(self._steepening(modes, k) * turn.conj()).flatten(-2)

        def leave(t: Tensor, y: Tensor) -> Tensor:
            return torch.fft.irfft(turned(t, y)[1], n=self.points, norm="forward")

        return Interaction(
            rate, lambda x: torch.view_as_real(torch.fft.rfft(x, norm="forward")).flatten(-2), leave
        )

    def _fine(self, modes: Complex[Tensor, "*batch modes"]) -> Float[Tensor, "*batch fine"]:
        """Return u where its cube has an exact integral, and its square exact modes: no aliasing.

        Products of three waves must not look like constants: more than three points per wave.
        """
        count = 4 * (3 * (self.points // 2) // 4 + 1)
        return torch.fft.irfft(modes, n=count, norm="forward")

    def _steepening(self, modes: Tensor, k: Tensor) -> Tensor:
        """Return the modes of ``-3 (u^2)_x``."""
        square = torch.fft.rfft(self._fine(modes).square(), norm="forward")
        return -3j * k * square[..., : len(k)]

    def soliton(
        self, x: Float[Tensor, "*#batch points"], speed: Float[Tensor, "*#batch #points"]
    ) -> Float[Tensor, "*batch points"]:
        """Return the soliton at distances ``x`` from its crest, the shorter way round."""
        nearest = torch.remainder(x + self.length / 2, self.length) - self.length / 2
        return speed / 2 / (speed.sqrt() / 2 * nearest).cosh().square()

    def sketch(self, x: Float[Tensor, "*batch state"]) -> Sketch:
        """Return the wave along the ring, cut open."""
        return curve(like(self.grid.places, x), x, ("x", "u"))

    def sample_initial(
        self, count: int, generator: torch.Generator
    ) -> Float[Tensor, "count state"]:
        """Draw one soliton or two, with a small ripple."""
        x = like(self.grid.places, torch.ones(1, dtype=torch.float64))
        place = uniform((0.0, self.length), (count, 1), generator)
        apart = uniform((self.length / 4, 3 * self.length / 4), (count, 1), generator)
        speeds = uniform(self.speed, (2, count, 1), generator)
        both = uniform((0.0, 1.0), (count, 1), generator) < 0.5
        waves = self.soliton(x - place, speeds[0])
        waves = waves + both * self.soliton(x - place - apart, speeds[1])
        return waves + self._ripples(count, generator)

    def sample_higher_energy(
        self, count: int, generator: torch.Generator
    ) -> Float[Tensor, "count state"]:
        """Draw a trough, with a small ripple: a soliton upside down has a positive energy."""
        x = like(self.grid.places, torch.ones(1, dtype=torch.float64))
        place = uniform((0.0, self.length), (count, 1), generator)
        energy = self.energy_scale * uniform(HIGHER, (count, 1), generator)
        return self._ripples(count, generator) - self.soliton(x - place, (3 * energy) ** 0.4)

    def _ripples(self, count: int, generator: torch.Generator) -> Tensor:
        """Draw waves of a few lengths with any phases, of the height of the ripples."""
        low, high = RIPPLES
        modes = torch.zeros(count, self.points // 2 + 1, dtype=torch.complex128)
        draws = torch.randn(count, high + 1 - low, 2, generator=generator, dtype=torch.float64)
        modes[:, low : high + 1] = torch.view_as_complex(draws)
        waves = torch.fft.irfft(modes, n=self.points, norm="forward")
        height = self.ripple * float(self.speed[0]) / 2
        return height * waves / waves.abs().amax(-1, keepdim=True)
