"""Learning rates over a training of a known number of steps."""

from __future__ import annotations

from torch.optim import Optimizer
from torch.optim.lr_scheduler import (
    ConstantLR,
    CosineAnnealingLR,
    LinearLR,
    LRScheduler,
    OneCycleLR,
    SequentialLR,
)


def constant(optimizer: Optimizer, steps: int) -> LRScheduler:
    """The same rate throughout."""
    return ConstantLR(optimizer, factor=1.0, total_iters=steps)


def cosine(optimizer: Optimizer, steps: int, warmup: float = 0.02) -> LRScheduler:
    """Rise linearly over the first part, then fall to nothing along half a cosine.

    Args:
        optimizer: whose rate it is.
        steps: of the whole training.
        warmup: the first part, as a fraction of the training.

    Raises:
        ValueError: if the fraction is not below 1.
    """
    if not 0 <= warmup < 1:
        raise ValueError(f"scheduler.warmup must lie between 0 and 1, 1 excluded; got {warmup}.")
    rising = round(warmup * steps)
    fall = CosineAnnealingLR(optimizer, T_max=max(1, steps - rising))
    if not rising:
        return fall
    rise = LinearLR(optimizer, start_factor=1 / (rising + 1), total_iters=rising)
    return SequentialLR(optimizer, [rise, fall], milestones=[rising])


def one_cycle(optimizer: Optimizer, steps: int, rising: float = 0.2) -> LRScheduler:
    """Rise from 1/25 of the rate to the rate, and fall to 1/10000 of that: one cycle.

    Source:
        Smith and Topin, *Super-convergence*, 2018, arXiv:1708.07120.
    """
    peak = optimizer.param_groups[0]["lr"]
    return OneCycleLR(optimizer, max_lr=peak, total_steps=steps, pct_start=rising)
