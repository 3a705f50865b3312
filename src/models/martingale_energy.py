"""Energies without arbitrage."""

from __future__ import annotations

import torch
from jaxtyping import Float
from torch import Tensor, nn

from ..mechanics.state import split_state
from .energy_net import EnergyNet


class MartingaleEnergy(nn.Module):
    r"""``H = N(q, p) - (1 - p_x) N(q, 0, 0) - p_x N(q, 1, 0)`` with a learned energy N.

    The momenta of N are those of the logarithmic price x first, and of all others. So
    ``H(q; 0, 0) = H(q; 1, 0) = 0`` at all states, whatever the weights: probabilities add up to one
    for ever, and the discounted price is a martingale, so that nobody earns without a risk. An
    error of size e in the second would misprice a forward by ``exp(e T) - 1``.

    Source:
        F. Delbaen, W. Schachermayer, *Mathematische Annalen* 300 (1994) 463, for prices without
        arbitrage as martingales.
    """

    def __init__(self, net: EnergyNet, price: int | None) -> None:
        super().__init__()
        assert price is not None, "models that need a price are refused without"
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
