"""What a net sees of a state: centred and scaled numbers, and the cosine and sine of angles."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from jaxtyping import Float
from torch import Tensor, nn


class Features(nn.Module):
    """The features of a vector some of whose components are angles, and their first derivatives.

    A number becomes ``(x - mean) / scale``. An angle becomes ``cos(x - mean), sin(x - mean)``, so
    every function of the features is periodic in it; its scale is 1 rad. Order: all numbers, then
    all cosines, then all sines. ``mean`` and ``scale`` are buffers: they travel with checkpoints.
    """

    mean: Tensor
    scale: Tensor
    numbers: Tensor
    angles: Tensor
    order: Tensor

    def __init__(self, angular: Sequence[bool]) -> None:
        super().__init__()
        self.size = len(angular)
        self.angle_count = sum(angular)
        self.count = self.size + self.angle_count
        self.register_buffer("mean", torch.zeros(self.size))
        self.register_buffer("scale", torch.ones(self.size))
        # Which components are angles follows from the spec, so it need not be in checkpoints.
        flags = torch.tensor(angular, dtype=torch.bool)
        numbers, angles = (~flags).nonzero().squeeze(-1), flags.nonzero().squeeze(-1)
        self.register_buffer("numbers", numbers, persistent=False)
        self.register_buffer("angles", angles, persistent=False)
        self.register_buffer("order", torch.cat((numbers, angles)).argsort(), persistent=False)

    @torch.no_grad()
    def fit(self, mean: Float[Tensor, " size"], scale: Float[Tensor, " size"]) -> None:
        """Centre and scale with these statistics of the training data."""
        self.mean.copy_(mean)
        self.scale.copy_(scale)
        self.scale[self.angles] = 1.0  # rad

    def forward(self, x: Float[Tensor, "*batch size"]) -> Float[Tensor, "*batch count"]:
        """Return the features of ``x``."""
        z = (x - self.mean) / self.scale
        if not self.angle_count:
            return z
        angle = z.index_select(-1, self.angles)
        return torch.cat((z.index_select(-1, self.numbers), angle.cos(), angle.sin()), dim=-1)

    def _parts(self, y: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        count = self.angle_count
        number, cos, sin = y.split((self.size - count, count, count), dim=-1)
        return number, cos, sin

    def pull(
        self, y: Float[Tensor, "*batch count"], gradient: Float[Tensor, "*batch count"]
    ) -> Float[Tensor, "*batch size"]:
        """Return the gradient by ``x`` of a function, from that by its features ``y``."""
        if not self.angle_count:
            return gradient / self.scale
        _, cos, sin = self._parts(y)
        by_number, by_cos, by_sin = self._parts(gradient)
        by_angle = by_sin * cos - by_cos * sin
        pulled = torch.cat((by_number, by_angle), dim=-1)
        return pulled.index_select(-1, self.order) / self.scale

    def jacobian(self, y: Float[Tensor, "*batch count"]) -> Float[Tensor, "*rows size count"]:
        """Return ``dy/dx``, one row per component of ``x``; without angles, the same for all."""
        number = torch.diag(1 / self.scale).index_select(-1, self.numbers)
        if not self.angle_count:
            return number
        _, cos, sin = self._parts(y)
        chooses = torch.eye(self.size, dtype=y.dtype, device=y.device).index_select(-1, self.angles)
        number = number.expand(*y.shape[:-1], *number.shape)
        by_angle = (-sin.unsqueeze(-2) * chooses, cos.unsqueeze(-2) * chooses)
        return torch.cat((number, *by_angle), dim=-1)
