"""Predicting rates by those of the most similar training samples."""

from __future__ import annotations

from typing import Any, ClassVar

import torch
from jaxtyping import Float
from torch import Tensor

from ..mechanics.state import StateSpec
from .free_field import FreeField

STORED = ("points", "rates")
"""The buffers whose length is that of the data."""


class NearestNeighbours(FreeField):
    r"""Weigh the rates of the nearest training samples by their distances.

    Nothing is fitted: what the data alone say, and what a net must be better than. With distances
    d between features, of which R is the farthest taken, the weights are
    :math:`((R - d) / (R d))^2`: the field is continuous although neighbours change, and passes
    through every sample kept.

    Source:
        Franke, Nielson, *Smooth interpolation of large sets of scattered data*, Int. J. Numer.
        Meth. Engng. 15 (1980).

    Raises:
        ValueError: if fewer than one neighbour or sample is asked for.
    """

    kind: ClassVar[str] = "nearest_neighbours"

    points: Tensor
    """Features of the samples kept ``[samples, seen]``."""
    rates: Tensor
    """Their rates ``[samples, state]``."""

    def __init__(self, spec: StateSpec, neighbours: int = 8, samples: int = 10000) -> None:
        for name, number in (("neighbours", neighbours), ("samples", samples)):
            if number < 1:
                raise ValueError(f"model.{name} must be at least 1; got {number}.")
        super().__init__(spec)
        self.neighbours, self.samples = neighbours, samples
        self.register_buffer("points", torch.zeros(1, self.seen))
        self.register_buffer("rates", torch.zeros(1, spec.size))

    @torch.no_grad()
    def fit_scaling(
        self,
        x: Float[Tensor, "samples state"],
        dx: Float[Tensor, "samples state"],
        u: Float[Tensor, "samples inputs"] | None = None,
    ) -> None:
        """Set the scales, and keep the samples; evenly spaced ones of more than ``samples``."""
        super().fit_scaling(x, dx, u)
        kept = slice(None, None, -(-len(x) // self.samples))
        self.points = self.see(x[kept], None if u is None else u[kept]).to(self.points)
        self.rates = dx[kept].to(self.rates)

    def forward(
        self, t: Tensor, x: Float[Tensor, "*batch state"], u: Tensor | None = None
    ) -> Float[Tensor, "*batch state"]:
        """Return the weighted mean of the neighbours' rates; without ``u``, at inputs of zero."""
        y = self.see(x, u)
        nearest = self._nearest(y.detach())
        # One more than that many: the farthest has no weight.
        square = (y.unsqueeze(-2) - self.points[nearest]).square().sum(-1)
        tiny = torch.finfo(y.dtype).tiny  # finite at zero distance, and too small to be seen else
        distance = (square + tiny).sqrt()
        least, most = distance.amin(-1, keepdim=True), distance.amax(-1, keepdim=True)
        weight = ((most - distance) * least / distance).square() + tiny
        weight = weight / weight.sum(-1, keepdim=True)
        return (weight.unsqueeze(-1) * self.rates[nearest]).sum(-2)

    def _nearest(self, y: Float[Tensor, "*batch seen"]) -> Tensor:
        """Return where the nearest samples are kept, ``[*batch, neighbours + 1]``."""
        # Squared distances less that of y from zero: one product instead of all differences.
        apart = self.points.square().sum(-1) - 2 * (y @ self.points.mT)
        count = min(self.neighbours + 1, len(self.points))
        return apart.topk(count, dim=-1, largest=False, sorted=False).indices

    def _load_from_state_dict(
        self, state_dict: dict[str, Any], prefix: str, *args: Any, **kwargs: Any
    ) -> None:
        """Make room for as many samples as the checkpoint holds."""
        for name in STORED:
            stored, own = state_dict.get(prefix + name), getattr(self, name)
            if stored is not None:
                setattr(self, name, own.new_zeros(stored.shape))
        super()._load_from_state_dict(state_dict, prefix, *args, **kwargs)
