"""What physicists of atoms ask of a quantum state in motion."""

from __future__ import annotations

from jaxtyping import Float
from torch import Tensor

from ..mechanics.state import split_state
from .passages import frequency, peak


def population(x: Float[Tensor, "*batch state"], level: int) -> Float[Tensor, "*batch"]:
    """Return the probability to find a level, of ``x = (q, p)`` with psi = (q + i p) / sqrt 2."""
    q, p = split_state(x)
    return (q[..., level].square() + p[..., level].square()) / 2


def rabi_frequency(t: Float[Tensor, " time"], probability: Float[Tensor, " time"]) -> float | None:
    """Return how often a population comes and goes per unit of t; None if it does not."""
    return frequency(t, probability)


def transition_probability(t: Float[Tensor, " time"], probability: Float[Tensor, " time"]) -> float:
    """Return the largest probability on the way, between the samples as well."""
    return peak(t, probability)
