"""The net of Chen et al., and one of ours whose energies are nearly quadratic."""

from __future__ import annotations

from jaxtyping import Float
from torch import Tensor, nn

from src.mechanics.state import StateSpec, split_state
from src.models.quadratic_hnn import QuadraticEnergy
from src.models.separable_hnn import SeparableHNN

from ..unscaled import Unscaled


class PaperSRNN(Unscaled, SeparableHNN):
    """Their ``H = K(p) + V(q)``: states as they are, and weights as torch draws them."""

    def __init__(
        self, spec: StateSpec, width: int = 512, depth: int = 3, activation: str = "tanh"
    ) -> None:
        super().__init__(spec, width, depth, activation)
        for energy in (self.kinetic, self.potential):
            for layer in [*energy.net.hidden, energy.net.output]:
                assert isinstance(layer, nn.Linear)
                layer.reset_parameters()


class SeparableQuadraticHNN(SeparableHNN):
    """``model=separable_hnn`` with the energies of ``model=quadratic_hnn``, and its restraint.

    Leapfrog with two quadratic energies can be the exact flow of a chain from sample to sample,
    whatever the step: all it takes are other energies than the true ones.
    """

    def __init__(
        self,
        spec: StateSpec,
        width: int = 32,
        depth: int = 1,
        activation: str = "tanh",
        restraint: float = 100.0,
    ) -> None:
        super().__init__(spec, width, depth, activation)
        self.restraint = restraint
        self.kinetic = QuadraticEnergy([False] * spec.dof, width, depth, activation)
        self.potential = QuadraticEnergy(spec.angular, width, depth, activation)

    def penalty(self, x: Float[Tensor, "*batch state"]) -> Float[Tensor, ""]:
        """Return the restraint of both nets."""
        slopes = [
            energy.net.gradient(energy.features(half)).square().mean()
            for energy, half in zip((self.potential, self.kinetic), split_state(x), strict=True)
        ]
        return self.restraint * (slopes[0] + slopes[1])
