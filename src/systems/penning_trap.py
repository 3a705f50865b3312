"""A charged particle in a Penning trap."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

import torch
from jaxtyping import Float
from torch import Tensor

from ..mechanics.state import StateSpec, split_state
from .gyroscopic import GyroscopicSystem
from .magnetic import SPACE, about_the_axis, symmetric_gauge
from .sampling import check_positive, check_range, uniform


@dataclass(frozen=True)
class PenningTrap(GyroscopicSystem):
    r"""A charge held by a uniform magnetic field along z and an electric quadrupole.

    .. math:: H = \frac{|p - e A(q)|^2}{2 m} + \frac{m \omega_z^2}{4} (2 z^2 - x^2 - y^2),
        \qquad A = \frac{B}{2}(-y, x, 0)

    Three oscillations make up the motion: the axial one, a fast cyclotron orbit and a slow
    magnetron orbit about the axis, with

    .. math:: \omega_\pm = \tfrac12 \left(\omega_c \pm \sqrt{\omega_c^2 - 2 \omega_z^2}\right),
        \qquad \omega_c = \frac{e B}{m}

    The quadrupole pushes outwards, so magnetron orbits have negative energies: H has no minimum at
    rest, and the motion is stable all the same.

    Source:
        L. S. Brown, G. Gabrielse, *Geonium theory*, Rev. Mod. Phys. 58, 233 (1986), section II.

    Raises:
        ValueError: if a parameter is not positive, or the magnetic field is too weak to hold the
            charge against the quadrupole.
    """

    domain: ClassVar[str] = "particle physics"

    mass: float = 1.0
    """Mass m, in kg."""
    charge: float = 1.0
    """Charge e, in C."""
    magnetic_field: float = 5.0
    """Field B along z, in T."""
    axial_frequency: float = 1.0
    """Angular frequency omega_z along the axis, in rad/s."""
    amplitude: Sequence[float] = (0.2, 1.0)
    """Range of the axial amplitudes and magnetron radii of training motions, in m. Cyclotron radii
    are smaller by omega_z / omega_+, so that their energies are alike."""

    def __post_init__(self) -> None:
        check_positive(self, mass="kg", charge="C", magnetic_field="T", axial_frequency="rad/s")
        check_range(self, amplitude="m")
        if self.cyclotron_frequency**2 <= 2 * self.axial_frequency**2:
            least = math.sqrt(2) * self.axial_frequency * self.mass / self.charge
            raise ValueError(
                f"system.magnetic_field must exceed sqrt(2) m omega_z / e = {least:.4g} T to hold "
                f"the charge; got {self.magnetic_field} T. Use a stronger one, or a smaller "
                f"system.axial_frequency."
            )

    @property
    def spec(self) -> StateSpec:
        """Positions x, y and z, in m, and their canonical momenta, in kg m/s."""
        return SPACE

    @property
    def masses(self) -> tuple[float, ...]:
        """The mass, once a coordinate."""
        return (self.mass,) * 3

    @property
    def cyclotron_frequency(self) -> float:
        """The angular frequency ``e B / m`` without the quadrupole, in rad/s."""
        return self.charge * self.magnetic_field / self.mass

    @property
    def radial_frequencies(self) -> tuple[float, float]:
        """The angular frequencies of the magnetron and of the cyclotron orbit, in rad/s."""
        squares = self.cyclotron_frequency**2 - 2 * self.axial_frequency**2
        fast = (self.cyclotron_frequency + math.sqrt(squares)) / 2
        return self.axial_frequency**2 / (2 * fast), fast

    @property
    def time_scale(self) -> float:
        """The period of the cyclotron orbit: the fastest one, which samples must resolve."""
        return 2 * math.pi / self.radial_frequencies[1]

    @property
    def training_horizon(self) -> float:
        """An axial period, or two cyclotron periods where those are longer."""
        return max(2 * math.pi / self.axial_frequency, 2 * self.time_scale)

    @property
    def energy_scale(self) -> float:
        """The energy of the axial and the cyclotron oscillation, each at the largest amplitude."""
        return self.mass * (self.axial_frequency * self.amplitude[1]) ** 2

    def vector_potential(self, q: Float[Tensor, "*batch dof"]) -> Float[Tensor, "*batch dof"]:
        """Return ``e B / 2 (-y, x, 0)``."""
        return symmetric_gauge(q, self.charge * self.magnetic_field)

    def potential(self, q: Float[Tensor, "*batch dof"]) -> Float[Tensor, "*batch"]:
        """Return ``m omega_z^2 (2 z^2 - x^2 - y^2) / 4``."""
        x, y, z = q.square().unbind(-1)
        return self.mass * self.axial_frequency**2 / 4 * (2 * z - x - y)

    def invariants(self, x: Float[Tensor, "*batch state"]) -> Mapping[str, Float[Tensor, "*batch"]]:
        """Return the angular momentum about z, and the energy of the axial oscillation."""
        q, p = split_state(x)
        z, p_z = q[..., 2], p[..., 2]
        axial = p_z.square() / (2 * self.mass) + self.mass * (self.axial_frequency * z) ** 2 / 2
        return {"angular_momentum_z": about_the_axis(q, p), "axial_energy": axial}

    def exact_flow(
        self, x0: Float[Tensor, "*batch state"], t: Float[Tensor, " time"]
    ) -> Float[Tensor, "time *batch state"]:
        r"""Return the sum of the three oscillations.

        With :math:`w = x + i y`, the plane obeys :math:`\ddot w = -i \omega_c \dot w +
        \omega_z^2 w / 2`, hence :math:`w = a_+ e^{-i\omega_+ t} + a_- e^{-i\omega_- t}`.
        """
        q, v = split_state(self.to_velocity(x0))
        times = t.reshape(-1, *[1] * (x0.ndim - 1))
        slow, fast = self.radial_frequencies
        w, dw = torch.complex(q[..., 0], q[..., 1]), torch.complex(v[..., 0], v[..., 1])
        cyclotron = (1j * dw - slow * w) / (fast - slow)
        phases = torch.exp(-1j * fast * times), torch.exp(-1j * slow * times)
        turning, drifting = cyclotron * phases[0], (w - cyclotron) * phases[1]
        plane, rate = turning + drifting, -1j * (fast * turning + slow * drifting)
        axial = self.axial_frequency
        cos, sin = (axial * times).cos(), (axial * times).sin()
        z = q[..., 2] * cos + v[..., 2] / axial * sin
        v_z = v[..., 2] * cos - axial * q[..., 2] * sin
        motion = (plane.real, plane.imag, z, rate.real, rate.imag, v_z)
        return self.to_canonical(torch.stack(motion, dim=-1))

    def sample_initial(
        self, count: int, generator: torch.Generator
    ) -> Float[Tensor, "count state"]:
        """Draw the three amplitudes uniformly in their range, and uniform phases."""
        return self._sample(self.amplitude, self.amplitude, count, generator)

    def sample_higher_energy(
        self, count: int, generator: torch.Generator
    ) -> Float[Tensor, "count state"]:
        """Draw axial amplitudes and cyclotron radii up to a fifth above the largest ones.

        Magnetron orbits, whose energy is negative, keep to the inner half of the range.
        """
        low, high = self.amplitude
        return self._sample((high, 1.2 * high), (low, (low + high) / 2), count, generator)

    def _sample(
        self,
        amplitude: Sequence[float],
        magnetron: Sequence[float],
        count: int,
        generator: torch.Generator,
    ) -> Tensor:
        slow, fast = self.radial_frequencies
        axial, turning = uniform(amplitude, (2, count), generator)
        drifting = uniform(magnetron, (count,), generator)
        turning = turning * self.axial_frequency / fast
        phase = uniform((0, 2 * math.pi), (3, count), generator)
        cos, sin = phase.cos(), phase.sin()
        state = (
            drifting * cos[0] + turning * cos[1],
            -drifting * sin[0] - turning * sin[1],
            axial * cos[2],
            -slow * drifting * sin[0] - fast * turning * sin[1],
            -slow * drifting * cos[0] - fast * turning * cos[1],
            -self.axial_frequency * axial * sin[2],
        )
        return self.to_canonical(torch.stack(state, dim=-1))
