"""Generalised Hamiltonian neural networks."""

from __future__ import annotations

from functools import partial
from typing import ClassVar

from ..mechanics.state import StateSpec
from .mlp import ScalarMLP, check_sizes
from .shears import ShearMap


class GHNN(ShearMap):
    """Learn the map of a step as symplectic Euler steps of several separable energies in turn.

    Each energy ``T_i(p) + V_i(q)`` is made of two nets of its own. With one hidden layer it is a
    SympNet of gradient modules. The time of the step is learned with the energies.

    Source:
        Horn, Saz Ulibarrena, Koren, Portegies Zwart, *A generalized framework of neural networks
        for Hamiltonian systems*, 2024.
    """

    kind: ClassVar[str] = "ghnn"

    def __init__(
        self,
        spec: StateSpec,
        width: int = 32,
        depth: int = 2,
        layers: int = 4,
        activation: str = "softplus",
    ) -> None:
        check_sizes(layers=layers)
        make = partial(ScalarMLP, width=width, depth=depth, name=activation)
        super().__init__(spec, *[make] * layers)
