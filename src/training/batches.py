"""Batches cut from tensors in memory, in an order that depends on the seed and the epoch alone."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import torch
from torch import Tensor

Batch = tuple[Tensor, ...]


class Block:
    """Batches that lie one after the other in the same tensors.

    No dataclass and no sequence: Lightning would take those apart and make them again.

    Args:
        tensors: those of all batches, ``[samples, ...]`` each.
        sizes: samples of each batch.
    """

    def __init__(self, tensors: Batch, sizes: Sequence[int]) -> None:
        self.tensors = tensors
        self.sizes = sizes

    def __len__(self) -> int:
        return len(self.sizes)

    def __iter__(self) -> Iterator[Batch]:
        return zip(*(tensor.split(list(self.sizes)) for tensor in self.tensors), strict=True)


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
    """Slices of tensors that share their first axis, in order.

    Several processes share each batch: each takes every ``world``-th sample of it, so that the mean
    over processes is that of the batch. One that cannot be shared evenly, the last of an epoch, is
    taken whole by all.
    """

    def __init__(
        self, tensors: tuple[Tensor, ...], batch_size: int, rank: int = 0, world: int = 1
    ) -> None:
        self.tensors = tensors
        self.batch_size = batch_size
        self.rank = rank
        self.world = world

    def __len__(self) -> int:
        return self.count

    @property
    def count(self) -> int:
        """Number of batches."""
        return -(-len(self.tensors[0]) // self.batch_size)

    def order(self) -> Tensor:
        """Return the order in which samples are taken."""
        return torch.arange(len(self.tensors[0]))

    def __iter__(self) -> Iterator[Batch]:
        for batch in self.order().split(self.batch_size):
            own = self._own(batch)
            yield tuple(tensor[own] for tensor in self.tensors)

    def _own(self, batch: Tensor) -> Tensor:
        return batch if len(batch) % self.world else batch[self.rank :: self.world]


class ShuffledBatches(TensorBatches):
    """Blocks of such batches in the order of the epoch.

    Lightning calls ``sampler.set_epoch`` of any iterable that has a sampler, also after a resume,
    and keeps its state in checkpoints: a resumed run sees the batches that it would have seen.
    """

    def __init__(
        self,
        tensors: Batch,
        batch_size: int,
        seed: int,
        rank: int = 0,
        world: int = 1,
        block: int = 1,
    ) -> None:
        super().__init__(tensors, batch_size, rank, world)
        self.block = block
        self.sampler = EpochSampler(len(tensors[0]), seed)
        self.batch_sampler = None  # Lightning looks for one beside a sampler
        self._taken = self._left_at = {"epoch": 0, "batches": 0}

    def __len__(self) -> int:
        return -(-self.count // self.block)

    def order(self) -> Tensor:
        """Return the permutation of this epoch."""
        return self.sampler.order()

    def __iter__(self) -> Iterator[Block]:  # pyright: ignore[reportIncompatibleMethodOverride]
        epoch, left_at = self.sampler.epoch, self._left_at
        self._left_at = {"epoch": 0, "batches": 0}
        seen = left_at["batches"] if left_at["epoch"] == epoch else 0
        rest = self.order()[seen * self.batch_size :]
        for block in rest.split(self.block * self.batch_size):
            own = [self._own(batch) for batch in block.split(self.batch_size)]
            # One gathering for the whole block: its batches are views of that.
            indices = block if self.world == 1 else torch.cat(own)
            tensors = tuple(tensor[indices] for tensor in self.tensors)
            seen += len(own)
            self._taken = {"epoch": epoch, "batches": seen}
            yield Block(tensors, [len(batch) for batch in own])

    def state_dict(self) -> dict[str, int]:
        """Return the epoch, and how many of its batches were taken."""
        return dict(self._taken)

    def load_state_dict(self, state_dict: dict[str, int]) -> None:
        """Go on after those batches, in that epoch."""
        self._left_at = dict(state_dict)
