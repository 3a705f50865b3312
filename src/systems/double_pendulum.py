"""Two pendulums, one hanging from the other."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar

from jaxtyping import Float
from torch import Tensor

from .hanging_rods import HangingRods
from .planar_links import two_link_field
from .sampling import check_positive


@dataclass(frozen=True)
class DoublePendulum(HangingRods):
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

    def __post_init__(self) -> None:
        super().__post_init__()
        check_positive(self, mass_1="kg", mass_2="kg", length_1="m", length_2="m")

    @property
    def bobs(self) -> tuple[float, float]:
        """The masses."""
        return self.mass_1, self.mass_2

    @property
    def rods(self) -> tuple[float, float]:
        """The lengths."""
        return self.length_1, self.length_2

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

    def vector_field(
        self, x: Float[Tensor, "*batch state"], t: Tensor | None = None
    ) -> Float[Tensor, "*batch state"]:
        """Return Hamilton's field in closed form."""
        (total, least), (a, b), (heavy, light) = self.loads, self.rods, self.weights
        return two_link_field(x, (total * a**2, least * a * b, least * b**2), (heavy, light))
