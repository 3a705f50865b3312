"""Whether a learned energy is the true one, up to what data cannot tell."""

from __future__ import annotations

from dataclasses import dataclass

from jaxtyping import Float
from torch import Tensor

CONSTANT = 1e-12
"""Energies whose spread is below this fraction of their size count as constant."""


@dataclass(frozen=True)
class Agreement:
    """The straight line that best explains the learned energy by the true one."""

    r2: float
    """Share of the learned energy's variance that the line explains."""
    scale: float
    """Slope of the line: learned energy per true energy. 1 where the scale itself was learned."""


def energy_agreement(
    learned: Float[Tensor, " states"], true: Float[Tensor, " states"]
) -> Agreement | None:
    """Fit ``learned = scale * true + constant`` over states, by least squares.

    A learned Hamiltonian is free up to a constant; a learned Lagrangian, and its energy, up to a
    factor as well: values cannot be compared, but the fit can. None where one of the energies does
    not vary, or is not finite.
    """
    a, b = true - true.mean(), learned - learned.mean()
    spread_a, spread_b = float(a.square().mean().sqrt()), float(b.square().mean().sqrt())
    varies = spread_a > CONSTANT * float(true.abs().max()) and spread_b > CONSTANT * float(
        learned.abs().max()
    )
    if not varies:
        return None
    covariance = float((a * b).mean())
    return Agreement(
        r2=(covariance / spread_a / spread_b) ** 2, scale=covariance / spread_a / spread_a
    )
