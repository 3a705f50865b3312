"""The nets of DeepChem: states as they are, angles too, without scales.

Weights begin as torch's do, but for the LNN's, which begin as ours.
"""

from __future__ import annotations

from src.mechanics.state import StateSpec
from src.models.energy_net import EnergyNet
from src.models.hnn import HNN
from src.models.separable_hnn import SeparableHNN

from ..lnn_paper.nets import BareLNN
from ..unscaled import Unscaled


def bare(inputs: int, width: int, depth: int, activation: str) -> EnergyNet:
    """Return an energy of numbers."""
    energy = EnergyNet([False] * inputs, width, depth, activation)
    for layer in [*energy.net.hidden, energy.net.output]:
        layer.reset_parameters()
    return energy


class DeepChemHNN(Unscaled, HNN):
    """Their HNN: one net of (q, p)."""

    def __init__(
        self, spec: StateSpec, width: int = 32, depth: int = 2, activation: str = "tanh"
    ) -> None:
        super().__init__(spec, width, depth, activation)
        self.hamiltonian = bare(spec.size, width, depth, activation)


class DeepChemLNN(BareLNN):
    """Their LNN: one net of (q, v), and a solve."""

    def __init__(
        self, spec: StateSpec, width: int = 32, depth: int = 2, activation: str = "softplus"
    ) -> None:
        super().__init__(spec, width, depth, activation)


class DeepChemSRNN(Unscaled, SeparableHNN):
    """Their SRNN: nets of p and of q, followed by leapfrog."""

    def __init__(
        self, spec: StateSpec, width: int = 32, depth: int = 2, activation: str = "tanh"
    ) -> None:
        super().__init__(spec, width, depth, activation)
        self.kinetic = bare(spec.dof, width, depth, activation)
        self.potential = bare(spec.dof, width, depth, activation)
