"""Hamiltonian neural networks with a mass matrix."""

from __future__ import annotations

from typing import ClassVar

from ..mechanics.state import StateSpec
from .energy_net import EnergyNet
from .learned_hamiltonian import LearnedHamiltonian
from .mass_net import MassNet
from .natural_energy import NaturalEnergy


class MassMatrixHNN(LearnedHamiltonian):
    r"""Learn ``H = p^T M(q)^-1 p / 2 + V(q)``: a mass matrix and a potential, with one net each.

    The inverse of the mass matrix is learned as :math:`C C^T` with a lower triangle C(q) whose
    diagonal is positive (Cholesky), hence positive definite whatever the weights. Right for all
    mechanical systems whose kinetic energy is quadratic in the momenta; far from the data it stays
    so, which the energy of model=hnn does not.

    Source:
        Zhong, Dey, Chakraborty, *Symplectic ODE-Net*, ICLR 2020, arXiv:1909.12077, for H of this
        form; Finzi, Wang, Wilson, 2020, arXiv:2010.13581, who compare with it.
    """

    kind: ClassVar[str] = "mass_matrix_hnn"

    def __init__(
        self, spec: StateSpec, width: int = 128, depth: int = 2, activation: str = "tanh"
    ) -> None:
        super().__init__(spec.expressed_in("canonical"))
        inverse = MassNet(spec.angular, width, depth, activation)
        potential = EnergyNet(spec.angular, width, depth, activation)
        self.hamiltonian = NaturalEnergy(inverse, potential, 1)

    def scale_nets(self) -> None:
        """Give masses and potential the scales of states and rates."""
        self.hamiltonian.fit_momenta(self.x_mean, self.x_scale, self.dx_scale)
