"""Batches cut from tensors in memory, in an order that depends on the seed and the epoch alone."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor


class EpochSampler:
    """The order of one epoch: a permutation that can be made again without any other."""

    def __init__(self, count: int, seed: int) -> None:
        self.count = count
        self.seed = seed
        self.epoch = 0

    def set_epoch(self, epoch: int) -> None:
        """Choose the epoch; Lightning calls this before each one, also after a resume."""
        self.epoch = epoch

    def order(self) -> Tensor:
        """Return the permutation of this epoch."""
        generator = torch.Generator().manual_seed(1_000_003 * self.seed + self.epoch)
        return torch.randperm(self.count, generator=generator)


class TensorBatches:
    """Slices of tensors that share their first axis; shuffled by a sampler, or in order without.

    Lightning asks any iterable for ``sampler.set_epoch``, so a resumed run sees the batches that it
    would have seen. Several processes take every ``world``-th sample each.
    """

    def __init__(
        self,
        tensors: tuple[Tensor, ...],
        batch_size: int,
        sampler: EpochSampler | None,
        rank: int = 0,
        world: int = 1,
    ) -> None:
        self.tensors = tensors
        self.sampler = sampler
        self.batch_size = batch_size
        self.rank = rank
        self.world = world

    def __len__(self) -> int:
        return -(-self._share // self.batch_size)

    @property
    def _share(self) -> int:
        # Every process gets equally many samples: a collective that one of them skips hangs.
        return max(1, len(self.tensors[0]) // self.world)

    def __iter__(self) -> Iterator[tuple[Tensor, ...]]:
        count = len(self.tensors[0])
        order = torch.arange(count) if self.sampler is None else self.sampler.order()
        order = order[self.rank :: self.world][: self._share]
        for indices in order.split(self.batch_size):
            yield tuple(tensor[indices] for tensor in self.tensors)
