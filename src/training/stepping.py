"""How optimizer steps are taken, and what is done with gradients before each."""

from __future__ import annotations

import inspect
import math
from collections.abc import Sequence
from dataclasses import dataclass

import pytorch_lightning as pl
import torch
from pytorch_lightning.plugins import DoublePrecision, Precision
from pytorch_lightning.strategies import SingleDeviceStrategy
from torch import Tensor
from torch.nn.utils import clip_grad_value_, clip_grads_with_norm_, get_total_norm

from ..kernels.regression import Regression
from .callbacks import FiniteGradients

HOOKS = (
    "on_before_backward",
    "on_after_backward",
    "on_before_optimizer_step",
    "on_before_zero_grad",
)
"""What a callback may want to do within a step."""


@dataclass(frozen=True)
class Clipping:
    """The Trainer's settings ``gradient_clip_val`` and ``gradient_clip_algorithm``."""

    most: float | None
    by_value: bool


class Stepper:
    """Takes the steps of a module: directly, or through Lightning where that makes a difference.

    Lightning's own work for one step costs more than the step of a small net. So its training steps
    are blocks of several of ours, and each of ours calls the optimizer itself, unless there are
    several processes, half precision, or callbacks that look into a step.

    Args:
        trainer: whose settings are taken over: clipping and accumulation are done here.
        guard: judges gradients.
        direct: whether steps may be taken directly.
    """

    def __init__(self, trainer: pl.Trainer, guard: FiniteGradients, direct: bool) -> None:
        self.trainer = trainer
        self.guard = guard
        self.clipping = Clipping(
            trainer.gradient_clip_val, trainer.gradient_clip_algorithm == "value"
        )
        self.accumulate = trainer.accumulate_grad_batches
        # Lightning refuses both where steps are not its own.
        trainer.gradient_clip_val, trainer.accumulate_grad_batches = None, 1
        self.direct = direct and _plain(trainer)
        self._gathered = 0

    @property
    def idle(self) -> bool:
        """Whether no gradient waits for others: between two steps."""
        return not self._gathered

    def check(self, optimizer: torch.optim.Optimizer) -> None:
        """Refuse an optimizer whose steps cannot be taken in this way.

        Raises:
            ValueError: with what to do instead.
        """
        name = type(optimizer).__name__
        closure = inspect.signature(optimizer.step).parameters.get("closure")
        if closure is not None and closure.default is inspect.Parameter.empty:
            raise ValueError(
                f"optimizer must take a step from one gradient; {name} asks for the loss again "
                f"and again. Use optimizer=adam, optimizer=adamw or optimizer=sgd."
            )
        scaled = getattr(self.trainer.precision_plugin, "scaler", None) is not None
        if scaled and getattr(optimizer, "_step_supports_amp_scaling", False):
            raise ValueError(
                f"optimizer must not be fused with trainer.precision=16-mixed, as gradients are "
                f"clipped before it scales them back; got a fused {name}. Set "
                f"optimizer.fused=false, or trainer.precision=bf16-mixed."
            )

    def take(self, loss: Tensor, last: bool) -> None:
        """Add the gradient of a loss, and step if enough are gathered or it is the epoch's last."""
        module, optimizer = self._module(), self.trainer.optimizers[0]
        if self.accumulate > 1:
            loss = loss / self.accumulate
        if not self._gathered:
            _forget(optimizer)
        loss.backward() if self.direct else module.manual_backward(loss)
        self._gathered += 1
        if self._gathered < self.accumulate and not last:
            return
        self._gathered = 0
        if self.direct:
            self.tend(optimizer)
            self._step(optimizer)
        else:
            module.optimizers().step()  # pyright: ignore[reportAttributeAccessIssue, reportCallIssue]
        module.lr_schedulers().step()  # pyright: ignore

    @property
    def at_once(self) -> bool:
        """Whether each batch makes a step, taken directly: then :meth:`descend` may take it."""
        return self.direct and self.accumulate == 1

    def descend(self, regression: Regression, sizes: Sequence[int]) -> list[float]:
        """Step along a regression, for parts of so many samples in turn; return their losses."""
        optimizer, schedule = self.trainer.optimizers[0], self._module().lr_schedulers()
        losses = []
        _forget(optimizer)
        for loss, norm in regression.differentiate(sizes):
            self._judge(optimizer, regression.weights, norm)
            self._step(optimizer)
            schedule.step()  # pyright: ignore[reportAttributeAccessIssue, reportCallIssue, reportOptionalMemberAccess]
            losses.append(loss)
        return losses

    def _step(self, optimizer: torch.optim.Optimizer) -> None:
        optimizer.step()
        # What global_step counts.
        steps = self.trainer.fit_loop.epoch_loop.manual_optimization.optim_step_progress
        steps.increment_ready()
        steps.increment_completed()

    def tend(self, optimizer: torch.optim.Optimizer) -> None:
        """Drop a gradient that is not finite, and shorten one that is too long."""
        parameters = [
            p for group in optimizer.param_groups for p in group["params"] if p.grad is not None
        ]
        norm = get_total_norm([p.grad for p in parameters if p.grad is not None])
        self._judge(optimizer, parameters, float(norm))

    def _judge(
        self, optimizer: torch.optim.Optimizer, parameters: Sequence[Tensor], norm: float
    ) -> None:
        # A norm is finite only if every entry is.
        if not self.guard.accepts(norm, self.trainer.global_step):
            _forget(optimizer)  # an optimizer passes over what has no gradient
        elif self.clipping.most is None:
            return
        elif self.clipping.by_value:
            clip_grad_value_(parameters, self.clipping.most)
        elif norm + 1e-6 > self.clipping.most:  # the rounding that torch adds, too
            size = torch.tensor(norm, dtype=parameters[0].dtype)
            clip_grads_with_norm_(parameters, self.clipping.most, size)

    def close(self) -> None:
        """Have Lightning count our steps, not its own, in what it logs; after each block."""
        # It adds one itself.
        self.trainer.fit_loop.epoch_loop._batches_that_stepped = self.trainer.global_step - 1

    def in_an_epoch(self, batches: int) -> int:
        """Return the number of steps in so many batches."""
        return math.ceil(batches / self.accumulate)

    def _module(self) -> pl.LightningModule:
        return self.trainer.lightning_module


def _forget(optimizer: torch.optim.Optimizer) -> None:
    # As optimizer.zero_grad(), whose own bookkeeping takes as long as a small net's gradient.
    for group in optimizer.param_groups:
        for parameter in group["params"]:
            parameter.grad = None


def blocks_allowed(trainer: pl.Trainer) -> bool:
    """Whether nobody counts single batches: then several may make one of Lightning's steps."""
    return (
        trainer.max_steps == -1
        and trainer.limit_train_batches == 1.0
        and trainer.val_check_interval == 1.0
        and trainer.overfit_batches == 0.0  # pyright: ignore[reportAttributeAccessIssue]
    )


def _plain(trainer: pl.Trainer) -> bool:
    strategy = type(trainer.strategy) is SingleDeviceStrategy
    precision = type(trainer.precision_plugin) in (Precision, DoublePrecision)
    return strategy and precision and not _watched(trainer.callbacks)  # pyright: ignore


def _watched(callbacks: Sequence[pl.Callback]) -> bool:
    return any(
        getattr(type(callback), hook) is not getattr(pl.Callback, hook)
        for callback in callbacks
        for hook in HOOKS
    )
