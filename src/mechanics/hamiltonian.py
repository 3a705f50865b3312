"""Hamilton's equations for any energy H(q, p)."""

from __future__ import annotations

from typing import Protocol, runtime_checkable

import torch
from jaxtyping import Float
from torch import Tensor

from .state import split_state


@runtime_checkable
class Energy(Protocol):
    """A scalar function of the state: ``[*batch, state] -> [*batch]``.

    A known Hamiltonian, a learned one, a Lagrangian: whatever supplies numbers per state.
    """

    def __call__(self, x: Tensor, t: Tensor | None = None) -> Tensor:
        """Return the value at each state."""
        ...


def energy_gradient(
    energy: Energy, x: Float[Tensor, "*batch state"], t: Tensor | None = None
) -> Float[Tensor, "*batch state"]:
    """Return ``grad E(x)`` per sample, in closed form where the energy has a method ``gradient``.

    Differentiable with respect to the parameters of the energy, and valid under ``no_grad`` and
    ``inference_mode``: ``torch.func`` keeps its own record. Samples must not mix in the energy.
    """
    closed = getattr(energy, "gradient", None)
    if closed is not None:
        return closed(x, t)
    return torch.func.grad(lambda y: energy(y, t).sum())(x)


def hamiltonian_field(
    energy: Energy, x: Float[Tensor, "*batch state"], t: Tensor | None = None
) -> Float[Tensor, "*batch state"]:
    r"""Return ``(dq/dt, dp/dt) = (dH/dp, -dH/dq)`` at the states ``x = (q, p)``.

    Source:
        V. I. Arnold, *Mathematical Methods of Classical Mechanics*, 2nd ed., section 15, theorem 1.

    Raises:
        ValueError: if the last axis of ``x`` is odd, and so cannot hold ``(q, p)``.
    """
    split_state(x)
    return motion_of(energy_gradient(energy, x, t))


def motion_of(gradient: Float[Tensor, "*batch state"]) -> Float[Tensor, "*batch state"]:
    """Return ``J grad H = (dH/dp, -dH/dq)`` for the gradient ``(dH/dq, dH/dp)``."""
    dh_dq, dh_dp = split_state(gradient)
    return torch.cat((dh_dp, -dh_dq), dim=-1)
