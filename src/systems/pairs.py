"""Distances between all pairs of particles."""

from __future__ import annotations

import torch
from jaxtyping import Float
from torch import Tensor


def pair_squares(
    position: Float[Tensor, "*batch particles dimensions"],
) -> Float[Tensor, "*batch pairs"]:
    """Return the squared distances of all pairs ``i < j``: all pairs at once, in few operations."""
    count = position.shape[-2]
    i, j = torch.triu_indices(count, count, offset=1, device=position.device)
    return (position[..., i, :] - position[..., j, :]).square().sum(-1)
