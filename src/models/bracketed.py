"""What models of states without pairs (q, p) share, whatever the energy that they learn."""

from __future__ import annotations

from typing import Any

from jaxtyping import Float
from torch import Tensor

from ..mechanics.poisson import Structure, poisson_field
from ..mechanics.problem import Canonical
from .base import Dynamics


class Bracketed(Dynamics):
    """A learned energy ``hamiltonian(x)`` and the motion that its known brackets J make of it.

    Whatever the weights, the learned energy and every Casimir function of J are conserved along
    ``forward`` exactly: the first because J is skew, the others because their gradients lie in its
    kernel.

    Source:
        Hairer, Lubich, Wanner, *Geometric Numerical Integration*, 2nd ed., section VII.2.
    """

    learns = "hamiltonian"
    represents = frozenset({"poisson"})
    conserves = frozenset({"energy", "casimirs"})

    hamiltonian: Any
    """An energy H(x), with weights."""

    @property
    def brackets(self) -> Structure:
        """J, which a model that needs it is refused without."""
        assert self.spec.known.brackets is not None
        return self.spec.known.brackets

    def forward(
        self, t: Tensor, x: Float[Tensor, "*batch state"], u: Tensor | None = None
    ) -> Float[Tensor, "*batch state"]:
        """Return ``J(x) grad H`` of the learned H."""
        return poisson_field(self.hamiltonian, self.brackets, x)

    def energy(self, x: Float[Tensor, "*batch state"]) -> Float[Tensor, "*batch"]:
        """Return the learned H, defined up to a Casimir function."""
        return self.hamiltonian(x)

    def canonical(self) -> Canonical:
        """Return the field as it is: Gauss methods keep a constant J, and quadratic invariants."""
        return Canonical(self.field().f, paired=False)
