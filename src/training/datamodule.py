"""The one DataModule: the same motions for every model, in the model's coordinates."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path

import pytorch_lightning as pl
import torch
from torch import Tensor

from ..data.coordinates import express
from ..data.source import Source, Splits
from ..data.symmetries import with_images
from ..data.trajectories import Trajectories
from ..data.windows import windows
from ..mechanics.state import StateSpec
from ..systems.base import Kinematics
from .batches import ShuffledBatches, TensorBatches

VALIDATION_BATCH = 4096


class TrajectoryData(pl.LightningDataModule):
    """Windows of consecutive samples ``(t, x, dx)`` or, of driven motions, ``(t, x, dx, u)``.

    All are ``[batch, window(, ...)]``.

    Args:
        source: where the motions come from.
        kinematics: their system; it converts between coordinates.
        spec: the model's state, whose coordinates the batches have.
        window: how many consecutive samples the loss needs.
        seed: of the order of the batches.
        cache: folder of the content-addressed cache.
        dtype: of the batches.
    """

    def __init__(
        self,
        source: Source,
        kinematics: Kinematics,
        spec: StateSpec,
        window: int,
        seed: int,
        cache: Path,
        dtype: torch.dtype = torch.float32,
    ) -> None:
        super().__init__()
        self.source = source
        self.kinematics = kinematics
        self.spec = spec
        self.window = window
        self.seed = seed
        self.cache = cache
        self.dtype = dtype
        self.block = 1
        """How many batches Lightning gets at once."""
        self._splits: Splits | None = None
        self._training: ShuffledBatches | None = None
        self._left_at: dict[str, int] = {}

    @property
    def splits(self) -> Splits:
        """The motions in the reference coordinates, float64; made or read once."""
        if self._splits is None:
            self._splits = self.source.load(self.kinematics, self.cache)
        return self._splits

    @cached_property
    def training(self) -> Trajectories:
        """The motions to train on: those of the splits, and their images."""
        return with_images(self.splits.train, self.source.symmetries, self.kinematics)

    def training_samples(self) -> tuple[Tensor, ...]:
        """Return all training states, rates and inputs ``[samples, ...]``, as the model sees them.

        Without inputs for motions that are not driven.
        """
        _, *samples = self._windows(self.training, 1)
        return tuple(sample.flatten(0, 1) for sample in samples)

    def intervals(self) -> Tensor:
        """Return the times between all consecutive training samples."""
        motions = self.training
        gaps = torch.diff(motions.t, dim=1)
        return gaps[motions.mask[:, 1:] & motions.mask[:, :-1]]

    @property
    def samples(self) -> int:
        """Number of training samples."""
        return self.training.samples

    def train_dataloader(self) -> ShuffledBatches:
        """Return the training windows in the order of the epoch."""
        tensors = self._windows(self.training, self.window)
        batches = ShuffledBatches(
            tensors, self.source.batch_size, self.seed, *self._place, self.block
        )
        if self._left_at:
            batches.load_state_dict(self._left_at)
        self._training = batches
        return batches

    def batches_in(self, blocks: int) -> int:
        """Return the number of batches in so many blocks of an epoch."""
        count = self.block * blocks
        return count if self._training is None else min(count, self._training.count)

    def val_dataloader(self) -> TensorBatches:
        """Return the validation windows: all of them to each process, whose figures then agree."""
        tensors = self._windows(self.splits.validation, self.window)
        return TensorBatches(tensors, VALIDATION_BATCH)

    def state_dict(self) -> dict[str, int]:
        """Keep the place in the epoch; Lightning asks batches too, but hands it back too late."""
        return {} if self._training is None else self._training.state_dict()

    def load_state_dict(self, state_dict: dict[str, int]) -> None:
        """Go on at that place."""
        self._left_at = state_dict

    @property
    def _place(self) -> tuple[int, int]:
        """Which process of how many this is."""
        trainer = self.trainer
        return (0, 1) if trainer is None else (trainer.global_rank, trainer.world_size)

    @property
    def _device(self) -> torch.device:
        """Where the training is: the data are there as a whole."""
        trainer = self.trainer
        return torch.device("cpu") if trainer is None else trainer.strategy.root_device

    def _windows(self, trajectories: Trajectories, length: int) -> tuple[Tensor, ...]:
        expressed = express(trajectories, self.kinematics, self.spec.coordinates)
        t, x, dx, u = windows(expressed, length)
        assert dx is not None, "every source gives derivative targets"
        # Time enters losses as differences only; near zero float32 keeps them exact.
        tensors = (t - t[:, :1], x, dx, *([] if u is None else [u]))
        return tuple(tensor.to(self._device, self.dtype) for tensor in tensors)
