"""The simplest walker: two legs and a hip, on a slope."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import ClassVar, NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor

from ..mechanics.impacts import Impact
from ..mechanics.state import StateSpec, split_state
from .natural import NaturalSystem
from .passive_gait import Walked, fixed_point, walk
from .sampling import check_fraction, check_positive, uniform
from .sketch import Sketch

_STRIDES = 10
"""Steps that a start must walk to be kept: who stumbles does so within a few."""
_ANGLE, _SWING = 0.5, 2.0
"""How far angles and swings of starts differ from the gait's, in spreads of their energies."""


@dataclass(frozen=True)
class CompassGait(NaturalSystem):
    r"""Two legs without knees, joined at the hip, that gravity alone walks down a slope.

    The stance leg s and the swing leg n are measured from the vertical; each leg has a mass m, at
    the distance a from its foot and b from the hip, :math:`l = a + b`; the hip has the mass M.

    .. math::
        \mathcal M = \begin{pmatrix} m b^2 & -m l b \cos(s - n) \\ \cdot & (M + m) l^2 + m a^2
            \end{pmatrix}, \qquad
        V = g (M l + m a + m l) (\cos s - 1) + m g b (1 - \cos n)

    The energy is counted from upright, around the foot that stands. The swing foot strikes the
    slope where :math:`n + s = -2\varphi` with the swing leg ahead; that it scuffs the ground as it
    passes the other one is ignored, as in the source. It sticks, the other foot lifts at once, and
    the legs change their roles: the angular momentum about the new foot is kept, and that of the
    new swing leg about the hip. A step loses kinetic energy and wins as much by the lower foot, in
    the gait that returns to itself; near it, motions are drawn into it.

    What a model learns is the swing; the strike is given. Motions start just after a strike.

    Source:
        A. Goswami, B. Thuilot, B. Espiau, *A Study of the Passive Gait of a Compass-Like Biped
        Robot: Symmetry and Chaos*, Int. J. Robotics Research 17 (1998) 1282, section 2.

    Raises:
        ValueError: if a parameter is not positive, the spread reaches 1, or no gait is found.
    """

    domain: ClassVar[str] = "biomechanics"

    hip_mass: float = 10.0
    """Mass M of the hip, in kg."""
    leg_mass: float = 5.0
    """Mass m of each leg, in kg."""
    foot_to_mass: float = 0.5
    """Distance a from the foot to the mass of the leg, in m."""
    mass_to_hip: float = 0.5
    """Distance b from there to the hip, in m."""
    slope: float = 3.0
    """Angle of the slope, in degrees."""
    gravity: float = 9.81
    """Acceleration g, in m/s^2."""
    spread: float = 0.1
    """How far the energies of training starts lie from that of the gait, as a fraction of it."""

    def __post_init__(self) -> None:
        units = {"hip_mass": "kg", "leg_mass": "kg", "foot_to_mass": "m", "mass_to_hip": "m"}
        check_positive(self, **units, slope="degrees", gravity="m/s^2")
        check_fraction(self, spread="of the energy of the gait")
        _gait(self)

    @property
    def spec(self) -> StateSpec:
        """The angles of the swing and the stance leg, in rad, and momenta, in kg m^2/s."""
        return StateSpec(positions=("swing", "stance"), angular=(True, True))

    @property
    def length(self) -> float:
        """Length l of a leg, in m."""
        return self.foot_to_mass + self.mass_to_hip

    @property
    def incline(self) -> float:
        """The slope in rad."""
        return math.radians(self.slope)

    @property
    def weights(self) -> tuple[float, float]:
        """The largest torques of gravity on the swing and the stance leg, in J."""
        upper = (self.hip_mass + self.leg_mass) * self.length + self.leg_mass * self.foot_to_mass
        return self.leg_mass * self.gravity * self.mass_to_hip, self.gravity * upper

    @property
    def gait(self) -> Float[Tensor, " state"]:
        """The state just after a strike that returns after the next one."""
        return self._after_strike(_gait(self).point)

    @property
    def multipliers(self) -> tuple[float, ...]:
        """By how much the deviations from the gait change in a step, largest first."""
        sizes = torch.linalg.eigvals(_gait(self).slopes).abs()
        return tuple(sizes.sort(descending=True).values.tolist())

    @property
    def time_scale(self) -> float:
        """The duration of a step of the gait."""
        return _gait(self).duration

    @property
    def energy_scale(self) -> float:
        """The energy of the gait: what it has beyond that of standing upright."""
        return float(self.hamiltonian(self.gait))

    @property
    def impact(self) -> Impact:
        """The strike of the swing foot, and the change of the legs."""
        return Impact(
            surface=lambda x: x[..., 0] + x[..., 1] + 2 * self.incline,
            reset=self._strike,
            counts=lambda x: x[..., 0] > x[..., 1],
        )

    def mass_matrix(self, q: Float[Tensor, "*batch dof"]) -> Float[Tensor, "*batch dof dof"]:
        """Return the mass matrix."""
        swing, between, stance = self._inertia
        coupling = between * (q[..., 1] - q[..., 0]).cos()
        top, bottom = torch.full_like(coupling, swing), torch.full_like(coupling, stance)
        entries = torch.stack((top, coupling, coupling, bottom), dim=-1)
        return entries.unflatten(-1, (2, 2))

    def potential(self, q: Float[Tensor, "*batch dof"]) -> Float[Tensor, "*batch"]:
        """Return V, zero upright."""
        swing, stance = self.weights
        fall = 2 * (q / 2).sin().square()
        return swing * fall[..., 0] - stance * fall[..., 1]

    def vector_field(
        self, x: Float[Tensor, "*batch state"], t: Tensor | None = None
    ) -> Float[Tensor, "*batch state"]:
        """Return Hamilton's field in closed form."""
        n, s, p_n, p_s = x.unbind(-1)
        swing, between, stance = self._inertia
        coupling, pull = between * (s - n).cos(), between * (s - n).sin()
        determinant = swing * stance - coupling.square()
        v_n = (stance * p_n - coupling * p_s) / determinant
        v_s = (swing * p_s - coupling * p_n) / determinant
        light, heavy = self.weights
        turn = pull * v_n * v_s
        forces = (turn - light * n.sin(), heavy * s.sin() - turn)
        return torch.stack((v_n, v_s, *forces), dim=-1)

    def sketch(self, x: Float[Tensor, "*batch state"]) -> Sketch:
        """Return the slope, the foot that stands on it, the hip and the other foot."""
        q, _ = split_state(x)
        down = x.new_tensor([math.cos(self.incline), -math.sin(self.incline)]) * self.length
        ground = torch.stack((-down, down, 0 * down)).expand(*q.shape[:-1], 3, 2)
        legs = self.length * torch.stack((q.sin(), -q.cos()), dim=-1)
        hip = -legs[..., 1, :]
        moving = torch.stack((hip, hip + legs[..., 0, :]), dim=-2)
        return Sketch(torch.cat((ground, moving), dim=-2), ((0, 1), (2, 3), (3, 4)), (0, 1, 2))

    def sample_initial(
        self, count: int, generator: torch.Generator
    ) -> Float[Tensor, "count state"]:
        """Draw energies, angles and swings around those of the gait, of starts that walk."""
        return self._sample((1 - self.spread, 1 + self.spread), count, generator)

    def sample_higher_energy(
        self, count: int, generator: torch.Generator
    ) -> Float[Tensor, "count state"]:
        """Draw energies above the largest one by up to three quarters of the spread."""
        return self._sample((1 + self.spread, 1 + 1.75 * self.spread), count, generator)

    @property
    def _inertia(self) -> tuple[float, float, float]:
        """The entries of the mass matrix, that off the diagonal for legs side by side."""
        m, a, b, l = self.leg_mass, self.foot_to_mass, self.mass_to_hip, self.length  # noqa: E741
        return m * b**2, -m * l * b, (self.hip_mass + m) * l**2 + m * a**2

    def _strike(self, x: Tensor) -> Tensor:
        """Return the state just after the swing foot has struck.

        It keeps the angular momentum ``leg`` of the new swing leg about the hip, and that of all
        about the new foot, of which ``rest`` is what the leg does not have.
        """
        q, v = split_state(self.to_velocity(x))
        m, a, b, l = self.leg_mass, self.foot_to_mass, self.mass_to_hip, self.length  # noqa: E741
        cos = (q[..., 0] - q[..., 1]).cos()
        v_n, v_s = v.unbind(-1)
        leg = -m * a * b * v_s
        rest = -m * a * b * v_n + (self.hip_mass * l**2 + 2 * m * a * l) * cos * v_s
        # With the new rates, leg = m b^2 n' - m b l cos s', and
        # rest = (m l^2 + m a^2 + M l^2) s' - m b l cos n'.
        _, _, inertia = self._inertia
        stance = (rest + l / b * cos * leg) / (inertia - m * l**2 * cos.square())
        swing = (leg + m * b * l * cos * stance) / (m * b**2)
        return self.to_canonical(torch.cat((q.flip(-1), torch.stack((swing, stance), -1)), dim=-1))

    def _after_strike(self, point: Tensor) -> Tensor:
        """Return states from half the angle between the legs and both rates, after a strike."""
        half, rates = point[..., :1], point[..., 1:]
        angles = torch.cat((-half, half), dim=-1) - self.incline
        return self.to_canonical(torch.cat((angles, rates), dim=-1))

    def _walk(self, x: Tensor, number: int, step: float) -> Walked:
        unit = math.sqrt(self.length / self.gravity)
        return walk(self.vector_field, self.impact, x, number, step * unit, 6 * unit)

    def _sample(self, energies: Sequence[float], count: int, generator: torch.Generator) -> Tensor:
        kept = torch.empty(0, self.spec.size, dtype=torch.float64)
        for _ in range(20):
            x = self._near_gait(energies, count, generator)
            kept = torch.cat((kept, x[self._walk(x, _STRIDES, 0.1).walks]))
            if len(kept) >= count:
                return kept[:count]
        raise ValueError(
            f"starts near the gait must walk {_STRIDES} steps; too few do with system.spread = "
            f"{self.spread} on a slope of {self.slope} degrees. Use a smaller system.spread."
        )

    def _near_gait(
        self, energies: Sequence[float], count: int, generator: torch.Generator
    ) -> Tensor:
        """Return starts of given energies; the rate of the stance leg follows, forward."""
        level = self.energy_scale * uniform(energies, (count,), generator)
        around = uniform((-1, 1), (count, 2), generator) * self.spread
        half, swing, _ = _gait(self).point
        half, swing = half * (1 + _ANGLE * around[:, 0]), swing * (1 + _SWING * around[:, 1])
        q = torch.stack((-half, half), dim=-1) - self.incline
        own, between, stance = self._inertia
        mixed = between * (2 * half).cos() * swing
        left = level - self.potential(q) - own * swing.square() / 2
        rate = -(mixed + (mixed.square() + 2 * stance * left).sqrt()) / stance
        return self._after_strike(torch.stack((half, swing, rate), dim=-1))


class _Gait(NamedTuple):
    """A step that repeats itself."""

    point: Float[Tensor, 3]
    """Half the angle between the legs, in rad, and both rates, in rad/s, just after a strike."""
    slopes: Float[Tensor, "3 3"]
    """Derivatives of the point after the next strike."""
    duration: float


@cache
def _gait(system: CompassGait) -> _Gait:
    """Return the gait that repeats after each step, from that of the default walker.

    Angles grow with the third root of the slope.

    Source:
        M. Garcia, A. Chatterjee, A. Ruina, M. Coleman, *J. Biomech. Eng.* 120 (1998) 281.

    Raises:
        ValueError: if there is none nearby.
    """

    def stride(points: Tensor) -> tuple[Tensor, Tensor]:
        end = system._walk(system._after_strike(points), 1, 0.04)
        state = system.to_velocity(end.x)
        half = (state[:, 1] - state[:, 0]) / 2
        return torch.cat((half.unsqueeze(-1), state[:, 2:]), dim=-1), end.walks

    pace = math.sqrt(system.gravity / system.length)
    guess = torch.tensor([0.27103, -0.1205 * pace, -0.3488 * pace], dtype=torch.float64)
    found = fixed_point(stride, guess * (system.slope / 3) ** (1 / 3))
    if found is None:
        raise ValueError(
            f"a compass walker must have a gait; none was found with {system.slope} degrees. Use "
            f"a system.slope from 0.5 to 4.5 degrees, or masses nearer to those of the default."
        )
    duration = system._walk(system._after_strike(found[0].unsqueeze(0)), 1, 0.04).duration
    return _Gait(*found, float(duration))
