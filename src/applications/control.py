"""What control engineers ask of motions under their laws."""

from __future__ import annotations

import torch
from jaxtyping import Bool, Float
from torch import Tensor


def caught(
    angle: Float[Tensor, "starts time"],
    rate: Float[Tensor, "starts time"],
    upright: float = torch.pi,
    within: tuple[float, float] = (0.3, 1.0),
) -> Bool[Tensor, " starts"]:
    """Return which motions come so close to upright that a linear law could hold them.

    ``within`` are the largest distance, in rad, whatever the whole turns, and the largest rate, in
    rad/s. Both must hold at one time. What is not finite is not caught.
    """
    turn = 2 * torch.pi
    distance = torch.remainder(angle - upright + torch.pi, turn) - torch.pi
    near, slow = within
    return ((distance.abs() < near) & (rate.abs() < slow)).any(dim=-1)


def basin(caught: Bool[Tensor, " starts"]) -> float:
    """Return the fraction of the starts from which a law succeeds."""
    return float(caught.double().mean())
