"""The nets of Sosanya and Greydanus: states as they are, and a layer around which a sum leads."""

from __future__ import annotations

from jaxtyping import Float
from torch import Tensor, nn

from src.mechanics.state import StateSpec
from src.models.baseline import Baseline
from src.models.dissipative_hnn import DissipativeHNN
from src.models.hnn import HNN

from ..unscaled import Unscaled

WIDTH = 256


class Residual(nn.Module):
    """``W3 (h + tanh(W2 h))`` with ``h = tanh(W1 x)``, biases aside."""

    def __init__(self, inputs: int, outputs: int, width: int) -> None:
        super().__init__()
        self.first = nn.Linear(inputs, width)
        self.second = nn.Linear(width, width)
        self.last = nn.Linear(width, outputs)

    def forward(self, x: Float[Tensor, "*batch inputs"]) -> Float[Tensor, "*batch outputs"]:
        """Return the net's outputs."""
        h = self.first(x).tanh()
        return self.last(h + self.second(h).tanh())


class ResidualEnergy(Residual):
    """The same with one output, and its gradient in closed form."""

    def __init__(self, inputs: int, width: int) -> None:
        super().__init__(inputs, 1, width)

    def forward(
        self, x: Float[Tensor, "*batch inputs"], t: Tensor | None = None
    ) -> Float[Tensor, "*batch"]:
        """Return the energy."""
        return super().forward(x).squeeze(-1)

    def gradient(
        self, x: Float[Tensor, "*batch inputs"], t: Tensor | None = None
    ) -> Float[Tensor, "*batch inputs"]:
        """Return its gradient."""
        h = self.first(x).tanh()
        bent = self.second(h).tanh()
        reverse = self.last.weight.squeeze(0)
        reverse = reverse + ((1 - bent.square()) * reverse) @ self.second.weight
        return ((1 - h.square()) * reverse) @ self.first.weight


class PaperDHNN(Unscaled, DissipativeHNN):
    """Their D-HNN."""

    def __init__(
        self, spec: StateSpec, width: int = WIDTH, depth: int = 2, activation: str = "tanh"
    ) -> None:
        super().__init__(spec, width, depth, activation)
        self.hamiltonian = ResidualEnergy(spec.size, width)
        self.dissipation = ResidualEnergy(spec.size, width)


class PaperHNN(Unscaled, HNN):
    """Their HNN, trained on motions with friction that it cannot represent, as they do."""

    represents = frozenset({"dissipation"})

    def __init__(
        self, spec: StateSpec, width: int = WIDTH, depth: int = 2, activation: str = "tanh"
    ) -> None:
        super().__init__(spec, width, depth, activation)
        self.hamiltonian = ResidualEnergy(spec.size, width)


class PaperMLP(Unscaled, Baseline):
    """Their net for the rates."""

    def __init__(
        self,
        spec: StateSpec,
        width: int = WIDTH,
        depth: int = 2,
        activation: str = "tanh",
        coordinates: None = None,
    ) -> None:
        super().__init__(spec, width, depth, activation, coordinates)
        self.net = Residual(spec.size, spec.size, width)

    def forward(
        self, t: Tensor, x: Float[Tensor, "*batch state"], u: Tensor | None = None
    ) -> Float[Tensor, "*batch state"]:
        """Return the net's rates."""
        return self.net(x)
