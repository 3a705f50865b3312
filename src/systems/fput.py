"""The chain of Fermi, Pasta, Ulam and Tsingou."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar

from jaxtyping import Float
from torch import Tensor

from ..mechanics.known import Ends
from .chain import Chain
from .sampling import check_finite


@dataclass(frozen=True)
class FPUT(Chain):
    r"""Equal masses in a row between walls, on springs that are not quite linear.

    .. math:: V(d) = k \left(\frac{d^2}{2} + \frac{\alpha d^3}{3} + \frac{\beta d^4}{4}\right)

    The alpha chain has ``beta = 0``, the beta chain ``alpha = 0``. Energy given to the slowest mode
    does not spread evenly: it visits a few others and comes back nearly whole. Of 32 masses with
    alpha = 0.25 and the amplitude 1, 98 % of it are back in the first mode after 157 of its
    periods.

    Where :math:`\alpha^2 > 4\beta` a bond that is stretched (alpha < 0) or compressed (alpha > 0)
    far enough pulls no longer back. Motions below the energy of that barrier, at the stretch
    :math:`r = 2 / (|\alpha| + \sqrt{\alpha^2 - 4\beta})`, can never pass it.

    Source:
        E. Fermi, J. Pasta, S. Ulam, *Studies of nonlinear problems*, Los Alamos LA-1940 (1955),
        eqs. (1) and (2); J. Ford, Phys. Rep. 213 (1992), 271-310.

    Raises:
        ValueError: if a parameter of :class:`Chain` is out of range, alpha or beta is not finite,
            or the highest energies (an amplitude a quarter larger) would reach the barrier.
    """

    domain: ClassVar[str] = "textbook mechanics"

    number: int = 8
    """Number N of the masses."""
    alpha: float = 0.25
    """Strength of the quadratic force relative to the linear one, in 1/m."""
    beta: float = 0.0
    """Strength of the cubic force relative to the linear one, in 1/m^2."""

    def __post_init__(self) -> None:
        super().__post_init__()
        check_finite(self, alpha="1/m", beta="1/m^2")
        highest = self._energy(1.25 * self.amplitude[1])
        if highest >= self.barrier:
            most = self.amplitude[1] * math.sqrt(self.barrier / highest)
            raise ValueError(
                f"system.amplitude must stay below {most:.4g} m, so that a quarter more still has "
                f"less than the {self.barrier:.4g} J with which a bond passes its barrier at "
                f"alpha={self.alpha} 1/m and beta={self.beta} 1/m^2; got {self.amplitude[1]} m, "
                f"hence {highest:.4g} J. Use a smaller one, or a smaller system.alpha."
            )

    @property
    def ends(self) -> Ends:
        """Walls."""
        return "fixed"

    @property
    def barrier(self) -> float:
        """The lowest energy with which a bond stops pulling back, in J; infinite if none does.

        ``V = k r^2 (1/4 - |alpha| r / 12)`` where ``1 - |alpha| r + beta r^2 = 0``.
        """
        square = self.alpha**2 - 4 * self.beta
        if square <= 0:
            return math.inf
        r = 2 / (abs(self.alpha) + math.sqrt(square))
        return self.stiffness * r**2 * (1 / 4 - abs(self.alpha) * r / 12)

    def bond_energy(self, d: Float[Tensor, "*batch bonds"]) -> Float[Tensor, "*batch bonds"]:
        """Return V(d)."""
        return self.stiffness * d.square() * (1 / 2 + d * (self.alpha / 3 + d * self.beta / 4))

    def tension(self, d: Float[Tensor, "*batch bonds"]) -> Float[Tensor, "*batch bonds"]:
        """Return ``k d (1 + alpha d + beta d^2)``."""
        return self.stiffness * d * (1 + d * (self.alpha + d * self.beta))
