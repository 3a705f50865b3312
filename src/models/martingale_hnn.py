"""Hamiltonian neural networks without arbitrage."""

from __future__ import annotations

from typing import ClassVar

import torch
from jaxtyping import Float
from torch import Tensor, nn

from ..mechanics.hamiltonian import hamiltonian_field
from ..mechanics.known import Structure
from ..mechanics.problem import Canonical
from ..mechanics.state import StateSpec, split_state
from .base import Dynamics
from .energy_net import EnergyNet, typical_energy


class MartingaleEnergy(nn.Module):
    r"""``H = N(q, p) - (1 - p_x) N(q, 0, 0) - p_x N(q, 1, 0)`` with a net for N.

    The momenta of N are those of the logarithmic price x first, and of all others. So
    ``H(q; 0, 0) = H(q; 1, 0) = 0`` at all states, whatever the weights.
    """

    def __init__(self, net: EnergyNet, price: int) -> None:
        super().__init__()
        self.net, self.price = net, price

    def forward(
        self, x: Float[Tensor, "*batch state"], t: Tensor | None = None
    ) -> Float[Tensor, "*batch"]:
        """Return H."""
        rest, one, p_x = self._zeros(x)
        return self.net(x) - (1 - p_x) * self.net(rest) - p_x * self.net(one)

    def gradient(
        self, x: Float[Tensor, "*batch state"], t: Tensor | None = None
    ) -> Float[Tensor, "*batch state"]:
        """Return its gradient in closed form."""
        rest, one, p_x = self._zeros(x)
        by_q, by_p = split_state(self.net.gradient(x))
        at_rest, at_one = (split_state(self.net.gradient(y))[0] for y in (rest, one))
        p_x = p_x.unsqueeze(-1)
        by_q = by_q - (1 - p_x) * at_rest - p_x * at_one
        along = (self.net(rest) - self.net(one)).unsqueeze(-1) * self._unit(by_p)
        return torch.cat((by_q, by_p + along), dim=-1)

    def _zeros(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Return the states with momenta (0, 0) and (1, 0), and the momentum of the price."""
        q, p = split_state(x)
        rest = torch.zeros_like(p)
        one = self._unit(p).expand_as(p)
        return torch.cat((q, rest), dim=-1), torch.cat((q, one), dim=-1), p[..., self.price]

    def _unit(self, p: Tensor) -> Tensor:
        return torch.eye(p.shape[-1], dtype=p.dtype, device=p.device)[self.price]


class MartingaleHNN(Dynamics):
    r"""Learn a generator that keeps probability and the mean of a discounted price.

    :math:`H(q; 0, 0) = 0` says that probabilities add up to one for ever, :math:`H(q; 1, 0) = 0`
    that the discounted price is a martingale: nobody earns without a risk. An error of size e in
    the second would misprice a forward by ``exp(e T) - 1``.

    Source:
        F. Delbaen, W. Schachermayer, *Mathematische Annalen* 300 (1994) 463, for prices without
        arbitrage as martingales.
    """

    kind: ClassVar[str] = "martingale_hnn"
    learns = "hamiltonian"
    conserves = frozenset({"energy", "symplectic form", "volume"})
    needs: frozenset[Structure] = frozenset({"price"})

    def __init__(
        self, spec: StateSpec, width: int = 128, depth: int = 2, activation: str = "tanh"
    ) -> None:
        super().__init__(spec.expressed_in("canonical"))
        price = spec.known.price
        assert price is not None
        net = EnergyNet(self.spec.angles, width, depth, activation)
        self.hamiltonian = MartingaleEnergy(net, price)

    def scale_nets(self) -> None:
        """Give the net the scales of states and rates."""
        energy = typical_energy(self.x_scale, self.dx_scale)
        self.hamiltonian.net.fit(self.x_mean, self.x_scale, energy)

    def forward(
        self, t: Tensor, x: Float[Tensor, "*batch state"], u: Tensor | None = None
    ) -> Float[Tensor, "*batch state"]:
        """Return ``(dH/dp, -dH/dq)`` of the learned H."""
        return hamiltonian_field(self.hamiltonian, x)

    def energy(self, x: Float[Tensor, "*batch state"]) -> Float[Tensor, "*batch"]:
        """Return the learned H(q, p): no constant is free."""
        return self.hamiltonian(x)

    def canonical(self) -> Canonical:
        """Return the learned field; its coordinates are canonical already."""
        return Canonical(self.field().f)
