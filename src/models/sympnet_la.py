"""SympNets of linear and activation modules."""

from __future__ import annotations

from typing import ClassVar

import torch
from jaxtyping import Float
from torch import Tensor, nn

from ..mechanics.state import StateSpec
from .activations import activation as named
from .mlp import check_sizes
from .shears import ShearMap

SMALL = 0.3
"""Size of the untrained weights: many shears together are to make one step."""


class Quadratic(nn.Module):
    """``y . A y / 2 + b . y`` with a symmetric A: its shear is linear."""

    def __init__(self, count: int) -> None:
        super().__init__()
        self.matrix = nn.Parameter(SMALL * torch.randn(count, count) / count**0.5)
        self.offset = nn.Parameter(torch.zeros(count))

    def gradient(self, y: Float[Tensor, "*batch count"]) -> Float[Tensor, "*batch count"]:
        """Return ``A y + b``."""
        return y @ (self.matrix + self.matrix.mT) / 2 + self.offset


class Bend(nn.Module):
    """``sum_i a_i S(y_i)`` with an activation for ``S'``: its shear bends each component alone."""

    def __init__(self, count: int, name: str) -> None:
        super().__init__()
        self.activation = named(name)
        self.size = nn.Parameter(SMALL * torch.randn(count))

    def gradient(self, y: Float[Tensor, "*batch count"]) -> Float[Tensor, "*batch count"]:
        """Return ``a s(y)``."""
        return self.size * self.activation.value(y)


class SympNetLA(ShearMap):
    """Learn the map of a step as linear shears and bends of single components (LA-SympNet).

    Few weights; many layers make up for it. Of an angle the components are its features cosine and
    sine, so that what is linear in them is periodic.

    Source:
        Jin, Zhang, Zhu, Tang, Karniadakis, *SympNets: Intrinsic structure-preserving symplectic
        networks for identifying Hamiltonian systems*, Neural Networks 132, 166 (2020),
        arXiv:2001.03750: LA-SympNets.
    """

    kind: ClassVar[str] = "sympnet_la"

    def __init__(
        self, spec: StateSpec, layers: int = 5, linear: int = 1, activation: str = "tanh"
    ) -> None:
        check_sizes(layers=layers, linear=linear)
        layer = [Quadratic] * linear + [lambda count: Bend(count, activation)]
        super().__init__(spec, *layer * layers, *[Quadratic] * linear)
