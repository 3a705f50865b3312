"""The swinging leg of a walker, from hip to foot."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar

import torch
from jaxtyping import Float
from torch import Tensor

from ..mechanics.state import StateSpec, split_state
from .constants import like
from .planar_links import PlanarLinks, two_link_field
from .ports import PortSystem
from .sampling import check_not_negative, check_positive, is_positive, uniform
from .sketch import Sketch, chain, hanging


@dataclass(frozen=True)
class SwingLeg(PortSystem, PlanarLinks):
    r"""Thigh, and shank with foot, hanging from a hip at rest; angles to the downward vertical.

    .. math::
        M = \begin{pmatrix} I_t + m_t c_t^2 + m_s l_t^2 & m_s l_t c_s \cos(\theta_t - \theta_s) \\
            \cdot & I_s + m_s c_s^2 \end{pmatrix}, \qquad
        V = (m_t c_t + m_s l_t)\, g\, (1 - \cos\theta_t) + m_s c_s\, g\, (1 - \cos\theta_s)
            + \tau\delta\, e^{-(\theta_t - \theta_s)/\delta}

    Masses, lengths and radii of gyration are the usual shares of the mass and the height of a body.
    Muscles act by torques at hip and knee, :math:`G = ((1, 0)^T, (-1, 1)^T)`. Ligaments stop the
    knee near full extension: their moment :math:`\tau e^{-\varphi/\delta}` over the flexion
    :math:`\varphi = \theta_t - \theta_s` is smooth and stores energy; ``stop=0`` leaves it out.
    A prosthesis is a shank of another mass, centre of mass or inertia.

    Source:
        D. A. Winter, *Biomechanics and Motor Control of Human Movement*, 4th ed., table 4.1 and
        figure 4.1; the stop: R. Riener, T. Edrich, *Identification of passive elastic joint moments
        in the lower extremities*, J. Biomech. 32 (1999) 539-544, the last exponential of the knee,
        exp(2.220 - 0.150 flexion / deg) N m.

    Raises:
        ValueError: if a mass, a length, gravity or a largest angle is not positive, or the damping
            or the stop is negative.
    """

    domain: ClassVar[str] = "biomechanics"

    body_mass: float = 75.0
    """Mass of the whole body, in kg."""
    height: float = 1.75
    """Height of the body, in m."""
    gravity: float = 9.81
    """Acceleration g, in m/s^2."""
    shank_mass: float | None = None
    """Mass of shank and foot, in kg; None for the natural one."""
    shank_com: float | None = None
    """Distance of their centre of mass from the knee, in m; None for the natural one."""
    shank_inertia: float | None = None
    """Their moment of inertia about it, in kg m^2; None for that of a natural shape."""
    damping: float = 0.0
    """Coefficient of the damper in the knee, in N m s."""
    stop: float = 9.2
    """Moment tau of the ligaments at full extension of the knee, in N m; 0 for none."""
    stop_range: float = 0.116
    """Flexion delta over which that moment falls to 1/e, in rad."""
    extension: float = 0.5
    """Largest angle of the thigh backwards from which training motions start at rest, in rad."""
    flexion: float = 0.6
    """Largest angle of the thigh forwards, in rad."""
    knee: float = 1.1
    """Largest flexion of the knee, in rad."""

    def __post_init__(self) -> None:
        check_positive(self, body_mass="kg", height="m", gravity="m/s^2", stop_range="rad")
        check_positive(self, extension="rad", flexion="rad", knee="rad")
        check_not_negative(self, damping="N m s", stop="N m")
        for name, unit in (("shank_mass", "kg"), ("shank_com", "m"), ("shank_inertia", "kg m^2")):
            value = getattr(self, name)
            if not (value is None or is_positive(value)):
                raise ValueError(
                    f"system.{name} must be positive, or null for a natural leg; "
                    f"got {value} {unit}."
                )

    @property
    def spec(self) -> StateSpec:
        """The angles of thigh and shank, in rad, their momenta, and two torques, in N m."""
        return StateSpec(("thigh", "shank"), (True, True), inputs=("hip", "knee"))

    @property
    def lengths(self) -> tuple[float, float, float]:
        """Thigh, shank (to the ankle) and foot, in m."""
        return 0.245 * self.height, 0.246 * self.height, 0.152 * self.height

    @property
    def segment_masses(self) -> tuple[float, float]:
        """Thigh, and shank with foot, in kg."""
        return 0.100 * self.body_mass, _or(self.shank_mass, 0.061 * self.body_mass)

    @property
    def centres(self) -> tuple[float, float]:
        """Distances of the centres of mass from hip and knee, in m."""
        thigh, shank, _ = self.lengths
        return 0.433 * thigh, _or(self.shank_com, 0.606 * shank)

    @property
    def moments(self) -> tuple[float, float]:
        """Moments of inertia about the centres of mass, in kg m^2."""
        (thigh, shank, _), (m_t, m_s) = self.lengths, self.segment_masses
        return m_t * (0.323 * thigh) ** 2, _or(self.shank_inertia, m_s * (0.416 * shank) ** 2)

    @property
    def weights(self) -> tuple[float, float]:
        """The torques of gravity on the level thigh, below it a hanging shank, and shank, in J."""
        (m_t, m_s), (c_t, c_s), l_t = self.segment_masses, self.centres, self.lengths[0]
        return (m_t * c_t + m_s * l_t) * self.gravity, m_s * c_s * self.gravity

    @property
    def couplings(self) -> tuple[float, float, float]:
        """The inertias ``A11, A12, A22`` of the stretched leg, in kg m^2."""
        (m_t, m_s), (c_t, c_s), l_t = self.segment_masses, self.centres, self.lengths[0]
        i_t, i_s = self.moments
        return i_t + m_t * c_t**2 + m_s * l_t**2, m_s * l_t * c_s, i_s + m_s * c_s**2

    @property
    def energy_scale(self) -> float:
        """The energy of gravity of the straight leg at the largest angle of the thigh."""
        return sum(self.weights) * (1 - math.cos(max(self.extension, self.flexion)))

    @property
    def frictionless(self) -> bool:
        """Whether the knee is."""
        return self.damping == 0

    @property
    def input_scale(self) -> tuple[float, ...]:
        """The torques of gravity, in N m."""
        return self.weights

    def inertias(self, q: Float[Tensor, "*batch dof"]) -> Float[Tensor, "dof dof"]:
        """Return the inertias of the stretched leg."""
        upper, middle, lower = self.couplings
        return like((upper, middle, middle, lower), q).reshape(2, 2)

    def potential(self, q: Float[Tensor, "*batch dof"]) -> Float[Tensor, "*batch"]:
        """Return the energy of gravity, zero where the leg hangs, and of the ligaments."""
        return super().potential(q) + self.stop_range * self._stop(q)

    def vector_field(
        self, x: Float[Tensor, "*batch state"], t: Tensor | None = None
    ) -> Float[Tensor, "*batch state"]:
        """Return Hamilton's field in closed form."""
        bend = self._stop(split_state(x)[0])
        still = torch.zeros_like(bend)
        stop = torch.stack((still, still, bend, -bend), dim=-1)
        return two_link_field(x, self.couplings, self.weights) + stop

    def friction(
        self, q: Float[Tensor, "*batch dof"], v: Float[Tensor, "*batch dof"]
    ) -> Float[Tensor, "*batch dof"]:
        """Return the torques of the damper between thigh and shank."""
        brake = self.damping * (v[..., 1:] - v[..., :1])
        return torch.cat((brake, -brake), dim=-1)

    def actuation(
        self, q: Float[Tensor, "*batch dof"], u: Float[Tensor, "*batch inputs"]
    ) -> Float[Tensor, "*batch dof"]:
        """Return ``(hip - knee, knee)``: a torque at the knee turns the thigh back."""
        hip, knee = u.unbind(-1)
        return torch.stack((hip - knee, knee), dim=-1)

    def sketch(self, x: Float[Tensor, "*batch state"]) -> Sketch:
        """Return hip, knee, ankle, and toes at a right angle to the shank."""
        thigh, shank = split_state(x)[0].unbind(-1)
        angles = torch.stack((thigh, shank, shank + torch.pi / 2), dim=-1)
        return chain(hanging(angles, like(self.lengths, angles)))

    def sample_initial(
        self, count: int, generator: torch.Generator
    ) -> Float[Tensor, "count state"]:
        """Let go at rest with any angle of the thigh and of the knee in their ranges."""
        return self._sample((-self.extension, self.flexion), (0, self.knee), count, generator)

    def sample_higher_energy(
        self, count: int, generator: torch.Generator
    ) -> Float[Tensor, "count state"]:
        """Let go from behind, up to a quarter beyond the largest extension and flexion."""
        thigh, knee = (-1.25 * self.extension, -self.extension), (self.knee, 1.25 * self.knee)
        return self._sample(thigh, knee, count, generator)

    def _stop(self, q: Tensor) -> Tensor:
        """Return the moment that bends the knee near full extension, in N m."""
        return self.stop * ((q[..., 1] - q[..., 0]) / self.stop_range).exp()

    @staticmethod
    def _sample(
        thigh: tuple[float, float],
        knee: tuple[float, float],
        count: int,
        generator: torch.Generator,
    ) -> Tensor:
        above = uniform(thigh, (count,), generator)
        below = above - uniform(knee, (count,), generator)
        rest = torch.zeros_like(above)
        return torch.stack((above, below, rest, rest), dim=-1)


def _or(value: float | None, natural: float) -> float:
    return natural if value is None else value
