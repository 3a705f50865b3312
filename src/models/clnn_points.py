"""Lagrangian neural networks with explicit constraints, of points in space."""

from __future__ import annotations

from typing import ClassVar

from ..mechanics.state import StateSpec
from .clnn import CLNN
from .mass_net import ConstantMass
from .natural_energy import NaturalEnergy


class CLNNPoints(CLNN):
    r"""The same as clnn, with masses that are alike in all directions, as space is.

    Those of n points in d dimensions are :math:`P \otimes 1`, with n x n numbers P that may couple
    the points, as they do in a rigid body. They are few, and so found more exactly than a mass
    matrix of all n d positions, of which constraints hide much.

    Source:
        As :class:`CLNN`, section 4 (extended bodies), where P is that of a centre and the ends of
        principal axes; here it is any positive definite matrix.

    Raises:
        ValueError: if the constraints are unknown, some positions are angles, or they are no
            points of that dimension.
    """

    kind: ClassVar[str] = "clnn_points"

    def __init__(
        self,
        spec: StateSpec,
        dimension: int = 2,
        width: int = 128,
        depth: int = 2,
        activation: str = "tanh",
    ) -> None:
        super().__init__(spec, width, depth, activation)
        masses = ConstantMass(self._count(dimension) * dimension, dimension)
        self.net = NaturalEnergy(masses, self.net.potential, -1)
