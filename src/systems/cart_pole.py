"""A pole on a cart."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

import torch
from jaxtyping import Float
from torch import Tensor

from ..mechanics.state import StateSpec
from .constants import like
from .natural import NaturalSystem
from .ports import PortSystem
from .sampling import check_not_negative, check_positive, check_range, random_signs, uniform
from .sketch import Sketch


@dataclass(frozen=True)
class CartPole(PortSystem, NaturalSystem):
    r"""A uniform pole, hinged on a cart that a force drives; the angle is 0 where it stands.

    .. math::
        M = \begin{pmatrix} m_c + m_p & m_p c \cos\theta \\ \cdot & \tfrac43 m_p c^2 \end{pmatrix},
        \qquad V = m_p g c (\cos\theta - 1), \qquad G = (1, 0)^T

    with half the length c of the pole, whose moment of inertia about its centre is
    :math:`m_p c^2/3`. The force drives the cart alone: one input for two coordinates. Velocities
    are not momenta: those of cart and pole together are conserved, if nothing drives or brakes the
    cart.

    Source:
        R. V. Florian, *Correct equations for the dynamics of the cart-pole system*, 2007, eqs. (21)
        and (22), with a friction of the cart proportional to its velocity; A. G. Barto, R. S.
        Sutton, C. W. Anderson, IEEE Trans. Syst. Man Cybern. 13 (1983), 834-846, appendix.

    Raises:
        ValueError: if a mass, the length, gravity, the force, the speed or the range of amplitudes
            is not positive, or an amplitude reaches pi, or a damping is negative.
    """

    domain: ClassVar[str] = "control"

    cart_mass: float = 1.0
    """Mass of the cart, in kg."""
    pole_mass: float = 0.1
    """Mass of the pole, in kg."""
    length: float = 1.0
    """Whole length 2 c of the pole, in m."""
    gravity: float = 9.81
    """Acceleration g, in m/s^2."""
    cart_damping: float = 0.0
    """Coefficient of the friction between cart and track, in N s/m."""
    pivot_damping: float = 0.0
    """Coefficient of the friction in the hinge, in N m s."""
    drive: float = 2.0
    """Typical force of the drive on the cart, in N."""
    amplitude: Sequence[float] = (0.3, 2.3)
    """Range of the angles, in rad from hanging, from which training motions are released."""
    speed: float = 0.5
    """Largest speed of the cart at the start, in m/s."""

    def __post_init__(self) -> None:
        check_positive(self, cart_mass="kg", pole_mass="kg", length="m", gravity="m/s^2")
        check_positive(self, drive="N", speed="m/s")
        check_not_negative(self, cart_damping="N s/m", pivot_damping="N m s")
        check_range(self, amplitude="rad")
        if self.amplitude[1] >= math.pi:
            raise ValueError(
                f"system.amplitude must stay below pi rad, where the pole stands upright; "
                f"got {self.amplitude[1]} rad."
            )

    @property
    def spec(self) -> StateSpec:
        """Place of the cart, in m, angle of the pole, in rad, their momenta, and the force."""
        return StateSpec(positions=("x", "theta"), angular=(False, True), inputs=("force",))

    @property
    def total_mass(self) -> float:
        """Mass of cart and pole, in kg."""
        return self.cart_mass + self.pole_mass

    @property
    def moment(self) -> float:
        """First moment ``m_p c`` of the pole about its hinge, in kg m."""
        return self.pole_mass * self.length / 2

    @property
    def inertia(self) -> float:
        """Second moment ``4/3 m_p c^2`` of the pole about its hinge, in kg m^2."""
        return self.pole_mass * self.length**2 / 3

    @property
    def frequency(self) -> float:
        r"""Angular frequency of small swings of the hanging pole, in rad/s.

        :math:`\omega^2 = m_p g c / (\tfrac43 m_p c^2 - m_p^2 c^2 / (m_c + m_p))`, as the cart gives
        way; omega is also the rate, in 1/s, at which the pole falls over from upright.
        """
        held = self.moment**2 / self.total_mass
        return math.sqrt(self.moment * self.gravity / (self.inertia - held))

    @property
    def time_scale(self) -> float:
        """The period of small swings of the hanging pole."""
        return 2 * math.pi / self.frequency

    @property
    def energy_scale(self) -> float:
        """What it takes the pole to stand up from hanging."""
        return 2 * self.moment * self.gravity

    def mass_matrix(self, q: Float[Tensor, "*batch dof"]) -> Float[Tensor, "*batch dof dof"]:
        """Return M; its determinant never vanishes."""
        coupling = self.moment * q[..., 1].cos()
        cart, pole = (torch.full_like(coupling, it) for it in (self.total_mass, self.inertia))
        rows = (torch.stack((cart, coupling), dim=-1), torch.stack((coupling, pole), dim=-1))
        return torch.stack(rows, dim=-2)

    def potential(self, q: Float[Tensor, "*batch dof"]) -> Float[Tensor, "*batch"]:
        """Return V, zero where the pole stands, written so that small angles lose no digits."""
        return -2 * self.moment * self.gravity * (q[..., 1] / 2).sin().square()

    def vector_field(
        self, x: Float[Tensor, "*batch state"], t: Tensor | None = None
    ) -> Float[Tensor, "*batch state"]:
        """Return Hamilton's field in closed form."""
        _, theta, p_cart, p_pole = x.unbind(-1)
        sin, coupling = theta.sin(), self.moment * theta.cos()
        determinant = self.total_mass * self.inertia - coupling.square()
        v_cart = (self.inertia * p_cart - coupling * p_pole) / determinant
        v_pole = (self.total_mass * p_pole - coupling * p_cart) / determinant
        torque = self.moment * sin * (self.gravity - v_cart * v_pole)
        return torch.stack((v_cart, v_pole, torch.zeros_like(torque), torque), dim=-1)

    def invariants(self, x: Float[Tensor, "*batch state"]) -> Mapping[str, Float[Tensor, "*batch"]]:
        """Return the momentum along the track, unless the track takes it up."""
        return {} if self.cart_damping else {"momentum": x[..., 2]}

    @property
    def frictionless(self) -> bool:
        """Whether track and hinge are."""
        return self.cart_damping == self.pivot_damping == 0

    @property
    def input_scale(self) -> tuple[float, ...]:
        """The typical force on the cart, in N."""
        return (self.drive,)

    def friction(
        self, q: Float[Tensor, "*batch dof"], v: Float[Tensor, "*batch dof"]
    ) -> Float[Tensor, "*batch dof"]:
        """Return the force on the cart and the torque in the hinge."""
        return -like((self.cart_damping, self.pivot_damping), v) * v

    def actuation(
        self, q: Float[Tensor, "*batch dof"], u: Float[Tensor, "*batch inputs"]
    ) -> Float[Tensor, "*batch dof"]:
        """Return the force on the cart, and no torque."""
        return torch.cat((u, torch.zeros_like(u)), dim=-1)

    def sketch(self, x: Float[Tensor, "*batch state"]) -> Sketch:
        """Return the cart, as a line from wheel to wheel, and the pole on it."""
        place, theta = x[..., 0], x[..., 1]
        level, wheel = torch.zeros_like(place), 0.15 * self.length
        tip = (place + self.length * theta.sin(), self.length * theta.cos())
        points = ((place, level), tip, (place - wheel, level), (place + wheel, level))
        places = torch.stack([torch.stack(point, dim=-1) for point in points], dim=-2)
        return Sketch(places, links=((0, 1), (2, 3)))

    def sample_initial(
        self, count: int, generator: torch.Generator
    ) -> Float[Tensor, "count state"]:
        """Draw angles and speeds of the cart uniformly; the pole is at rest on it."""
        return self._sample(self.amplitude, (0, self.speed), count, generator)

    def sample_higher_energy(
        self, count: int, generator: torch.Generator
    ) -> Float[Tensor, "count state"]:
        """Draw angles up to half way from the largest one to upright, and speeds a tenth higher."""
        high = self.amplitude[1]
        speed = (self.speed, 1.1 * self.speed)
        return self._sample((high, (high + math.pi) / 2), speed, count, generator)

    def _sample(
        self,
        amplitude: Sequence[float],
        speed: Sequence[float],
        count: int,
        generator: torch.Generator,
    ) -> Tensor:
        """Draw states whose coordinate x is 0: where the cart is makes no difference."""
        angle, pace = (uniform(bounds, (count,), generator) for bounds in (amplitude, speed))
        signs = random_signs((2, count), generator)
        theta, rest = math.pi + signs[0] * angle, torch.zeros_like(angle)
        return self.to_canonical(torch.stack((rest, theta, signs[1] * pace, rest), dim=-1))
