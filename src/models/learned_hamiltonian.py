"""What all models of one energy H(q, p) share: Hamilton's equations."""

from __future__ import annotations

from typing import Any

from jaxtyping import Float
from torch import Tensor

from ..mechanics.hamiltonian import hamiltonian_field
from ..mechanics.problem import Canonical
from .base import Dynamics


class LearnedHamiltonian(Dynamics):
    """A learned energy ``hamiltonian(x)``, of whatever form, and the motion that it makes.

    Whatever the weights, ``energy`` is conserved along ``forward`` exactly, because
    ``dH/dt = grad H . J grad H = 0``, and phase volume is kept, because ``div J grad H = 0``.
    """

    learns = "hamiltonian"
    conserves = frozenset({"energy", "symplectic form", "volume"})

    hamiltonian: Any
    """An energy H(q, p), with weights."""

    def forward(
        self, t: Tensor, x: Float[Tensor, "*batch state"], u: Tensor | None = None
    ) -> Float[Tensor, "*batch state"]:
        """Return ``(dH/dp, -dH/dq)`` of the learned H."""
        return hamiltonian_field(self.hamiltonian, x)

    def energy(self, x: Float[Tensor, "*batch state"]) -> Float[Tensor, "*batch"]:
        """Return the learned H(q, p), defined up to a constant unless its form has none."""
        return self.hamiltonian(x)

    def canonical(self) -> Canonical:
        """Return the learned field; its coordinates are canonical already."""
        return Canonical(self.field().f)
