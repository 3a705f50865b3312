"""Hamiltonian neural networks whose energy is the generator of a price without arbitrage."""

from __future__ import annotations

from typing import ClassVar

from ..mechanics.known import Structure
from ..mechanics.state import StateSpec
from .learned_hamiltonian import LearnedHamiltonian
from .martingale_generator import MartingaleGenerator


class MartingaleGeneratorHNN(LearnedHamiltonian):
    r"""Learn ``H = (p . a p - p_x a_xx) / 2 + b . p``, with no drift of the price but that of a.

    The noise a(q) is positive definite, and b(q) drives all but the price: every diffusion with a
    discounted price has this form. As H is quadratic, it holds at complex momenta as well, of which
    the prices of options are made; see
    :class:`~.martingale_energy.MartingaleEnergy` for what its zeros mean.

    Source:
        M. Freidlin, A. Wentzell, *Random Perturbations of Dynamical Systems*, 3rd ed., section 4.1.
    """

    kind: ClassVar[str] = "martingale_generator_hnn"
    needs: frozenset[Structure] = frozenset({"price"})

    def __init__(
        self, spec: StateSpec, width: int = 128, depth: int = 2, activation: str = "tanh"
    ) -> None:
        super().__init__(spec.expressed_in("canonical"))
        self.hamiltonian = MartingaleGenerator(
            spec.angular, spec.known.price, width, depth, activation
        )

    def scale_nets(self) -> None:
        """Give noise and drift the scales of states and rates."""
        self.hamiltonian.fit(self.x_mean, self.x_scale, self.dx_scale)
