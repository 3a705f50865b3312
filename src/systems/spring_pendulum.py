"""A pendulum whose rod is a spring."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar

import torch
from jaxtyping import Float
from torch import Tensor

from ..mechanics.state import StateSpec, split_state
from .natural import NaturalSystem
from .sampling import check_positive, random_signs, uniform
from .sketch import Sketch, chain, hanging


@dataclass(frozen=True)
class SpringPendulum(NaturalSystem):
    r"""A point mass on a massless spring that swings in a plane, in polar coordinates.

    .. math:: M = \mathrm{diag}(m, m r^2), \qquad
        V = \frac{k}{2}(r - r_*)^2 + m g r (1 - \cos\theta), \qquad r_* = l_0 + \frac{m g}{k}

    This is :math:`\frac{k}{2}(r - l_0)^2 - m g r \cos\theta`, shifted to zero at rest. At
    :math:`k = 3 m g / l_0` the spring is twice as fast as the swing, and the two exchange energy.

    Source:
        A. H. Nayfeh, D. T. Mook, *Nonlinear Oscillations*, 1979, section 6.2.

    Raises:
        ValueError: if a parameter is not positive, or if the highest energies would let the mass
            reach the pivot ``r = 0``, where polar coordinates end.
    """

    domain: ClassVar[str] = "textbook mechanics"

    mass: float = 1.0
    """Mass m, in kg."""
    length: float = 1.0
    """Length l0 of the spring without load, in m."""
    stiffness: float = 40.0
    """Spring constant k, in N/m."""
    gravity: float = 9.81
    """Acceleration g, in m/s^2."""
    stretch: float = 0.2
    """Largest initial stretch or compression, as a fraction of the length r* at rest."""
    angle: float = 0.6
    """Largest initial angle, in rad."""

    def __post_init__(self) -> None:
        check_positive(
            self,
            mass="kg",
            length="m",
            stiffness="N/m",
            gravity="m/s^2",
            stretch="of the length at rest",
            angle="rad",
        )
        highest, pivot = self._release(1.25), self.stiffness * self.rest_length**2 / 2
        if 1.25 * self.angle > math.pi or highest >= pivot:
            raise ValueError(
                f"system.stretch and system.angle must keep the mass away from the pivot: with a "
                f"quarter more of both, the angle must be at most pi and the energy less than "
                f"{pivot:.4g} J; got system.stretch={self.stretch}, system.angle={self.angle} rad, "
                f"hence {highest:.4g} J. Use smaller ones, or a larger system.stiffness."
            )

    @property
    def spec(self) -> StateSpec:
        """The length r, in m, the angle theta, in rad, and p_r in kg m/s, p_theta in kg m^2/s."""
        return StateSpec(positions=("r", "theta"), angular=(False, True))

    @property
    def rest_length(self) -> float:
        """The length ``r* = l0 + m g / k`` at rest, in m."""
        return self.length + self.mass * self.gravity / self.stiffness

    @property
    def frequencies(self) -> tuple[float, float]:
        """The angular frequencies of small oscillations of the swing and the spring, in rad/s."""
        return math.sqrt(self.gravity / self.rest_length), math.sqrt(self.stiffness / self.mass)

    @property
    def time_scale(self) -> float:
        """The longer one of the periods of the swing and of the spring."""
        return 2 * math.pi / min(self.frequencies)

    @property
    def energy_scale(self) -> float:
        """The largest energy of training motions."""
        return self._release(1.0)

    def mass_matrix(self, q: Float[Tensor, "*batch dof"]) -> Float[Tensor, "*batch dof dof"]:
        """Return ``diag(m, m r^2)``."""
        r = q[..., 0]
        return torch.diag_embed(torch.stack((torch.full_like(r, self.mass), self.mass * r**2), -1))

    def potential(self, q: Float[Tensor, "*batch dof"]) -> Float[Tensor, "*batch"]:
        """Return V, zero at rest."""
        r, theta = q[..., 0], q[..., 1]
        spring = self.stiffness * (r - self.rest_length).square() / 2
        return spring + 2 * self.mass * self.gravity * r * (theta / 2).sin().square()

    def sketch(self, x: Float[Tensor, "*batch state"]) -> Sketch:
        """Return the mass and the pivot that its spring hangs from."""
        q, _ = split_state(x)
        return chain(hanging(q[..., 1:], q[..., :1]))

    def sample_initial(
        self, count: int, generator: torch.Generator
    ) -> Float[Tensor, "count state"]:
        """Release the mass at rest, from lengths and angles drawn uniformly in their ranges."""
        draws = uniform((-1, 1), (count, 2), generator)
        return self._at_rest(draws[:, 0], draws[:, 1])

    def sample_higher_energy(
        self, count: int, generator: torch.Generator
    ) -> Float[Tensor, "count state"]:
        """Release the mass from up to a quarter beyond the largest stretch and angle at once."""
        draws = uniform((1, 1.25), (count, 2), generator)
        return self._at_rest(draws[:, 0], draws[:, 1] * random_signs((count,), generator))

    def _release(self, factor: float) -> float:
        """Return the energy of a release at ``factor`` times the largest stretch and angle."""
        stretch = factor * self.stretch
        spring = self.stiffness * (stretch * self.rest_length) ** 2 / 2
        height = (1 + stretch) * self.rest_length * (1 - math.cos(factor * self.angle))
        return spring + self.mass * self.gravity * height

    def _at_rest(self, stretch: Tensor, swing: Tensor) -> Tensor:
        """Return states at rest, from stretches and angles in units of the largest ones."""
        r = self.rest_length * (1 + self.stretch * stretch)
        zero = torch.zeros_like(r)
        return torch.stack((r, self.angle * swing, zero, zero), dim=-1)
