"""The nets of Greydanus et al.: states as they are, without scales, and angles as plain numbers."""

from __future__ import annotations

import math

import torch
from torch import nn

from src.mechanics.state import Coordinates, StateSpec
from src.models.baseline import Baseline
from src.models.energy_net import EnergyNet
from src.models.features import Features
from src.models.hnn import HNN
from src.models.mlp import MLP, ScalarMLP

from ..unscaled import Unscaled


def redraw(net: MLP | ScalarMLP) -> None:
    """Draw weights as the paper's code does: orthogonal, and biases as torch draws them."""
    for layer in [*net.hidden, net.output]:
        assert isinstance(layer, nn.Linear)
        nn.init.orthogonal_(layer.weight)
        if layer.bias is not None:
            bound = 1 / math.sqrt(layer.in_features)
            nn.init.uniform_(layer.bias, -bound, bound)


class PaperHNN(Unscaled, HNN):
    """Their HNN. Its second output, F1, is not used there either."""

    def __init__(
        self, spec: StateSpec, width: int = 200, depth: int = 2, activation: str = "tanh"
    ) -> None:
        super().__init__(spec, width, depth, activation)
        self.hamiltonian = EnergyNet([False] * spec.size, width, depth, activation)
        redraw(self.hamiltonian.net)


class PaperBaseline(Unscaled, Baseline):
    """Their net for the rates; it has no bias in its last layer."""

    def __init__(
        self,
        spec: StateSpec,
        width: int = 200,
        depth: int = 2,
        activation: str = "tanh",
        coordinates: Coordinates | None = None,
    ) -> None:
        super().__init__(spec, width, depth, activation, coordinates)
        self.features = Features([False] * spec.size)
        self.net = MLP(spec.size, spec.size, width, depth, activation)
        redraw(self.net)
        with torch.no_grad():
            self.net.output.bias.zero_()
        self.net.output.bias.requires_grad_(False)
