"""Hamiltonian neural networks."""

from __future__ import annotations

from typing import ClassVar

from jaxtyping import Float
from torch import Tensor

from ..kernels.regression import Regression
from ..mechanics.hamiltonian import motion_of
from ..mechanics.state import StateSpec
from .energy_net import EnergyNet, typical_energy
from .learned_hamiltonian import LearnedHamiltonian


class HNN(LearnedHamiltonian):
    """Learn the energy; let Hamilton's equations supply the motion.

    Whatever the weights, ``energy`` is conserved along ``forward`` exactly, because
    ``dH/dt = grad H . J grad H = 0``, and phase volume is kept, because ``div J grad H = 0``. What
    training improves is only *which* energy.

    Source:
        Greydanus, Dzamba, Yosinski, *Hamiltonian Neural Networks*, NeurIPS 2019,
        arXiv:1906.01563, equations 2 and 3.
    """

    kind: ClassVar[str] = "hnn"

    def __init__(
        self, spec: StateSpec, width: int = 128, depth: int = 2, activation: str = "tanh"
    ) -> None:
        super().__init__(spec.expressed_in("canonical"))
        self.hamiltonian = EnergyNet(self.spec.angles, width, depth, activation)

    def scale_nets(self) -> None:
        """Give the energy the scales of states and rates."""
        self.hamiltonian.fit(self.x_mean, self.x_scale, typical_energy(self.x_scale, self.dx_scale))

    def regression(
        self,
        x: Float[Tensor, "*batch state"],
        dx: Float[Tensor, "*batch state"],
        scale: Float[Tensor, " state"],
    ) -> Regression | None:
        """Return the fit of rates: the field is linear in the gradient of one net.

        None for a class of one's own with another energy, or another field.
        """
        if type(self.hamiltonian) is not EnergyNet or type(self).forward is not HNN.forward:
            return None
        return self.hamiltonian.regression(x, lambda dh: motion_of(dh) / scale, dx / scale)
