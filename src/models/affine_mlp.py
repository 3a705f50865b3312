"""Perceptrons beside a line."""

from __future__ import annotations

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional

from .mlp import MLP
from .quadratic_form import UNTRAINED


class AffineMLP(MLP):
    """A line plus a vector-valued perceptron, which is small at first.

    Drift and noise of the diffusions in use are often lines of the state, which a perceptron alone
    would have to make out of bent units: here it need learn only what is not.
    """

    def __init__(self, inputs: int, outputs: int, width: int, depth: int, name: str) -> None:
        super().__init__(inputs, outputs, width, depth, name)
        self.line = nn.Linear(inputs, outputs, bias=False)
        nn.init.zeros_(self.line.weight)
        with torch.no_grad():
            self.output.weight.mul_(UNTRAINED)

    def forward(self, y: Float[Tensor, "*batch inputs"]) -> Float[Tensor, "*batch outputs"]:
        """Return the outputs."""
        return super().forward(y) + self.line(y)

    def with_slopes(
        self, y: Float[Tensor, "*batch inputs"]
    ) -> tuple[Float[Tensor, "*batch outputs"], tuple[Tensor, ...]]:
        """Return the outputs, and the slopes of the hidden units, for ``push`` and ``pull``."""
        outputs, slopes = super().with_slopes(y)
        return outputs + self.line(y), slopes

    def push(
        self, tangent: Float[Tensor, "*batch inputs"], slopes: tuple[Tensor, ...]
    ) -> Float[Tensor, "*batch outputs"]:
        """Return how the outputs change along a tangent of the inputs."""
        return super().push(tangent, slopes) + functional.linear(tangent, self.line.weight)

    def pull(
        self, gradient: Float[Tensor, "*batch outputs"], slopes: tuple[Tensor, ...]
    ) -> Float[Tensor, "*batch inputs"]:
        """Return the gradient by the inputs of a function of the outputs, from that by them."""
        return super().pull(gradient, slopes) + gradient @ self.line.weight
