"""Lagrangian neural networks with explicit constraints, of points that act in pairs."""

from __future__ import annotations

from itertools import combinations
from typing import ClassVar

import torch
from jaxtyping import Float
from torch import Tensor, nn

from ..mechanics.state import StateSpec
from .clnn import CLNN
from .energy_net import EnergyNet
from .mass_net import ConstantMass
from .natural_energy import NaturalEnergy


class PairPotential(nn.Module):
    r"""``V(q) = sum_i V_i(r_i) + sum_{i<j} V_ij(r_j - r_i)``, a small net for each term.

    Each net sees as many numbers as space has dimensions, however many points there are.
    """

    terms: Tensor

    def __init__(
        self, points: int, dimension: int, width: int, depth: int, activation: str
    ) -> None:
        super().__init__()
        single = torch.eye(points)
        pairs = [single[j] - single[i] for i, j in combinations(range(points), 2)]
        self.register_buffer("terms", torch.stack((*single, *pairs)), persistent=False)
        flat = [False] * dimension
        self.nets = nn.ModuleList(EnergyNet(flat, width, depth, activation) for _ in self.terms)
        self.points = points

    @torch.no_grad()
    def fit(
        self,
        mean: Float[Tensor, " dof"],
        scale: Float[Tensor, " dof"],
        energy_scale: Float[Tensor, ""],
    ) -> None:
        """Set the scales of all nets; of differences, those of independent points."""
        spread = (self.terms.square() @ self._places(scale.square())).sqrt()
        for net, centre, size in zip(self.nets, self.seen(mean), spread, strict=True):
            assert isinstance(net, EnergyNet)
            net.fit(centre, size, energy_scale)

    def seen(self, q: Float[Tensor, "*batch dof"]) -> Float[Tensor, "*batch terms dimension"]:
        """Return what each net sees."""
        return self.terms @ self._places(q)

    def forward(self, q: Float[Tensor, "*batch dof"]) -> Float[Tensor, "*batch"]:
        """Return V."""
        parts = self.seen(q).unbind(-2)
        return torch.stack([net(y) for net, y in zip(self.nets, parts, strict=True)], -1).sum(-1)

    def gradient(self, q: Float[Tensor, "*batch dof"]) -> Float[Tensor, "*batch dof"]:
        """Return ``dV/dq`` in closed form."""
        slopes = []
        for net, y in zip(self.nets, self.seen(q).unbind(-2), strict=True):
            assert isinstance(net, EnergyNet)
            slopes.append(net.gradient(y))
        return (self.terms.mT @ torch.stack(slopes, dim=-2)).flatten(-2)

    def _places(self, q: Tensor) -> Tensor:
        return q.unflatten(-1, (self.points, -1))


class CLNNPairs(CLNN):
    """The same as clnn, with a potential of each point and of each two.

    What acts between two bodies does not ask where a third one is: a sum of functions of few
    numbers is learned from far fewer samples than one function of all.

    Source:
        As :class:`CLNN`; the sum over pairs is that of P. Battaglia et al., *Interaction Networks*,
        NeurIPS 2016, arXiv:1612.00222, for potentials.

    Raises:
        ValueError: if the constraints are unknown, some positions are angles, or they are no
            points of that dimension.
    """

    kind: ClassVar[str] = "clnn_pairs"

    def __init__(
        self,
        spec: StateSpec,
        dimension: int = 2,
        width: int = 32,
        depth: int = 2,
        activation: str = "softplus",
    ) -> None:
        super().__init__(spec, width, depth, activation)
        points = self._count(dimension)
        potential = PairPotential(points, dimension, width, depth, activation)
        self.net = NaturalEnergy(ConstantMass(points * dimension), potential, -1)
