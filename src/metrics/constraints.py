"""How far motions are from satisfying constraints."""

from __future__ import annotations

from dataclasses import dataclass

from jaxtyping import Float
from torch import Tensor


@dataclass(frozen=True)
class Violation:
    """Sizes of what should vanish, one figure per motion.

    Not finite for motions that are not finite.
    """

    rms: Float[Tensor, " trajectories"]
    """Root of the mean square over samples and constraints."""
    largest: Float[Tensor, " trajectories"]
    """Largest size of any constraint at any sample."""


def violation(residual: Float[Tensor, "trajectories time constraints"]) -> Violation:
    """Return how far each motion is from satisfying constraints, or their rates."""
    return Violation(residual.square().mean(dim=(1, 2)).sqrt(), residual.abs().amax(dim=(1, 2)))
