"""What a net sees of a state: centred and scaled numbers, and the cosine and sine of angles."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from jaxtyping import Float
from torch import Tensor, nn

from ..mechanics.state import Coordinates, StateSpec

Slopes = tuple[Tensor, ...]
"""Derivatives of the cosine and of the sine features by their angles, ``[*batch, angles]`` each;
empty where there are no angles."""


def chosen(spec: StateSpec, coordinates: Coordinates | None) -> StateSpec:
    """Return the states in the coordinates asked for; None: those that they have.

    Raises:
        ValueError: if other coordinates than canonical or velocity are asked for.
    """
    if coordinates not in (None, "canonical", "velocity"):
        raise ValueError(
            f"model.coordinates must be canonical, for (q, p), or velocity, for (q, v), or "
            f"null, for those of the system; got {coordinates!r}."
        )
    return spec if coordinates is None else spec.expressed_in(coordinates)


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

    def forward(self, x: Float[Tensor, "*batch size"]) -> Float[Tensor, "*batch count"]:
        """Return the features of ``x``."""
        return self.with_slopes(x)[0]

    def with_slopes(
        self, x: Float[Tensor, "*batch size"]
    ) -> tuple[Float[Tensor, "*batch count"], Slopes]:
        """Return the features of ``x``, and how those of the angles change with the angles."""
        centred = x - self.mean
        scaled = centred / self.scale
        if not self.angle_count:
            return scaled, ()
        angle = centred.index_select(-1, self.angles)
        scale = self.scale.index_select(0, self.angles)
        middle = (1 - scale.square()).clamp(min=0).sqrt()
        cos, sin = angle.cos(), angle.sin() / scale
        number = scaled.index_select(-1, self.numbers)
        return torch.cat((number, (cos - middle) / scale, sin), dim=-1), (-sin, cos / scale)

    def pull(
        self, gradient: Float[Tensor, "*batch count"], slopes: Slopes
    ) -> Float[Tensor, "*batch size"]:
        """Return the gradient by ``x`` of a function, from that by its features."""
        if not slopes:
            return gradient / self.scale
        count = self.angle_count
        number, cos, sin = gradient.split((self.size - count, count, count), dim=-1)
        by_angle = cos * slopes[0] + sin * slopes[1]
        by_number = number / self.scale.index_select(0, self.numbers)
        return torch.cat((by_number, by_angle), dim=-1).index_select(-1, self.order)

    def push(
        self, tangent: Float[Tensor, "*batch size"], slopes: Slopes
    ) -> Float[Tensor, "*batch count"]:
        """Return how the features change along a tangent of ``x``."""
        scaled = tangent / self.scale
        if not slopes:
            return scaled
        angle = tangent.index_select(-1, self.angles)
        by_angle = (slope * angle for slope in slopes)
        return torch.cat((scaled.index_select(-1, self.numbers), *by_angle), dim=-1)

    def columns(self, slopes: Slopes) -> Tensor:
        """Return what :meth:`pull` makes of each unit vector: ``[count, *batch, size]``.

        Without angles they are the same for all samples, and have no batch.
        """
        unit = torch.eye(self.count, dtype=self.scale.dtype, device=self.scale.device)
        if slopes:
            batch = slopes[0].shape[:-1]
            unit = unit.reshape(self.count, *(1,) * len(batch), self.count)
            unit = unit.expand(self.count, *batch, self.count)
        return self.pull(unit, slopes)
