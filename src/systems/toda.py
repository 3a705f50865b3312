"""Toda's ring: a chain that is not linear and yet never chaotic."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import torch
from jaxtyping import Float
from torch import Tensor

from ..mechanics.known import Ends
from ..mechanics.state import split_state
from .chain import Chain
from .sampling import check_positive

HARDEST = 1000
"""Largest energy in units of k l^2. Bonds then give way by no more than 7 l: beyond, masses bounce
as if they were hard, and the search for starts of a given energy would no longer end."""


@dataclass(frozen=True)
class Toda(Chain):
    r"""Equal masses in a ring, on bonds that resist compression exponentially.

    .. math:: V(d) = k l^2 \left(e^{-d/l} - 1 + \frac dl\right)

    Beside the energy and the momentum there are as many conserved quantities as masses, the
    eigenvalues of the Lax matrix: with :math:`Q = q/l` and :math:`P = p / l\sqrt{mk}`

    .. math:: L_{ii} = -\frac{P_i}{2}, \qquad
        L_{i,i+1} = L_{i+1,i} = \tfrac12 e^{(Q_i - Q_{i+1})/2}

    where the last mass is followed by the first one. Their sum is :math:`-\sum P / 2`, the sum of
    their squares :math:`(H/kl^2 + N)/2` for more than two masses.

    Source:
        M. Toda, *Vibration of a chain with nonlinear interaction*, J. Phys. Soc. Japan 22 (1967),
        431-436; H. Flaschka, *The Toda lattice. II. Existence of integrals*, Phys. Rev. B 9 (1974),
        1924-1925.

    Raises:
        ValueError: if a parameter of :class:`Chain` is out of range, the bond length is not
            positive, or the highest energies (an amplitude a quarter larger) exceed 1000 k l^2.
    """

    domain: ClassVar[str] = "textbook mechanics"

    number: int = 8
    """Number N of the masses."""
    length: float = 1.0
    """Length l over which the push of a compressed bond grows by a factor e, in m."""

    def __post_init__(self) -> None:
        super().__post_init__()
        check_positive(self, length="m")
        highest = self._energy(1.25 * self.amplitude[1])
        limit = HARDEST * self.stiffness * self.length**2
        if highest > limit:
            most = self.amplitude[1] * math.sqrt(limit / highest)
            raise ValueError(
                f"system.amplitude must be at most {most:.4g} m, so that a quarter more still has "
                f"at most {HARDEST} k l^2 = {limit:.4g} J; got {self.amplitude[1]} m, hence "
                f"{highest:.4g} J. Use a smaller one, or a larger system.length."
            )

    @property
    def ends(self) -> Ends:
        """A ring."""
        return "periodic"

    def bond_energy(self, d: Float[Tensor, "*batch bonds"]) -> Float[Tensor, "*batch bonds"]:
        """Return V(d)."""
        s = d / self.length
        return self.stiffness * self.length**2 * ((-s).expm1() + s)

    def tension(self, d: Float[Tensor, "*batch bonds"]) -> Float[Tensor, "*batch bonds"]:
        """Return ``k l (1 - exp(-d/l))``: no stretch brings it above ``k l``."""
        return -self.stiffness * self.length * (-d / self.length).expm1()

    def lax_matrix(self, x: Float[Tensor, "*batch state"]) -> Float[Tensor, "*batch dof dof"]:
        """Return L; in a ring of two both bonds join the same masses, and add up."""
        q, p = split_state(x)
        momentum = p / (self.length * math.sqrt(self.mass * self.stiffness))
        beside = (-self.stretches(q) / (2 * self.length)).exp() / 2
        above = torch.diag_embed(beside).roll(1, dims=-1)
        return torch.diag_embed(-momentum / 2) + above + above.mT

    def invariants(self, x: Float[Tensor, "*batch state"]) -> Mapping[str, Float[Tensor, "*batch"]]:
        """Return the momentum and the eigenvalues of L, the smallest one first."""
        eigenvalues = torch.linalg.eigvalsh(self.lax_matrix(x))
        lax = {f"lax_{j + 1}": value for j, value in enumerate(eigenvalues.unbind(-1))}
        return {**super().invariants(x), **lax}
