"""Two pendulums, one hanging from the other."""

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
class DoublePendulum(NaturalSystem):
    r"""Two point masses on massless rods; both angles are measured from the downward vertical.

    .. math::
        M = \begin{pmatrix} (m_1 + m_2) l_1^2 & m_2 l_1 l_2 \cos(\theta_1 - \theta_2) \\
            \cdot & m_2 l_2^2 \end{pmatrix}, \qquad
        V = (m_1 + m_2) g l_1 (1 - \cos\theta_1) + m_2 g l_2 (1 - \cos\theta_2)

    The mass matrix depends on the angles: angular velocities are not momenta, and no splitting
    into kicks and drifts exists. Beyond small angles most motions are chaotic.

    Source:
        L. D. Landau, E. M. Lifshitz, *Mechanics*, 3rd ed., section 5, problem 1.

    Raises:
        ValueError: if a mass, a length, gravity or the angle is not positive, or the angles of the
            test set with higher energies (a quarter larger) would pass pi.
    """

    domain: ClassVar[str] = "textbook mechanics"

    mass_1: float = 1.0
    """Mass of the upper bob, in kg."""
    mass_2: float = 1.0
    """Mass of the lower bob, in kg."""
    length_1: float = 1.0
    """Length of the upper rod, in m."""
    length_2: float = 1.0
    """Length of the lower rod, in m."""
    gravity: float = 9.81
    """Acceleration g, in m/s^2."""
    angle: float = 1.57
    """Largest angle from which training motions are released at rest, in rad."""

    def __post_init__(self) -> None:
        check_positive(
            self,
            mass_1="kg",
            mass_2="kg",
            length_1="m",
            length_2="m",
            gravity="m/s^2",
            angle="rad",
        )
        if 1.25 * self.angle > math.pi:
            raise ValueError(
                f"system.angle must be at most {math.pi / 1.25:.4f} rad, so that a quarter more "
                f"still lies below upright; got {self.angle} rad."
            )

    @property
    def spec(self) -> StateSpec:
        """Two angles, in rad, and their momenta, in kg m^2/s."""
        return StateSpec(positions=("theta1", "theta2"), angular=(True, True))

    @property
    def weights(self) -> tuple[float, float]:
        """The largest torques ``(m1 + m2) g l1`` and ``m2 g l2``, in J."""
        upper = (self.mass_1 + self.mass_2) * self.gravity * self.length_1
        return upper, self.mass_2 * self.gravity * self.length_2

    @property
    def frequencies(self) -> tuple[float, float]:
        r"""The angular frequencies of small oscillations, in rad/s, the slow one first.

        The roots of :math:`\det(K - \omega^2 M) = 0`; for equal masses and lengths
        :math:`\omega^2 = (g/l)(2 \mp \sqrt 2)`.

        Source:
            Landau and Lifshitz, section 23, problem 2.
        """
        total, g = self.mass_1 + self.mass_2, self.gravity
        lengths = self.length_1 + self.length_2
        mean = total * g * lengths / (2 * self.mass_1 * self.length_1 * self.length_2)
        product = total * g**2 / (self.mass_1 * self.length_1 * self.length_2)
        fast = mean + math.sqrt(mean**2 - product)
        return math.sqrt(product / fast), math.sqrt(fast)

    @property
    def time_scale(self) -> float:
        """The period of the slow small oscillation."""
        return 2 * math.pi / self.frequencies[0]

    @property
    def energy_scale(self) -> float:
        """The largest energy of training motions: both rods released from the largest angle."""
        return sum(self.weights) * (1 - math.cos(self.angle))

    def mass_matrix(self, q: Float[Tensor, "*batch dof"]) -> Float[Tensor, "*batch dof dof"]:
        """Return M; its determinant ``m2 l1^2 l2^2 (m1 + m2 sin^2)`` never vanishes."""
        upper, between, lower = self._inertia
        coupling = between * (q[..., 0] - q[..., 1]).cos()
        top, bottom = torch.full_like(coupling, upper), torch.full_like(coupling, lower)
        entries = torch.stack((top, coupling, coupling, bottom), dim=-1)
        return entries.unflatten(-1, (2, 2))

    def vector_field(
        self, x: Float[Tensor, "*batch state"], t: Tensor | None = None
    ) -> Float[Tensor, "*batch state"]:
        """Return Hamilton's field in closed form: simulating took a fifth of a run without it."""
        first, second, p_1, p_2 = x.unbind(-1)
        upper, between, lower = self._inertia
        sin, coupling = (first - second).sin(), between * (first - second).cos()
        determinant = upper * lower - coupling.square()
        v_1 = (lower * p_1 - coupling * p_2) / determinant
        v_2 = (upper * p_2 - coupling * p_1) / determinant
        pull = between * v_1 * v_2 * sin
        heavy, light = self.weights
        forces = (-pull - heavy * first.sin(), pull - light * second.sin())
        return torch.stack((v_1, v_2, *forces), dim=-1)

    @property
    def _inertia(self) -> tuple[float, float, float]:
        """The entries of M, that off the diagonal for parallel rods, in kg m^2."""
        upper = (self.mass_1 + self.mass_2) * self.length_1**2
        lower = self.mass_2 * self.length_2**2
        return upper, self.mass_2 * self.length_1 * self.length_2, lower

    def potential(self, q: Float[Tensor, "*batch dof"]) -> Float[Tensor, "*batch"]:
        """Return V, zero where both rods hang."""
        upper, lower = self.weights
        lift = 2 * (q / 2).sin().square()
        return upper * lift[..., 0] + lower * lift[..., 1]

    def sketch(self, x: Float[Tensor, "*batch state"]) -> Sketch:
        """Return both bobs and the pivot."""
        q, _ = split_state(x)
        return chain(hanging(q, q.new_tensor([self.length_1, self.length_2])))

    def sample_initial(
        self, count: int, generator: torch.Generator
    ) -> Float[Tensor, "count state"]:
        """Release both rods at rest, from angles drawn uniformly up to the largest one."""
        angles = uniform((-self.angle, self.angle), (count, 2), generator)
        return torch.cat((angles, torch.zeros_like(angles)), dim=-1)

    def sample_higher_energy(
        self, count: int, generator: torch.Generator
    ) -> Float[Tensor, "count state"]:
        """Release both rods at rest, each from up to a quarter beyond the largest angle."""
        angles = uniform((self.angle, 1.25 * self.angle), (count, 2), generator)
        angles = angles * random_signs((count, 2), generator)
        return torch.cat((angles, torch.zeros_like(angles)), dim=-1)
