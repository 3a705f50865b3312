"""SympNets of gradient modules."""

from __future__ import annotations

from functools import partial
from typing import ClassVar

from ..mechanics.state import StateSpec
from .mlp import ScalarMLP, check_sizes
from .shears import ShearMap


class SympNet(ShearMap):
    """Learn the map of a step as shears along gradients of one-layer nets (G-SympNet).

    A module moves p by ``grad_q sum_i a_i S(k_i . f(q) + b_i)``, the next one q likewise by a
    function of p; f are the features. The shears learned are sums of the ridges S', so that of the
    activations softplus gives the sigmoid ridges of the source.

    Source:
        Jin, Zhang, Zhu, Tang, Karniadakis, *SympNets: Intrinsic structure-preserving symplectic
        networks for identifying Hamiltonian systems*, Neural Networks 132, 166 (2020),
        arXiv:2001.03750: G-SympNets.
    """

    kind: ClassVar[str] = "sympnet"

    def __init__(
        self, spec: StateSpec, width: int = 32, layers: int = 4, activation: str = "softplus"
    ) -> None:
        check_sizes(layers=layers)
        make = partial(ScalarMLP, width=width, depth=1, name=activation)
        super().__init__(spec, *[make] * layers)
