"""Port-Hamiltonian neural networks with a mass matrix."""

from __future__ import annotations

from typing import ClassVar

from jaxtyping import Float
from torch import Tensor

from .energy_net import EnergyNet
from .mass_net import MassNet
from .natural_energy import NaturalEnergy
from .port_hnn import PortHNN


class PortMassMatrixHNN(PortHNN):
    r"""Learn friction, inputs, and an energy ``H = p^T M(q)^-1 p / 2 + V(q)``.

    As model=port_hnn, with the energy of model=mass_matrix_hnn: kinetic energy is quadratic in the
    momenta whatever the weights, so what bends the field in them is friction.

    Source:
        Zhong, Dey, Chakraborty, *Dissipative SymODEN*, 2020, arXiv:2002.08860, whose friction
        depends on positions alone.

    Raises:
        ValueError: if states are no pairs, or the action of the inputs is wanted as known and is
            not.
    """

    kind: ClassVar[str] = "port_mass_matrix_hnn"
    represents = frozenset({"dissipation", "inputs"})

    def energy_net(self, width: int, depth: int, activation: str) -> NaturalEnergy:
        """Return what learns the energy: a net for the masses, and one for the potential."""
        if not self.spec.paired:
            raise ValueError(
                "model=port_mass_matrix_hnn needs pairs (q, p), whose masses it learns; got a "
                "state without. Use model=port_hnn."
            )
        masses = MassNet(self.spec.angular, width, depth, activation)
        potential = EnergyNet(self.spec.angular, width, depth, activation)
        return NaturalEnergy(masses, potential, 1)

    def scale_energy(self, scale: Float[Tensor, ""]) -> None:
        """Give masses and potential the scales of states and rates."""
        assert isinstance(self.hamiltonian, NaturalEnergy)
        self.hamiltonian.fit_momenta(self.x_mean, self.x_scale, self.dx_scale)
