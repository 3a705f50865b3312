"""LightningModules: how a model is stepped, validated and optimised."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import pytorch_lightning as pl
import torch
from pytorch_lightning.utilities.types import OptimizerLRScheduler
from torch import Tensor
from torch.optim.lr_scheduler import LRScheduler

from ..integrators.base import Integrator
from ..kernels.regression import Regression
from ..losses.derivative import DerivativeLoss
from ..losses.rollout import Staged
from ..models.base import Dynamics
from .batches import Batch, Block

if TYPE_CHECKING:
    from .stepping import Stepper


MOST = 2**22
"""Numbers of a block's features and their slopes that are held at once."""


class DynamicsModule(pl.LightningModule, ABC):
    """Steps, validation and optimizer of any learned dynamics.

    Args:
        model: the dynamics.
        loss: a function ``(model, integrator, t, x, dx, u=None) -> scalar`` from ``losses``.
        integrator: what the loss rolls out with, where it does.
        optimizer: makes an optimizer from parameters.
        scheduler: makes a schedule from an optimizer, stepped with it.
        identity: what a checkpoint needs to rebuild the run, in primitives.
    """

    def __init__(
        self,
        model: Dynamics,
        loss: Callable[..., Tensor],
        integrator: Integrator,
        optimizer: Callable[..., torch.optim.Optimizer],
        scheduler: Callable[..., Any],
        identity: Mapping[str, Any],
    ) -> None:
        super().__init__()
        self.model = model
        self.loss = self.stage = loss
        self.integrator = integrator
        self.make_optimizer = optimizer
        self.make_scheduler = scheduler
        self.identity = dict(identity)
        self.stepper: Stepper | None = None
        """Set by the training."""
        # Several steps make one of Lightning's: see stepping.
        self.automatic_optimization = False
        self._compiled: Callable[..., Tensor] | None = None
        self._losses: list[Tensor] = []
        self._progress = 0.0

    @abstractmethod
    def diagnose(self, x: Tensor) -> dict[str, Tensor]:
        """Return what is worth watching of this kind of model at validation states."""

    def on_train_epoch_start(self) -> None:
        """Choose what this epoch minimises, where the loss changes along the training."""
        if isinstance(self.loss, Staged):
            self._choose_stage(min(1.0, self.trainer.global_step / self.planned_steps()))

    def _choose_stage(self, progress: float) -> None:
        self._progress = progress
        if isinstance(self.loss, Staged):
            self.stage = self.loss.at(progress)

    def training_step(self, batch: Block, batch_idx: int) -> None:
        """Take the steps of a block of batches; the loss is that of the epoch's stage."""
        assert self.stepper is not None
        regression = self._regression(batch) if self.stepper.at_once else None
        # self.log on each step costs more than a small net's step: the mean is logged instead.
        if regression is not None:
            losses = self.stepper.descend(regression, batch.sizes)
            self._losses.append(torch.tensor(losses, dtype=regression.y.dtype))
        else:
            for index, one in enumerate(batch, start=1):
                loss = self._training_score(one)
                self._losses.append(loss.detach())
                self.stepper.take(loss, last=self.trainer.is_last_batch and index == len(batch))
        self.stepper.close()

    def _regression(self, block: Block) -> Regression | None:
        """Return the loss of all batches together as one regression, if a kernel takes it."""
        loss: Any = self.stage
        _, x, dx, *_ = block.tensors
        plain = type(loss) is DerivativeLoss  # what derives from it may add to it
        if not plain or self._compiled is not None or x.numel() * x.shape[-1] > MOST:
            return None
        with torch.no_grad():
            regression = loss.regression(self.model, x, dx)
        return regression if regression is not None and regression.applies() else None

    def compile_loss(self) -> None:
        """Let the training loss go through torch.compile from now on."""
        self._compiled = torch.compile(self._score, dynamic=False)

    def _training_score(self, batch: Batch) -> Tensor:
        data = self.trainer.datamodule  # pyright: ignore[reportAttributeAccessIssue]
        # A smaller last batch would be compiled once more.
        whole = len(batch[0]) == data.source.batch_size
        return (self._compiled if self._compiled and whole else self._score)(self.stage, batch)

    def on_before_optimizer_step(self, optimizer: torch.optim.Optimizer) -> None:
        """Judge and clip gradients, where Lightning takes the steps."""
        assert self.stepper is not None
        self.stepper.tend(optimizer)

    def transfer_batch_to_device(
        self, batch: Any, device: torch.device, dataloader_idx: int
    ) -> Any:
        """Return the batch as it is: the tensors that it is cut from are there already."""
        return batch

    def validation_step(self, batch: Batch, batch_idx: int) -> None:
        """Log the loss on unseen motions, and the model's own diagnostics."""
        loss = self._score(self.loss, batch)
        size = len(batch[0])
        self.log("validation/loss", loss, batch_size=size)
        states = batch[1][:, 0]
        for name, value in self.diagnose(states).items():
            self.log(f"validation/{name}", value, batch_size=size)

    def _score(self, loss: Callable[..., Tensor], batch: Batch) -> Tensor:
        return self.model.averaged(lambda model: loss(model, self.integrator, *batch))

    def on_validation_epoch_end(self) -> None:
        """Log the mean training loss since the last validation: before a checkpoint is written."""
        if not self._losses:
            return
        self.log("train/loss", self._stacked_losses().mean(), sync_dist=True)
        rates = [group["lr"] for one in self.trainer.optimizers for group in one.param_groups]
        if rates:
            self.log("learning_rate", rates[0])
        self._losses.clear()

    def _stacked_losses(self) -> Tensor:
        # Those of a checkpoint come from the CPU.
        return torch.cat([loss.to(self.device).reshape(-1) for loss in self._losses])

    def scheduled(self, steps: int) -> tuple[torch.optim.Optimizer, LRScheduler]:
        """Return an optimizer of the model and its schedule over so many steps.

        Raises:
            ValueError: if the settings of either do not fit.
        """
        optimizer = self.make_optimizer(self.model.parameters())
        return optimizer, self.make_scheduler(optimizer, max(1, steps))

    def configure_optimizers(self) -> OptimizerLRScheduler:
        """Return the optimizer and its schedule, stepped with every batch."""
        optimizer, schedule = self.scheduled(self.planned_steps())
        return {
            "optimizer": optimizer,
            "lr_scheduler": {"scheduler": schedule, "interval": "step"},
        }

    def planned_steps(self) -> int:
        """Return how many optimizer steps the training will take."""
        trainer, stepper = self.trainer, self.stepper
        assert stepper is not None
        most = trainer.estimated_stepping_batches  # loads the data, too
        if trainer.max_epochs in (None, -1):
            return max(1, int(most))
        data = trainer.datamodule  # pyright: ignore[reportAttributeAccessIssue]
        steps = stepper.in_an_epoch(data.batches_in(int(trainer.num_training_batches)))
        steps *= trainer.max_epochs
        return max(1, steps if trainer.max_steps < 0 else min(steps, trainer.max_steps))

    def on_save_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        """Add what rebuilds the run and its epoch; primitives, for ``weights_only``."""
        checkpoint["legendre"] = self.identity
        losses = self._stacked_losses() if self._losses else torch.zeros(0)
        whole = self.trainer.strategy.reduce(losses, reduce_op="mean")  # over all processes
        checkpoint["epoch_so_far"] = {"losses": whole, "progress": self._progress}

    def on_load_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        """Go on with the epoch."""
        so_far = checkpoint.get("epoch_so_far", {"losses": (), "progress": 0.0})
        self._losses = list(so_far["losses"])
        self._choose_stage(so_far["progress"])
