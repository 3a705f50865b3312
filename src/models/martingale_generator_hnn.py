"""Hamiltonian neural networks whose energy is the generator of a price without arbitrage."""

from __future__ import annotations

from typing import ClassVar

import torch
from jaxtyping import Float
from torch import Tensor

from ..mechanics.hamiltonian import hamiltonian_field
from ..mechanics.known import Structure
from ..mechanics.problem import Canonical
from ..mechanics.state import StateSpec
from .base import Dynamics
from .generator_energy import GeneratorHamiltonian
from .martingale_energy import MartingaleEnergy


class MartingaleGeneratorHNN(Dynamics):
    r"""Learn ``H = (p . a p - p_x a_xx) / 2 + b . p``, with no drift of the price but that of a.

    The noise a(q) is positive definite, and b(q) drives all but the price: every diffusion with a
    discounted price has this form. As H is quadratic, it holds at complex momenta as well, of which
    the prices of options are made; see :class:`MartingaleEnergy` for what its zeros mean.

    Source:
        M. Freidlin, A. Wentzell, *Random Perturbations of Dynamical Systems*, 3rd ed., section 4.1.
    """

    kind: ClassVar[str] = "martingale_generator_hnn"
    learns = "hamiltonian"
    conserves = frozenset({"energy", "symplectic form", "volume"})
    needs: frozenset[Structure] = frozenset({"price"})

    def __init__(
        self, spec: StateSpec, width: int = 128, depth: int = 2, activation: str = "tanh"
    ) -> None:
        super().__init__(spec.expressed_in("canonical"))
        net = GeneratorHamiltonian(spec.angular, width, depth, activation, _nothing)
        self.hamiltonian = MartingaleEnergy(net, spec.known.price)

    def scale_nets(self) -> None:
        """Give noise and drift the scales of states and rates."""
        self.hamiltonian.net.fit_momenta(self.x_mean, self.x_scale, self.dx_scale)

    def forward(
        self, t: Tensor, x: Float[Tensor, "*batch state"], u: Tensor | None = None
    ) -> Float[Tensor, "*batch state"]:
        """Return ``(dH/dp, -dH/dq)`` of the learned H."""
        return hamiltonian_field(self.hamiltonian, x)

    def energy(self, x: Float[Tensor, "*batch state"]) -> Float[Tensor, "*batch"]:
        """Return the learned H(q, p): no constant is free."""
        return self.hamiltonian(x)

    def canonical(self) -> Canonical:
        """Return the learned field; its coordinates are canonical already."""
        return Canonical(self.field().f)


def _nothing(q: Tensor) -> Tensor:
    """Return no killing, as prices are discounted."""
    return torch.zeros_like(q[..., 0])
