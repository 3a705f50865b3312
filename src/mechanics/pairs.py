"""All pairs of particles at once, in few operations."""

from __future__ import annotations

from functools import lru_cache

import torch
from jaxtyping import Float
from torch import Tensor


def gaps(
    position: Float[Tensor, "*batch particles dimensions"], box: float | None = None
) -> Float[Tensor, "*batch pairs dimensions"]:
    """Return ``r_i - r_j`` of all pairs ``i < j``, in the order of ``itertools.combinations``.

    In a periodic ``box`` of this length, those of the nearest images.
    """
    gap = _differences(position.shape[-2], position.dtype, position.device) @ position
    return gap if box is None else gap - box * (gap / box).round()


def sum_over_pairs(
    pull: Float[Tensor, "*batch pairs dimensions"], particles: int
) -> Float[Tensor, "*batch particles dimensions"]:
    """Return for each particle the sum of what its pairs do to it: ``pull`` to i, minus it to j."""
    return _differences(particles, pull.dtype, pull.device).mT @ pull


@lru_cache(maxsize=64)
def _differences(count: int, dtype: torch.dtype, device: torch.device) -> Tensor:
    """Return the matrix ``[pairs, count]`` that takes the differences."""
    # One made under inference_mode could never be part of a gradient later.
    with torch.inference_mode(False):  # by place: torch.compile knows no names
        i, j = torch.triu_indices(count, count, offset=1, device=device)
        one = torch.eye(count, dtype=dtype, device=device)
        return one[i] - one[j]
