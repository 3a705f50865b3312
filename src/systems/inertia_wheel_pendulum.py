"""A pendulum that a wheel at its end holds up by reaction."""

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
from .natural import ConstantMassSystem
from .ports import PortSystem
from .sampling import check_not_negative, check_positive, check_range, random_signs, uniform
from .sketch import Sketch

RIM = 6
"""Points of the wheel in a sketch."""


@dataclass(frozen=True)
class InertiaWheelPendulum(PortSystem, ConstantMassSystem):
    r"""A pendulum with a wheel at its end, which a motor turns against it; 0 where it stands.

    .. math:: T = \tfrac12 J_1 \dot\theta^2 + \tfrac12 J_2 (\dot\theta + \dot\varphi)^2, \qquad
        V = m g l (\cos\theta - 1), \qquad H = \frac{(p_\theta - p_\varphi)^2}{2 J_1}
        + \frac{p_\varphi^2}{2 J_2} + V, \qquad G = (0, 1)^T

    with the angle :math:`\varphi` of the wheel to the pendulum. Masses couple, but are constant,
    so that the energy is separable; without the motor the momentum of the wheel is conserved, and
    the pendulum swings as if the wheel had no inertia about its axle.

    Source:
        M. W. Spong, P. Corke, R. Lozano, *Nonlinear control of the reaction wheel pendulum*,
        Automatica 37 (2001), 1845-1851, eqs. (1) to (4).

    Raises:
        ValueError: if an inertia, the weight, the torque, the spin or the range of amplitudes is
            not positive, or an amplitude reaches pi, or a damping is negative.
    """

    domain: ClassVar[str] = "control"

    pendulum_inertia: float = 0.1
    """Moment of inertia J1 about the pivot, with the mass of the wheel at the end, in kg m^2."""
    wheel_inertia: float = 0.2
    """Moment of inertia J2 of the wheel about its axle, in kg m^2."""
    weight: float = 10.0
    """Largest torque m g l of gravity, in N m."""
    damping: float = 0.0
    """Coefficient of the friction in the pivot, in N m s."""
    wheel_damping: float = 0.0
    """Coefficient of the friction in the axle of the wheel, in N m s."""
    torque: float = 5.0
    """Largest torque of the motor, in N m."""
    amplitude: Sequence[float] = (0.3, 2.0)
    """Range of the angles, in rad from hanging, from which training motions are released."""
    spin: float = 5.0
    """Largest angular velocity of the wheel at the start, in rad/s."""

    def __post_init__(self) -> None:
        check_positive(self, pendulum_inertia="kg m^2", wheel_inertia="kg m^2", weight="N m")
        check_positive(self, torque="N m", spin="rad/s")
        check_not_negative(self, damping="N m s", wheel_damping="N m s")
        check_range(self, amplitude="rad")
        if self.amplitude[1] >= math.pi:
            raise ValueError(
                f"system.amplitude must stay below pi rad, where the pendulum stands upright; "
                f"got {self.amplitude[1]} rad."
            )

    @property
    def spec(self) -> StateSpec:
        """Two angles, in rad, their momenta, in kg m^2/s, and the torque of the motor."""
        return StateSpec(("theta", "phi"), angular=(True, True), inputs=("torque",))

    @property
    def frequency(self) -> float:
        """Angular frequency of small swings of the hanging pendulum, in rad/s.

        It is also the rate, in 1/s, at which the pendulum falls over from upright.
        """
        return math.sqrt(self.weight / self.pendulum_inertia)

    @property
    def time_scale(self) -> float:
        """The period of small swings of the hanging pendulum."""
        return 2 * math.pi / self.frequency

    @property
    def energy_scale(self) -> float:
        """What it takes to stand up from hanging."""
        return 2 * self.weight

    def mass_matrix(self, q: Float[Tensor, "*batch dof"]) -> Float[Tensor, "*batch dof dof"]:
        """Return the constant ``((J1 + J2, J2), (J2, J2))``."""
        wheel = self.wheel_inertia
        flat = like((self.pendulum_inertia + wheel, wheel, wheel, wheel), q)
        return flat.reshape(2, 2).expand(*q.shape, 2)

    def velocity(self, p: Float[Tensor, "*batch dof"]) -> Float[Tensor, "*batch dof"]:
        """Return the angular velocities of the pendulum, and of the wheel as seen from it."""
        both, wheel = p.unbind(-1)
        swing = (both - wheel) / self.pendulum_inertia
        return torch.stack((swing, wheel / self.wheel_inertia - swing), dim=-1)

    def momentum(self, v: Float[Tensor, "*batch dof"]) -> Float[Tensor, "*batch dof"]:
        """Return the angular momenta of both together, and of the wheel."""
        swing, relative = v.unbind(-1)
        wheel = self.wheel_inertia * (swing + relative)
        return torch.stack((self.pendulum_inertia * swing + wheel, wheel), dim=-1)

    def potential(self, q: Float[Tensor, "*batch dof"]) -> Float[Tensor, "*batch"]:
        """Return V, zero upright, written so that small angles lose no digits."""
        return -2 * self.weight * (q[..., 0] / 2).sin().square()

    def force(self, q: Float[Tensor, "*batch dof"]) -> Float[Tensor, "*batch dof"]:
        """Return ``(m g l sin(theta), 0)``."""
        torque = self.weight * q[..., 0].sin()
        return torch.stack((torque, torch.zeros_like(torque)), dim=-1)

    def invariants(self, x: Float[Tensor, "*batch state"]) -> Mapping[str, Float[Tensor, "*batch"]]:
        """Return the angular momentum of the wheel, unless its axle has friction."""
        return {} if self.wheel_damping else {"wheel momentum": x[..., 3]}

    @property
    def frictionless(self) -> bool:
        """Whether pivot and axle are."""
        return self.damping == self.wheel_damping == 0

    @property
    def input_scale(self) -> tuple[float, ...]:
        """The largest torque of the motor, in N m."""
        return (self.torque,)

    def friction(
        self, q: Float[Tensor, "*batch dof"], v: Float[Tensor, "*batch dof"]
    ) -> Float[Tensor, "*batch dof"]:
        """Return the torques of friction in pivot and axle."""
        return -like((self.damping, self.wheel_damping), v) * v

    def actuation(
        self, q: Float[Tensor, "*batch dof"], u: Float[Tensor, "*batch inputs"]
    ) -> Float[Tensor, "*batch dof"]:
        """Return the torque of the motor, which turns the wheel against the pendulum."""
        return torch.cat((torch.zeros_like(u), u), dim=-1)

    def sketch(self, x: Float[Tensor, "*batch state"]) -> Sketch:
        """Return the pendulum, of length 1, and the rim and a spoke of the wheel at its end."""
        swing, turn = x[..., 0], x[..., :2].sum(-1)
        hub = torch.stack((-swing.sin(), swing.cos()), dim=-1).unsqueeze(-2)
        at = turn.unsqueeze(-1) + 2 * math.pi / RIM * torch.arange(RIM).to(turn)
        rim = hub + 0.3 * torch.stack((-at.sin(), at.cos()), dim=-1)
        points = torch.cat((torch.zeros_like(hub), hub, rim), dim=-2)
        around = tuple((2 + i, 2 + (i + 1) % RIM) for i in range(RIM))
        links = ((0, 1), (1, 2), *around)
        return Sketch(points, links, fixed=(0,), axes=("x / l", "y / l"), trails=False)

    def sample_initial(
        self, count: int, generator: torch.Generator
    ) -> Float[Tensor, "count state"]:
        """Draw angles and spins of the wheel uniformly; the pendulum is at rest."""
        return self._sample(self.amplitude, (0, self.spin), count, generator)

    def sample_higher_energy(
        self, count: int, generator: torch.Generator
    ) -> Float[Tensor, "count state"]:
        """Draw angles up to half way from the largest one to upright, and spins a tenth higher."""
        high = self.amplitude[1]
        spin = (self.spin, 1.1 * self.spin)
        return self._sample((high, (high + math.pi) / 2), spin, count, generator)

    def _sample(
        self,
        amplitude: Sequence[float],
        spin: Sequence[float],
        count: int,
        generator: torch.Generator,
    ) -> Tensor:
        angle, pace = (uniform(bounds, (count,), generator) for bounds in (amplitude, spin))
        signs = random_signs((2, count), generator)
        theta, phi = math.pi + signs[0] * angle, uniform((0, 2 * math.pi), (count,), generator)
        x = torch.stack((theta, phi, torch.zeros_like(theta), signs[1] * pace), dim=-1)
        return self.to_canonical(x)
