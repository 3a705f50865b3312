"""The Legendre transform between velocities and momenta, both ways."""

from __future__ import annotations

from collections.abc import Callable

import torch
from jaxtyping import Float
from torch import Tensor

from .hamiltonian import Energy, energy_gradient, hamiltonian_field
from .lagrangian import velocity_blocks
from .problem import Canonical
from .state import split_state

NEWTON_STEPS = 50
TOLERANCE = 1e-12
BESIDE = 1e-3
"""How far from a guess at which the energy is singular Newton's method begins instead."""


def to_canonical(
    lagrangian: Energy, x: Float[Tensor, "*batch state"]
) -> Float[Tensor, "*batch state"]:
    """Return ``(q, p)`` with ``p = dL/dv`` for the states ``x = (q, v)``."""
    q, _ = split_state(x)
    _, p = split_state(energy_gradient(lagrangian, x))
    return torch.cat((q, p), dim=-1)


def to_velocity(
    hamiltonian: Energy, x: Float[Tensor, "*batch state"]
) -> Float[Tensor, "*batch state"]:
    """Return ``(q, v)`` with ``v = dH/dp`` for the states ``x = (q, p)``."""
    q, _ = split_state(x)
    _, v = split_state(energy_gradient(hamiltonian, x))
    return torch.cat((q, v), dim=-1)


class IrregularError(ValueError):
    """There is no Legendre transform here, or none that Newton's method finds."""


def canonical_motion(lagrangian: Energy) -> Canonical:
    """Return Hamilton's field of the Legendre transform of L, entered by ``p = dL/dv``."""
    hamiltonian = HamiltonianOf(lagrangian)
    return Canonical(
        f=lambda t, x: hamiltonian_field(hamiltonian, x),
        enter=lambda x: to_canonical(lagrangian, x),
        leave=lambda x: to_velocity(hamiltonian, x),
    )


def invert_fibre_derivative(
    energy: Energy, x: Float[Tensor, "*batch state"], guess: Float[Tensor, "*batch dof"]
) -> Float[Tensor, "*batch dof"]:
    """Return ``y`` with ``dE/dy(q, y) = z`` for ``x = (q, z)``, by Newton's method per sample.

    Serves both transforms: ``z = p`` of a Lagrangian gives the velocity, ``z = v`` of a
    Hamiltonian the momentum. A step that leaves the domain of the energy, or increases the
    residual, is halved. The result is differentiable (implicit function theorem): one Newton
    step from the converged point carries the exact first derivatives.

    Raises:
        IrregularError: if a sample does not converge: the energy is not regular there.
    """
    q, target = split_state(x)

    def newton(y: Tensor) -> tuple[Tensor, Tensor]:
        """Return the residual at y, and the step that should remove it (NaN if there is none)."""
        blocks = velocity_blocks(energy, torch.cat((q, y), dim=-1))
        residual = target - blocks.l_v
        step, failed = torch.linalg.solve_ex(blocks.l_vv, residual)
        return residual, torch.where((failed > 0).unsqueeze(-1), torch.nan, step)

    with torch.no_grad():
        y, converged = _damped_newton(newton, guess, target)
        if not bool(converged.all()):
            raise IrregularError(
                f"the Legendre transform must have a solution: Newton's method did not converge "
                f"in {NEWTON_STEPS} steps for {int((~converged).sum())} of {converged.numel()} "
                f"states. The energy is not regular there: its second derivative is singular, or "
                f"no solution exists."
            )
    y = y.detach()
    return y + newton(y)[1]


def _damped_newton(
    newton: Callable[[Tensor], tuple[Tensor, Tensor]], y: Tensor, target: Tensor
) -> tuple[Tensor, Tensor]:
    """Return the last iterates ``[*batch, dof]``, and which of them converged ``[*batch, 1]``.

    Converged is where the full step, or the residual, is down to rounding.
    """
    precision = torch.finfo(y.dtype).eps
    tolerance, rounding = max(TOLERANCE, 100 * precision), 10 * precision * _size(target)
    residual, step = newton(y)
    nowhere = ~step.isfinite().all(-1, True)
    if bool(nowhere.any()):  # powers such as |v|^1.6 are singular at rest alone
        y = torch.where(nowhere, y + BESIDE * target.sign(), y)
        residual, step = newton(y)
    scale = torch.ones_like(rounding)
    converged = torch.zeros_like(rounding, dtype=torch.bool)
    for _ in range(NEWTON_STEPS):
        singular = ~step.isfinite().all(-1, True)
        settled = (_size(step) <= tolerance * (1 + _size(y))) | (_size(residual) <= rounding)
        converged = settled & ~singular
        if bool((converged | singular).all()):
            break
        trial = y + scale * step
        trial_residual, trial_step = newton(trial)
        better = (_size(trial_residual) <= _size(residual)) & trial_step.isfinite().all(-1, True)
        y = torch.where(better, trial, y)
        residual = torch.where(better, trial_residual, residual)
        step = torch.where(better, trial_step, step)
        scale = torch.where(better, 1.0, scale / 2)
    return y, converged


def _size(vector: Tensor) -> Tensor:
    return vector.abs().amax(-1, keepdim=True)


class HamiltonianOf:
    """``H(q, p) = p . v - L(q, v)`` with ``v`` solved from ``p = dL/dv``; itself an energy."""

    def __init__(self, lagrangian: Energy) -> None:
        self.lagrangian = lagrangian

    def velocity(self, x: Float[Tensor, "*batch state"]) -> Float[Tensor, "*batch dof"]:
        """Return ``v(q, p)``."""
        _, p = split_state(x)
        return invert_fibre_derivative(self.lagrangian, x, guess=torch.zeros_like(p))

    def __call__(self, x: Tensor, t: Tensor | None = None) -> Tensor:
        """Return H at ``x = (q, p)``."""
        q, p = split_state(x)
        v = self.velocity(x)
        return (p * v).sum(-1) - self.lagrangian(torch.cat((q, v), dim=-1), t)

    def gradient(self, x: Tensor, t: Tensor | None = None) -> Tensor:
        """Return ``(dH/dq, dH/dp) = (-dL/dq, v)``: no derivative of the solve is needed.

        Source:
            Arnold, section 14 (the Legendre transform is involutive).
        """
        q, _ = split_state(x)
        v = self.velocity(x)
        l_q, _ = split_state(energy_gradient(self.lagrangian, torch.cat((q, v), dim=-1), t))
        return torch.cat((-l_q, v), dim=-1)


class LagrangianOf:
    """``L(q, v) = p . v - H(q, p)`` with ``p`` solved from ``v = dH/dp``; itself an energy."""

    def __init__(self, hamiltonian: Energy) -> None:
        self.hamiltonian = hamiltonian

    def momentum(self, x: Float[Tensor, "*batch state"]) -> Float[Tensor, "*batch dof"]:
        """Return ``p(q, v)``."""
        _, v = split_state(x)
        return invert_fibre_derivative(self.hamiltonian, x, guess=torch.zeros_like(v))

    def __call__(self, x: Tensor, t: Tensor | None = None) -> Tensor:
        """Return L at ``x = (q, v)``."""
        q, v = split_state(x)
        p = self.momentum(x)
        return (p * v).sum(-1) - self.hamiltonian(torch.cat((q, p), dim=-1), t)
