"""Generators of prices without arbitrage."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from jaxtyping import Float
from torch import Tensor, nn

from ..mechanics.state import split_state
from .generator_energy import DriftNet
from .noise_net import NoiseNet


class MartingaleGenerator(nn.Module):
    r"""``H = (p . a(q) p - p_x a_xx(q)) / 2 + b(q) . p`` with nets for a and for b, b_x = 0.

    That is :class:`~.martingale_energy.MartingaleEnergy` of a form that is quadratic in the
    momenta: the drift of the logarithmic price x is no freedom, but what the noise makes of it.
    """

    rest: Tensor

    def __init__(
        self, angular: Sequence[bool], price: int | None, width: int, depth: int, activation: str
    ) -> None:
        super().__init__()
        assert price is not None, "models that need a price are refused without"
        self.price = price
        self.noise = NoiseNet(angular, width, depth, activation)
        self.drift = DriftNet(angular, width, depth, activation)
        rest = torch.ones(len(angular))
        rest[price] = 0
        self.register_buffer("rest", rest, persistent=False)

    def fit(
        self,
        x_mean: Float[Tensor, " state"],
        x_scale: Float[Tensor, " state"],
        dx_scale: Float[Tensor, " state"],
    ) -> None:
        """Give noise and drift the scales of states and rates."""
        (mean, _), (spread, p), (v, _) = map(split_state, (x_mean, x_scale, dx_scale))
        self.noise.fit(mean, spread, (p / v).sqrt())
        self.drift.fit(mean, spread, v)

    def forward(
        self, x: Float[Tensor, "*batch state"], t: Tensor | None = None
    ) -> Float[Tensor, "*batch"]:
        """Return H."""
        q, p = split_state(x)
        here, one = self.noise(torch.cat((q.expand(2, *q.shape), self._with_one(p)), dim=-1))
        pulled = (self.rest * p * self.drift(q)).sum(-1)
        return here - p[..., self.price] * one + pulled

    def gradient(
        self, x: Float[Tensor, "*batch state"], t: Tensor | None = None
    ) -> Float[Tensor, "*batch state"]:
        """Return its gradient in closed form, by one sweep through each net and one back."""
        q, p = split_state(x)
        sweep = self.noise.sweep(q, self._with_one(p) / self.noise.scale)
        (by_here, by_one), (a_p, a_one) = sweep.by_entries, sweep.a_y / self.noise.scale
        drift, _, pull = self.drift.first(q)
        price = self.price
        by_q = sweep.pull(by_here - p[..., price, None] * by_one) + pull(self.rest * p)
        by_p = a_p + self.rest * drift - (1 - self.rest) * a_one / 2
        return torch.cat((by_q, by_p), dim=-1)

    def _with_one(self, p: Tensor) -> Tensor:
        """Return the momenta, and those that are 1 for the price alone, one above the other."""
        return torch.stack((p, (1 - self.rest).expand_as(p)))
