"""A ball that a magnet holds in the air."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from ..mechanics.state import StateSpec
from .constants import like
from .port_poisson import PortPoissonSystem
from .sampling import check_fraction, check_not_negative, check_positive, uniform
from .sketch import Sketch

HIGHER = 1.5
"""How much farther than in training the starts of higher energies may lie from the balance."""


@dataclass(frozen=True)
class Maglev(PortPoissonSystem):
    r"""An iron ball below an electromagnet: height q, momentum p, and flux of the coil.

    .. math:: H = \frac{p^2}{2m} + m g q + \frac{\phi^2 (c - q)}{2k}, \qquad
        \dot q = \frac{p}{m}, \quad \dot p = \frac{\phi^2}{2k} - m g, \quad
        \dot\phi = -R\,i + u, \quad i = \frac{\phi (c - q)}{k}

    with the inductance :math:`k/(c - q)` of the coil. The flux has no partner, so that states are
    three numbers and no pairs. The ball floats at q = 0 with the flux
    :math:`\phi^* = \sqrt{2 k m g}`, and the voltage u of the coil then feeds its resistance alone.
    The balance is unstable: without feedback (``signal=linear_quadratic``) the ball falls, or
    sticks to the magnet.

    Source:
        R. Ortega, A. van der Schaft, I. Mareels, B. Maschke, *Putting energy back in control*, IEEE
        Control Systems 21 (2001), no. 2, 18-33, the example of a levitated ball.

    Raises:
        ValueError: if the mass, the gap, the magnet's strength or gravity is not positive, the
            resistance is negative, or the spread does not lie between 0 and 1.
    """

    domain: ClassVar[str] = "control"

    mass: float = 0.1
    """Mass m of the ball, in kg."""
    gap: float = 0.01
    """Distance c from the place of the balance up to the magnet, in m."""
    strength: float = 1e-4
    """Inductance k of the coil times the distance of the ball, in H m."""
    resistance: float = 2.5
    """Resistance R of the coil, in ohm."""
    gravity: float = 9.81
    """Acceleration g, in m/s^2."""
    spread: float = 0.2
    """How far from the balance training motions start, as a fraction of the gap and of the flux."""

    def __post_init__(self) -> None:
        check_positive(self, mass="kg", gap="m", strength="H m", gravity="m/s^2")
        check_not_negative(self, resistance="ohm")
        check_fraction(self, spread="of the gap and of the flux")

    @property
    def spec(self) -> StateSpec:
        """Height, in m, momentum, in kg m/s, and flux, in Wb; the voltage, in V."""
        return StateSpec(
            ("q", "p", "phi"), (False,) * 3, coordinates="poisson", inputs=("voltage",)
        )

    @property
    def flux(self) -> float:
        """The flux at which the magnet carries the ball, in Wb."""
        return math.sqrt(2 * self.strength * self.mass * self.gravity)

    @property
    def current(self) -> float:
        """The current of the coil in balance, in A."""
        return self.flux * self.gap / self.strength

    @property
    def balance(self) -> tuple[tuple[float, ...], tuple[float, ...]]:
        """The ball floats at rest, and the voltage feeds the resistance."""
        return (0.0, 0.0, self.flux), (self.resistance * self.current,)

    @property
    def growth(self) -> float:
        r"""The rate, in 1/s, at which a small deviation grows that no feedback corrects.

        The positive root of :math:`\lambda^2 (\lambda + R c/k) = 2 R g / k`.
        """
        decay = self.resistance * self.gap / self.strength
        roots = np.roots([1, decay, 0, -2 * self.resistance * self.gravity / self.strength])
        return float(roots[np.isreal(roots) & (roots.real >= 0)].real.max())

    @property
    def time_scale(self) -> float:
        """What a period would be at the rate of free fall through the gap."""
        return 2 * math.pi / math.sqrt(2 * self.gravity / self.gap)

    @property
    def energy_scale(self) -> float:
        """The energy of the balance, all of it in the coil."""
        return self.mass * self.gravity * self.gap

    @property
    def frictionless(self) -> bool:
        """Whether the coil has no resistance."""
        return self.resistance == 0

    @property
    def input_scale(self) -> tuple[float, ...]:
        """The voltage of the coil in balance, as if its resistance were at least an ohm, in V."""
        return (max(self.resistance, 1.0) * self.current,)

    def hamiltonian(
        self, x: Float[Tensor, "*batch state"], t: Tensor | None = None
    ) -> Float[Tensor, "*batch"]:
        """Return the energies of motion, of height and of the coil."""
        q, p, flux = x.unbind(-1)
        coil = flux.square() * (self.gap - q) / (2 * self.strength)
        return p.square() / (2 * self.mass) + self.mass * self.gravity * q + coil

    def efforts(self, x: Float[Tensor, "*batch state"]) -> Float[Tensor, "*batch state"]:
        """Return minus the force on the ball, its velocity, and the current."""
        q, p, flux = x.unbind(-1)
        pull = flux.square() / (2 * self.strength)
        current = flux * (self.gap - q) / self.strength
        return torch.stack((self.mass * self.gravity - pull, p / self.mass, current), dim=-1)

    def structure(self, x: Float[Tensor, "*batch state"]) -> Float[Tensor, "*batch state state"]:
        """Return the constant J: height and momentum are a pair, the flux has no partner."""
        flat = like((0.0, 1.0, 0.0, -1.0, 0.0, 0.0, 0.0, 0.0, 0.0), x)
        return flat.reshape(3, 3).expand(*x.shape, 3)

    def vector_field(
        self, x: Float[Tensor, "*batch state"], t: Tensor | None = None
    ) -> Float[Tensor, "*batch state"]:
        """Return the motion of the ball at constant flux."""
        down, velocity, current = self.efforts(x).unbind(-1)
        return torch.stack((velocity, -down, torch.zeros_like(current)), dim=-1)

    def dissipation(self, x: Float[Tensor, "*batch state"]) -> Float[Tensor, "*batch state state"]:
        """Return R: the resistance of the coil."""
        return torch.diag(like((0.0, 0.0, self.resistance), x)).expand(*x.shape, 3)

    def actuation(
        self, x: Float[Tensor, "*batch state"], u: Float[Tensor, "*batch inputs"]
    ) -> Float[Tensor, "*batch state"]:
        """Return the voltage as a rate of the flux."""
        still = torch.zeros_like(u)
        return torch.cat((still, still, u), dim=-1)

    def casimirs(self, x: Float[Tensor, "*batch state"]) -> Mapping[str, Float[Tensor, "*batch"]]:
        """Return the flux: constant in a coil without resistance."""
        return {"flux": x[..., 2]}

    def sketch(self, x: Float[Tensor, "*batch state"]) -> Sketch:
        """Return the ball below the face of the magnet."""
        q, level = x[..., 0], torch.zeros_like(x[..., 0])
        ball = torch.stack((level, q), dim=-1).unsqueeze(-2)
        ends = x.new_tensor([[-self.gap / 2, self.gap], [self.gap / 2, self.gap]])
        magnet = ends.expand(*q.shape, 2, 2)
        points = torch.cat((magnet, ball), dim=-2)
        return Sketch(points, links=((0, 1),), fixed=(0, 1), trails=False)

    def sample_initial(
        self, count: int, generator: torch.Generator
    ) -> Float[Tensor, "count state"]:
        """Draw height, velocity and flux uniformly about the balance."""
        return self._placed(self.spread * uniform((-1, 1), (count, 3), generator))

    def sample_higher_energy(
        self, count: int, generator: torch.Generator
    ) -> Float[Tensor, "count state"]:
        """Draw lower balls and stronger fluxes: both mean more energy in the coil."""
        ways = torch.tensor([-1.0, 1.0, 1.0], dtype=torch.float64)
        return self._placed(self.spread * ways * uniform((1, HIGHER), (count, 3), generator))

    def _placed(self, parts: Tensor) -> Tensor:
        """Return the balance, moved by fractions of the gap, of its speed of fall and of flux."""
        fall = 2 * math.pi * self.gap / self.time_scale
        units = like((self.gap, self.mass * fall, self.flux), parts)
        return like(self.balance[0], parts) + units * parts
