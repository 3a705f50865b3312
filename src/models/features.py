"""What a net sees of a state: centred and scaled numbers, and the cosine and sine of angles."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from jaxtyping import Float
from torch import Tensor, nn


class Features(nn.Module):
    """The features of a vector some of whose components are angles, and their first derivatives.

    A number becomes ``(x - mean) / scale``. An angle becomes ``(cos(x - mean) - r) / scale`` and
    ``sin(x - mean) / scale`` with ``r^2 + scale^2 = 1``, so every function of the features is
    periodic in it, and the features of small swings are as large as those of turns: with the
    circular spread ``sqrt(1 - |<exp(i x)>|^2)`` for scale, r is the mean of the cosine. Order: all
    numbers, then all cosines, then all sines. ``mean`` and ``scale`` are buffers: they travel with
    checkpoints.
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
        """Centre and scale with these statistics of the training data.

        Raises:
            ValueError: if the scale of an angle exceeds 1: circular spreads do not.
        """
        if bool((scale[self.angles] > 1).any()):
            raise ValueError(
                f"the scale of an angle must be a circular spread, at most 1 rad; "
                f"got {scale[self.angles].max():.3g}."
            )
        self.mean.copy_(mean)
        self.scale.copy_(scale)

    def _angular(self) -> tuple[Tensor, Tensor]:
        scale = self.scale.index_select(0, self.angles)
        return scale, (1 - scale.square()).clamp(min=0).sqrt()

    def forward(self, x: Float[Tensor, "*batch size"]) -> Float[Tensor, "*batch count"]:
        """Return the features of ``x``."""
        centred = x - self.mean
        if not self.angle_count:
            return centred / self.scale
        number = (centred / self.scale).index_select(-1, self.numbers)
        angle = centred.index_select(-1, self.angles)
        scale, middle = self._angular()
        return torch.cat((number, (angle.cos() - middle) / scale, angle.sin() / scale), dim=-1)

    def _slopes(self, y: Tensor) -> tuple[Tensor, Tensor]:
        """Return the derivatives of both features of each angle by the angle."""
        scale, middle = self._angular()
        count = self.angle_count
        cos, sin = y[..., -2 * count : -count], y[..., -count:]
        return -sin, cos + middle / scale

    def pull(
        self, y: Float[Tensor, "*batch count"], gradient: Float[Tensor, "*batch count"]
    ) -> Float[Tensor, "*batch size"]:
        """Return the gradient by ``x`` of a function, from that by its features ``y``."""
        count = self.angle_count
        if not count:
            return gradient / self.scale
        cos_slope, sin_slope = self._slopes(y)
        by_angle = (
            gradient[..., -2 * count : -count] * cos_slope + gradient[..., -count:] * sin_slope
        )
        by_number = gradient[..., : -2 * count] / self.scale.index_select(0, self.numbers)
        return torch.cat((by_number, by_angle), dim=-1).index_select(-1, self.order)

    def push(
        self, y: Float[Tensor, "*batch count"], tangent: Float[Tensor, "*batch tangents size"]
    ) -> Float[Tensor, "*batch tangents count"]:
        """Return how the features ``y`` change along each tangent of ``x``."""
        if not self.angle_count:
            return tangent / self.scale
        number = (tangent / self.scale).index_select(-1, self.numbers)
        angle = tangent.index_select(-1, self.angles)
        by_angle = (slope.unsqueeze(-2) * angle for slope in self._slopes(y))
        return torch.cat((number, *by_angle), dim=-1)
