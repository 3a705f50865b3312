"""The focusing nonlinear Schroedinger equation."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

import torch
from jaxtyping import Float
from torch import Tensor

from ..mechanics.problem import Interaction
from ..mechanics.state import StateSpec, split_state
from .base import MOTIONS_PER_DOF
from .constants import like
from .grid import Grid, random_waves, resample
from .irregular import IrregularSystem
from .sampling import (
    check_count,
    check_fraction,
    check_positive,
    check_range,
    random_signs,
    uniform,
    within_energy,
)
from .sketch import Sketch, curve

TAIL = 5.0
"""How many lengths 1/a of a soliton must fit between its middle and the far side of the ring."""
SPECTRUM = 3.0
"""How many wave numbers a beyond that of its carrier a soliton must find on the grid."""
HIGHER = 1.25
"""How much above the largest energy of training the starts of higher energies may lie."""
WAVES = 2
"""How many wavelengths the disturbances of solitons are made of."""


@dataclass(frozen=True)
class NLS(IrregularSystem):
    r"""A field on a ring that draws itself together: light in a fibre, waves on deep water.

    .. math:: i \psi_t + \tfrac12 \psi_{xx} + |\psi|^2 \psi = 0, \qquad
        H = \int \left( \tfrac12 |\psi_x|^2 - \tfrac12 |\psi|^4 \right) dx, \qquad
        i \psi_t = \frac{\delta H}{\delta \psi^*}

    On a grid of the spacing dx the sum :math:`dx \sum_j` takes the place of the integral, and
    :math:`i\,dx\,\dot\psi_j = \partial H / \partial \psi_j^*` are Hamilton's equations of
    :math:`\psi_j = (q_j + i p_j) / \sqrt{2\,dx}`. A soliton keeps its shape:

    .. math:: \psi = \frac{a}{\cosh a (x - v t)}\, e^{i (v x + (a^2 - v^2) t / 2)}, \qquad
        N = 2 a, \quad P = 2 a v, \quad H = a v^2 - \tfrac13 a^3

    Derivatives are those of the Fourier series through the points. So is the fourth power, on a
    grid twice as fine, where the product of four waves is never mistaken for a longer one. Then H
    is that of the continuous field, for fields made of the waves that fit on the grid: it does not
    change if they are displaced by any distance, or if their phases are turned, and the momentum
    and the norm are conserved exactly, beside the energy. The number of points is odd, as the
    shortest wave of an even number cannot be displaced.

    H is not convex in p, for the fourth power has the other sign: there is no Lagrangian.

    Source:
        V. E. Zakharov, A. B. Shabat, Sov. Phys. JETP 34, 62 (1972); C. Sulem, P.-L. Sulem, *The
        Nonlinear Schroedinger Equation*, Springer 1999, sections 1.1 and 2.1.

    Raises:
        ValueError: if a parameter is out of range, or the grid cannot hold the solitons.
    """

    domain: ClassVar[str] = "field systems"

    points: int = 33
    """Number of points of the grid, 9 to 1023; odd."""
    disturbance: float = 0.1
    """Standard deviation of the relative disturbance of solitons at the start."""
    length: float = 16.0
    """Length of the ring, in natural units."""
    amplitude: Sequence[float] = (0.9, 1.2)
    """Range of the amplitudes a of solitons, also one over their lengths, in natural units."""
    energy: Sequence[float] = (0.1, 0.6)
    """Range of the energies of training motions, in natural units; at rest they are negative."""

    def __post_init__(self) -> None:
        check_count(self, "points", 9, 1023, "points")
        check_positive(self, length="units of length")
        check_fraction(self, disturbance="of the field")
        check_range(self, amplitude="per unit of length")
        check_range(self, energy="units of energy")
        if self.points % 2 == 0:
            raise ValueError(f"system.points must be odd; got {self.points} points.")
        longest = 2 * TAIL / self.amplitude[0]
        fastest = max(self.speed(a, HIGHER * self.energy[1]) for a in self.amplitude)
        # A soliton that is made higher by a small part gathers itself to one by twice that part.
        highest = self.amplitude[1] * (1 + 2 * self.disturbance)
        finest = math.pi / (fastest + SPECTRUM * highest)
        if longest > self.length or finest < self.grid.spacing:
            raise ValueError(
                f"system.length and system.points must hold the solitons: at least {longest:.4g} "
                f"units of length, in steps of at most {finest:.4g}; got {self.length} in steps of "
                f"{self.grid.spacing:.4g}."
            )

    @property
    def grid(self) -> Grid:
        """The points of the ring."""
        return Grid(self.points, self.length)

    @property
    def spec(self) -> StateSpec:
        """``sqrt(2 dx)`` times the real parts of the field, and of the imaginary ones as momenta.

        Their squares are actions, in natural units.
        """
        names = tuple(f"q{i + 1}" for i in range(self.points))
        return StateSpec(positions=names, angular=(False,) * self.points, alike=True)

    @property
    def time_unit(self) -> str:
        """None: natural units."""
        return ""

    @staticmethod
    def speed(amplitude: float, energy: float) -> float:
        """Return how fast a soliton of this amplitude and energy is, in natural units."""
        return math.sqrt(energy / amplitude + amplitude**2 / 3)

    @property
    def time_scale(self) -> float:
        """The period of the phase in the middle of the fastest soliton, ``4 pi / (a^2 + v^2)``."""
        a = self.amplitude[1]
        return 4 * math.pi / (a**2 + self.speed(a, self.energy[1]) ** 2)

    @property
    def energy_scale(self) -> float:
        """The largest energy of training motions."""
        return self.energy[1]

    @property
    def training_motions(self) -> int:
        """150 for each wave of the disturbance, and for the place and the phase of a soliton."""
        return MOTIONS_PER_DOF * (2 * WAVES + 2)

    def hamiltonian(
        self, x: Float[Tensor, "*batch state"], t: Tensor | None = None
    ) -> Float[Tensor, "*batch"]:
        """Return H, by sums over the grid and the one twice as fine."""
        q, p = split_state(x)
        slopes = self.grid.derivative(q).square() + self.grid.derivative(p).square()
        fine = resample(q, 2 * self.points).square() + resample(p, 2 * self.points).square()
        return slopes.sum(-1) / 4 - fine.square().sum(-1) / (16 * self.grid.spacing)

    def vector_field(
        self, x: Float[Tensor, "*batch state"], t: Tensor | None = None
    ) -> Float[Tensor, "*batch state"]:
        """Return ``psi_t = i psi_xx / 2 + i |psi|^2 psi``, less the waves that do not fit."""
        parts = x.unflatten(-1, (2, self.points))
        turned = self.grid.derivative(parts, 2) / 2 + self._focusing(parts)
        return torch.cat((-turned[..., 1, :], turned[..., 0, :]), dim=-1)

    def _focusing(
        self, parts: Float[Tensor, "*batch 2 points"]
    ) -> Float[Tensor, "*batch 2 points"]:
        """Return ``|psi|^2 psi`` less the waves that do not fit, in the units of the state."""
        fine = resample(parts, 2 * self.points)
        square = fine.square().sum(-2, keepdim=True) / (2 * self.grid.spacing)
        return resample(square * fine, self.points)

    def interaction(self) -> Interaction:
        """Return the amplitudes of the modes, each turning as it would alone.

        Short waves turn fastest, and are the smallest: without this, they would set the steps.
        """
        waves = torch.fft.fftfreq(self.points, 1 / self.points, dtype=torch.float64)
        pace = (2 * math.pi / self.length * waves).square() / 2

        def field(t: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
            angle = t.unsqueeze(-1) * pace
            turn = torch.complex(angle.cos(), -angle.sin())
            modes = turn * torch.view_as_complex(y.unflatten(-1, (-1, 2)))
            return turn, torch.view_as_real(torch.fft.ifft(modes, norm="forward")).mT

        def rate(t: Tensor, y: Tensor) -> Tensor:
            turn, parts = field(t, y)
            bent = torch.complex(*self._focusing(parts).unbind(-2))
            modes = torch.fft.fft(bent, norm="forward") * turn.conj()
            return torch.view_as_real(1j * modes).flatten(-2)

        def enter(x: Tensor) -> Tensor:
            modes = torch.fft.fft(torch.complex(*split_state(x)), norm="forward")
            return torch.view_as_real(modes).flatten(-2)

        return Interaction(rate, enter, lambda t, y: field(t, y)[1].flatten(-2))

    def invariants(self, x: Float[Tensor, "*batch state"]) -> Mapping[str, Float[Tensor, "*batch"]]:
        """Return the norm ``int |psi|^2 dx`` and the momentum ``int Im(psi* psi_x) dx``."""
        q, p = split_state(x)
        return {
            "norm": x.square().sum(-1) / 2,
            "momentum": (q * self.grid.derivative(p)).sum(-1),
        }

    def state(self, psi: Tensor) -> Float[Tensor, "*batch state"]:
        """Return ``(q, p)`` of a complex field ``[*batch, points]``."""
        return math.sqrt(2 * self.grid.spacing) * torch.cat((psi.real, psi.imag), dim=-1)

    def psi(self, x: Float[Tensor, "*batch state"]) -> Tensor:
        """Return the field, complex ``[*batch, points]``."""
        return torch.complex(*split_state(x)) / math.sqrt(2 * self.grid.spacing)

    def soliton(
        self,
        amplitude: Float[Tensor, "*#batch 1"],
        speed: Float[Tensor, "*#batch 1"],
        place: Float[Tensor, "*#batch 1"],
        phase: Float[Tensor, "*#batch 1"],
    ) -> Tensor:
        """Return solitons about their places on the ring, complex ``[*batch, points]``."""
        at = like(self.grid.places, place) - place
        at = at - self.length * (at / self.length).round()
        angle = speed * at + phase
        return amplitude / (amplitude * at).cosh() * torch.complex(angle.cos(), angle.sin())

    def sketch(self, x: Float[Tensor, "*batch state"]) -> Sketch:
        """Return the density ``|psi|^2`` over the ring."""
        density = self.psi(x).abs().square()
        return curve(like(self.grid.places, x), density, ("x", "density"))

    def sample_initial(
        self, count: int, generator: torch.Generator
    ) -> Float[Tensor, "count state"]:
        """Draw solitons whose shapes are disturbed, with energies that lie evenly in the range.

        The disturbance sends waves out and lets the rest swing; the speed makes up the energy.
        """
        return self._sample(self.energy, count, generator)

    def sample_higher_energy(
        self, count: int, generator: torch.Generator
    ) -> Float[Tensor, "count state"]:
        """Draw solitons of up to a quarter more energy than the largest of training."""
        return self._sample((self.energy[1], HIGHER * self.energy[1]), count, generator)

    def _sample(self, energy: Sequence[float], count: int, generator: torch.Generator) -> Tensor:
        one = (count, 1)
        level, amplitude = (uniform(bounds, one, generator) for bounds in (energy, self.amplitude))
        place, phase = (uniform((0, top), one, generator) for top in (self.length, 2 * math.pi))
        rough = self.disturbance * random_waves(self.grid, WAVES, count, generator)

        def moving(change: Tensor, speed: Tensor) -> Tensor:
            return self.state((1 + change) * self.soliton(amplitude, speed, place, phase))

        def drift(change: Tensor) -> tuple[Tensor, Tensor, Tensor]:
            """Return the norm of what moves with no carrier, its mean speed and its energy."""
            x = moving(change, 0 * place)
            values = self.invariants(x)
            norm = values["norm"].unsqueeze(-1)
            return norm, values["momentum"].unsqueeze(-1) / norm, self.hamiltonian(x).unsqueeze(-1)

        def cost(change: Tensor) -> Tensor:
            """Return the energy in the frame in which the field has no momentum."""
            norm, speed, value = drift(change)
            return value - norm * speed.square() / 2

        change, left = within_energy(rough, level, cost)
        norm, speed, _ = drift(change)
        faster = random_signs(one, generator) * (2 * left / norm).sqrt() - speed
        return moving(change, faster)
