"""What control engineers ask of motions under their laws."""

from __future__ import annotations

import torch
from jaxtyping import Float
from torch import Tensor

WITHIN = (0.3, 1.0)
"""How near upright, in rad, and how slow, in rad/s, a linear law can hold."""


def catch_times(
    t: Float[Tensor, " time"],
    angle: Float[Tensor, "starts time"],
    rate: Float[Tensor, "starts time"],
    upright: float = torch.pi,
    within: tuple[float, float] = WITHIN,
) -> Float[Tensor, " starts"]:
    """Return when motions first come so close to upright that a linear law could hold them.

    ``within`` are the largest distance, in rad, whatever the whole turns, and the largest rate, in
    rad/s. Both must hold at one time. NaN for motions that never do; what is not finite does not.
    """
    turn = 2 * torch.pi
    distance = torch.remainder(angle - upright + torch.pi, turn) - torch.pi
    near, slow = within
    held = (distance.abs() < near) & (rate.abs() < slow)
    return torch.where(held.any(dim=-1), t[held.to(torch.int8).argmax(dim=-1)], torch.nan)


def basin(times: Float[Tensor, " starts"]) -> float:
    """Return the fraction of the starts from which a law succeeds, of the times that it takes."""
    return float(times.isfinite().double().mean())
