"""Consecutive samples, as losses ask for them."""

from __future__ import annotations

from typing import NamedTuple

from torch import Tensor

from .trajectories import Trajectories


class Windows(NamedTuple):
    """Stretches of ``length`` consecutive samples, cut from motions."""

    t: Tensor
    """Times ``[windows, length]``, in s."""
    x: Tensor
    """Observed states ``[windows, length, state]``."""
    dx: Tensor | None
    """Derivative targets ``[windows, length, state]``."""
    u: Tensor | None = None
    """Inputs ``[windows, length, inputs]``, each held until the next sample."""


def windows(trajectories: Trajectories, length: int) -> Windows:
    """Return every stretch of ``length`` consecutive samples, overlapping ones too.

    No stretch crosses from one motion to another, over an impact or into padding. Recordings are
    cut at their gaps when they are read, so none crosses a gap either.

    Raises:
        ValueError: if ``length`` is not positive, or no motion is that long.
    """
    rows = range(len(trajectories))
    longest = max(run.stop - run.start for row in rows for run in trajectories.runs(row))
    if not 1 <= length <= longest:
        raise ValueError(
            f"windows must hold between 1 sample and the {longest} samples of the longest "
            f"uninterrupted motion; got {length} samples. Shorten the window of the loss, or give "
            f"longer motions."
        )
    inside = trajectories.mask.unfold(1, length, 1).all(dim=-1)
    if trajectories.piece is not None:
        pieces = trajectories.piece.unfold(1, length, 1)
        inside &= pieces[..., 0] == pieces[..., -1]

    def cut(tensor: Tensor) -> Tensor:
        """``[trajectories, time, ...] -> [windows, length, ...]``; unfold puts the window last."""
        return tensor.unfold(1, length, 1)[inside].movedim(-1, 1)

    dx, u = trajectories.dx, trajectories.u
    return Windows(
        cut(trajectories.t),
        cut(trajectories.x),
        None if dx is None else cut(dx),
        None if u is None else cut(u),
    )
