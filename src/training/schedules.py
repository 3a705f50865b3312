"""Learning rates over a training of a known number of steps.

Each is a function of the step alone. A resumed training whose length was changed goes on with the
rate that it would have at this step, had it been that long from the start.
"""

from __future__ import annotations

import math

from torch.optim import Optimizer
from torch.optim.lr_scheduler import LambdaLR, LRScheduler


def constant(optimizer: Optimizer, steps: int) -> LRScheduler:
    """The same rate throughout."""
    return LambdaLR(optimizer, lambda step: 1.0)


def cosine(optimizer: Optimizer, steps: int, warmup: float = 0.02) -> LRScheduler:
    """Rise linearly over the first part, then fall to nothing along half a cosine.

    Args:
        optimizer: whose rate it is.
        steps: of the whole training.
        warmup: the first part, as a fraction of the training.

    Raises:
        ValueError: if the fraction is not between 0 and 1.
    """
    _check_fraction("scheduler.warmup", warmup)
    rising = round(warmup * steps)

    def factor(step: int) -> float:
        if step < rising:
            return (step + 1) / (rising + 1)
        return _half_cosine(1.0, 0.0, (step - rising) / max(1, steps - rising))

    return LambdaLR(optimizer, factor)


def one_cycle(optimizer: Optimizer, steps: int, rising: float = 0.2) -> LRScheduler:
    """Rise from 1/25 of the rate to the rate, and fall to 1/10000 of the start: one cycle.

    Both along half a cosine. Momenta stay as they are.

    Source:
        Smith and Topin, *Super-convergence*, 2018, arXiv:1708.07120.

    Raises:
        ValueError: if the fraction is not between 0 and 1.
    """
    _check_fraction("scheduler.rising", rising)
    start, end, peak = 1 / 25, 1 / 25e4, rising * steps

    def factor(step: int) -> float:
        if step < peak:
            return _half_cosine(start, 1.0, step / peak)
        return _half_cosine(1.0, end, (step - peak) / max(1.0, steps - peak))

    return LambdaLR(optimizer, factor)


def _half_cosine(start: float, end: float, part: float) -> float:
    return end + (start - end) * (1 + math.cos(math.pi * min(1.0, part))) / 2


def _check_fraction(key: str, value: float) -> None:
    if not 0 <= value < 1:
        raise ValueError(f"{key} must lie between 0 and 1, 1 excluded; got {value}.")
