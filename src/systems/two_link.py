"""What arms of two rods have in common, however they are driven."""

from __future__ import annotations

from dataclasses import dataclass

from jaxtyping import Float
from torch import Tensor

from .jointed_rods import JointedRods
from .planar_links import two_link_field
from .sampling import check_positive


@dataclass(frozen=True)
class TwoLink(JointedRods):
    r"""Two uniform rods; the second angle is the bend of the elbow.

    .. math:: M = \begin{pmatrix} a + 2b \cos q_2 & d + b \cos q_2 \\ \cdot & d \end{pmatrix},
        \qquad a = \tfrac13 m_1 l_1^2 + m_2 (l_1^2 + \tfrac13 l_2^2), \quad
        b = \tfrac12 m_2 l_1 l_2, \quad d = \tfrac13 m_2 l_2^2

    Raises:
        ValueError: if a mass or a length is not positive, or as said by :class:`JointedRods`.
    """

    mass_1: float = 1.0
    """Mass of the upper rod, in kg."""
    mass_2: float = 1.0
    """Mass of the lower rod, in kg."""
    length_1: float = 1.0
    """Length of the upper rod, in m."""
    length_2: float = 1.0
    """Length of the lower rod, in m."""

    def __post_init__(self) -> None:
        super().__post_init__()
        check_positive(self, mass_1="kg", mass_2="kg", length_1="m", length_2="m")

    @property
    def rod_masses(self) -> tuple[float, float]:
        """The masses."""
        return self.mass_1, self.mass_2

    @property
    def rods(self) -> tuple[float, float]:
        """The lengths."""
        return self.length_1, self.length_2

    def link_field(self, x: Float[Tensor, "*batch state"]) -> Float[Tensor, "*batch state"]:
        """Return the field in angles to the vertical, without a linear solver."""
        (all_, last), (a, b), own = self.loads, self.rods, self.rod_masses
        upper, lower = ((all_ - own[0] / 6) * a**2, (last - own[1] / 6) * b**2)
        heavy, light = self.weights
        return two_link_field(x, (upper, last * a * b, lower), (heavy, light))
