"""Which motions train, which validate, which test."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor

from .trajectories import Trajectories

SHORTEST = 3
"""Samples that a part of one recording must hold: fewer have no second-order derivative."""


@dataclass(frozen=True)
class Splits:
    """Three sets of motions that share no sample."""

    train: Trajectories
    validation: Trajectories
    test: Trajectories


class Parts(NamedTuple):
    """Indices of three disjoint parts."""

    train: Tensor
    validation: Tensor
    test: Tensor


def by_trajectory(
    count: int, validation: float, test: float, generator: torch.Generator, together: int = 1
) -> Parts:
    """Deal out ``count`` motions at random; each part gets one at least.

    Samples of one motion resemble each other, so dealing out samples would let a model be
    tested on what it has seen. So do motions from one start: so many in a row stay ``together``.

    Raises:
        ValueError: if there are too few motions for three parts.
    """
    if together > 1:
        parts = by_trajectory(-(-count // together), validation, test, generator)
        rows = (together * part.unsqueeze(-1) + torch.arange(together) for part in parts)
        return Parts(*(row[row < count] for row in rows))
    judged = max(1, round(validation * count)), max(1, round(test * count))
    if count - sum(judged) < 1:
        raise ValueError(
            f"a split by trajectory must leave one motion for training, beside {judged[0]} for "
            f"validation and {judged[1]} for the test; got {count} motions. Give more motions, or "
            f"smaller fractions."
        )
    order = torch.randperm(count, generator=generator)
    return Parts(
        order[sum(judged) :].sort().values,
        order[: judged[0]].sort().values,
        order[judged[0] : sum(judged)].sort().values,
    )


def by_time(samples: int, train: float, validation: float) -> Parts:
    """Cut one recording into contiguous blocks: training, validation, test, in this order.

    ``train`` is the fraction of the samples before the test; its last part, the fraction
    ``validation`` of it, validates. Each block holds :data:`SHORTEST` samples at least.

    Raises:
        ValueError: if there are too few samples for three blocks.
    """
    if samples < 3 * SHORTEST:
        raise ValueError(
            f"a recording must hold {3 * SHORTEST} samples at least, to be cut into blocks for "
            f"training, validation and test; got {samples}."
        )
    end = min(max(round(train * samples), 2 * SHORTEST), samples - SHORTEST)
    start = end - min(max(round(validation * end), SHORTEST), end - SHORTEST)
    index = torch.arange(samples)
    return Parts(index[:start], index[start:end], index[end:])
