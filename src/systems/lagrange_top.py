"""A spinning top on a fixed point."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

import torch
from jaxtyping import Float
from torch import Tensor

from ..mechanics.state import StateSpec, split_state
from .natural import NaturalSystem
from .sampling import check_positive, check_range, uniform
from .sketch import Sketch

POLES = (0.2, 2.9)
"""Range of the tilt, in rad, that motions stay within: at the poles the other angles have no
meaning, and the mass matrix no inverse."""
ELEVATION = 0.35
"""How far above the horizon, in rad, the sketch looks down on the top from."""


@dataclass(frozen=True)
class LagrangeTop(NaturalSystem):
    r"""A symmetric top that spins about its axis, whose foot stands on a fixed point.

    .. math:: L = \frac{I_1}{2} (\dot\theta^2 + \dot\varphi^2 \sin^2\theta)
        + \frac{I_3}{2} (\dot\psi + \dot\varphi \cos\theta)^2 - M g l \cos\theta

    Tilt :math:`\theta` from the vertical, precession :math:`\varphi` about it and spin
    :math:`\psi` about the axis are Euler's angles; only the first has a force, and
    :math:`p_\psi = I_3 \omega_3` and :math:`p_\varphi` are conserved. At a constant tilt the top
    precesses at a root of

    .. math:: I_1 \Omega^2 \cos\theta - I_3 \omega_3 \Omega + M g l = 0,

    the slow one of which is near :math:`M g l / I_3 \omega_3` if the spin is fast. Else the axis
    nods, nearly with the frequency :math:`I_3 \omega_3 / I_1`.

    Source:
        H. Goldstein, *Classical Mechanics*, 3rd ed., section 5.7, eqs. (5.52) to (5.54) and (5.77).

    Raises:
        ValueError: if a parameter is out of range, or the top would nod to a pole.
    """

    domain: ClassVar[str] = "mechanical engineering"

    inertia_1: float = 0.01
    """Moment of inertia I_1 about an axis through the foot at right angles to that of the top, in
    kg m^2."""
    inertia_3: float = 0.02
    """Moment of inertia I_3 about the axis of the top, in kg m^2."""
    weight: float = 0.5
    """Torque M g l of the weight on the top if it lies, in J."""
    spin: Sequence[float] = (30.0, 60.0)
    """Range of the spins omega_3 about the axis of the top in training motions, in rad/s."""
    tilt: Sequence[float] = (0.8, 1.8)
    """Range of the tilts at which training motions start, in rad."""
    nutation: Sequence[float] = (0.05, 0.2)
    """Range of the radii, in rad, of the circles about which the axis would nod without weight."""

    def __post_init__(self) -> None:
        check_positive(self, inertia_1="kg m^2", inertia_3="kg m^2", weight="J")
        check_range(self, spin="rad/s")
        check_range(self, tilt="rad")
        check_range(self, nutation="rad")
        low, high = self.tilt[0] - self.swing, self.tilt[1] + self.swing
        if not POLES[0] < low < high < POLES[1]:
            raise ValueError(
                f"system.tilt must keep {self.swing:.4g} rad, how far the top may nod, away from "
                f"{POLES[0]} and {POLES[1]} rad; got {list(self.tilt)} rad. Use smaller "
                f"system.nutation, or a faster system.spin."
            )

    @property
    def spec(self) -> StateSpec:
        """Tilt, precession and spin, in rad, and their momenta, in kg m^2/s."""
        return StateSpec(positions=("theta", "phi", "psi"), angular=(True, True, True))

    @property
    def swing(self) -> float:
        r"""How far the tilt may come from where it starts, in rad.

        Without weight the axis runs around a circle of the given radius. With it, a top that is
        released at rest falls by :math:`2 I_1 M g l \sin\theta / p_\psi^2`, and is taken to do so
        wherever it starts from.

        Source:
            Goldstein, eq. (5.72).
        """
        fall = 2 * self.inertia_1 * self.weight / (self.inertia_3 * self.spin[0]) ** 2
        return 2 * self.nutation[1] + fall

    @property
    def time_scale(self) -> float:
        """The period of the fastest nutation, which samples must resolve."""
        return 2 * math.pi * self.inertia_1 / (self.inertia_3 * self.spin[1])

    @property
    def training_horizon(self) -> float:
        """Two periods of the slowest nutation."""
        return 2 * self.time_scale * self.spin[1] / self.spin[0]

    @property
    def energy_scale(self) -> float:
        """The energy of the fastest spin."""
        return self.inertia_3 * self.spin[1] ** 2 / 2

    def mass_matrix(self, q: Float[Tensor, "*batch dof"]) -> Float[Tensor, "*batch dof dof"]:
        """Return M, whose determinant ``I1^2 I3 sin^2 theta`` vanishes at the poles."""
        cos, sin = q[..., 0].cos(), q[..., 0].sin()
        zero, one = torch.zeros_like(cos), torch.ones_like(cos)
        tilting = torch.stack((self.inertia_1 * one, zero, zero), dim=-1)
        about = self.inertia_1 * sin.square() + self.inertia_3 * cos.square()
        precessing = torch.stack((zero, about, self.inertia_3 * cos), dim=-1)
        spinning = torch.stack((zero, self.inertia_3 * cos, self.inertia_3 * one), dim=-1)
        return torch.stack((tilting, precessing, spinning), dim=-2)

    def potential(self, q: Float[Tensor, "*batch dof"]) -> Float[Tensor, "*batch"]:
        """Return ``M g l cos theta``."""
        return self.weight * q[..., 0].cos()

    def to_velocity(self, x: Float[Tensor, "*batch state"]) -> Float[Tensor, "*batch state"]:
        """Return ``(q, M^-1 p)``, in closed form."""
        theta, _, _, p_theta, p_phi, p_psi = x.unbind(-1)
        cos = theta.cos()
        precession = (p_phi - p_psi * cos) / (self.inertia_1 * theta.sin().square())
        spin = p_psi / self.inertia_3 - precession * cos
        v = torch.stack((p_theta / self.inertia_1, precession, spin), dim=-1)
        return torch.cat((split_state(x)[0], v), dim=-1)

    def vector_field(
        self, x: Float[Tensor, "*batch state"], t: Tensor | None = None
    ) -> Float[Tensor, "*batch state"]:
        """Return the velocities, and the one force there is."""
        _, v = split_state(self.to_velocity(x))
        theta, p_psi, precession = x[..., 0], x[..., 5], v[..., 1]
        turned = self.inertia_1 * precession.square() * theta.cos() - p_psi * precession
        force = (turned + self.weight) * theta.sin()
        none = torch.zeros_like(force)
        return torch.cat((v, torch.stack((force, none, none), dim=-1)), dim=-1)

    def invariants(self, x: Float[Tensor, "*batch state"]) -> Mapping[str, Float[Tensor, "*batch"]]:
        """Return the angular momenta about the vertical and about the axis of the top."""
        return {"p_phi": x[..., 4], "p_psi": x[..., 5]}

    def steady_precession(self, tilt: float, spin: float) -> float:
        """Return the slow precession Omega at which the tilt stays, in rad/s.

        Raises:
            ValueError: if the top is too slow for this tilt.
        """
        p_psi = self.inertia_3 * spin
        root = p_psi**2 - 4 * self.inertia_1 * self.weight * math.cos(tilt)
        if root < 0:
            raise ValueError(
                f"a top with this tilt, {tilt} rad, must spin faster to precess steadily; "
                f"got {spin} rad/s."
            )
        return 2 * self.weight / (p_psi + math.sqrt(root))

    def sketch(self, x: Float[Tensor, "*batch state"]) -> Sketch:
        """Return the axis from its foot to its tip, one unit away, seen from the side and above."""
        tilt, precession = x[..., 0], x[..., 1]
        right, away = tilt.sin() * precession.cos(), tilt.sin() * precession.sin()
        up = math.cos(ELEVATION) * tilt.cos() + math.sin(ELEVATION) * away
        tip = torch.stack((right, up), dim=-1)
        points = torch.stack((torch.zeros_like(tip), tip), dim=-2)
        return Sketch(points, ((0, 1),), fixed=(0,), axes=("sideways", "upwards"))

    def sample_initial(
        self, count: int, generator: torch.Generator
    ) -> Float[Tensor, "count state"]:
        """Draw spins, tilts and radii of nutation in their ranges, and everything else evenly."""
        return self._sample(self.spin, count, generator)

    def sample_higher_energy(
        self, count: int, generator: torch.Generator
    ) -> Float[Tensor, "count state"]:
        """Draw spins of up to a quarter more than the largest of training."""
        return self._sample((self.spin[1], 1.25 * self.spin[1]), count, generator)

    def _sample(self, spin: Sequence[float], count: int, generator: torch.Generator) -> Tensor:
        p_psi = self.inertia_3 * uniform(spin, (count,), generator)
        tilt, radius = (
            uniform(bounds, (count,), generator) for bounds in (self.tilt, self.nutation)
        )
        turn = (-math.pi, math.pi)
        phi, psi, way = (uniform(turn, (count,), generator) for _ in range(3))
        # Without weight the axis goes round the angular momentum, at this angle to it.
        across = p_psi * radius.tan()
        p_phi = p_psi * tilt.cos() + across * way.sin() * tilt.sin()
        return torch.stack((tilt, phi, psi, across * way.cos(), p_phi, p_psi), dim=-1)
