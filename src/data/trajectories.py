"""The one container of motions."""

from __future__ import annotations

from dataclasses import dataclass, replace

from jaxtyping import Bool, Float
from torch import Tensor

from ..mechanics.state import StateSpec


@dataclass(frozen=True)
class Trajectories:
    """Several motions of one system, float64.

    Motions of different lengths are padded at the end; ``mask`` tells which samples exist, and
    padded entries repeat the last sample, so that no computation meets a NaN.
    """

    spec: StateSpec
    """Names and coordinates of the states."""
    t: Float[Tensor, "trajectories time"]
    """Times, in s; each row increases strictly over its mask, at its own pace."""
    x: Float[Tensor, "trajectories time state"]
    """The observed states, with measurement noise."""
    mask: Bool[Tensor, "trajectories time"]
    dx: Float[Tensor, "trajectories time state"] | None = None
    """Derivative targets (of the noise-free motion, or estimated from the observed states)."""
    clean: Float[Tensor, "trajectories time state"] | None = None
    """The noise-free states; None for recordings, where nobody knows them."""

    def __len__(self) -> int:
        return len(self.t)

    def select(self, rows: Tensor) -> Trajectories:
        """Return the motions with these indices."""

        def pick(tensor: Tensor | None) -> Tensor | None:
            return None if tensor is None else tensor[rows]

        return replace(
            self,
            t=self.t[rows],
            x=self.x[rows],
            mask=self.mask[rows],
            dx=pick(self.dx),
            clean=pick(self.clean),
        )
