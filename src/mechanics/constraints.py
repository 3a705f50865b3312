r"""Holonomic constraints phi(q) = 0 on the motions of any energy.

Constraint forces act along the rows of :math:`\varphi_q` and do no work on motions that satisfy the
hidden constraint :math:`\dot\varphi = \varphi_q\, \partial H/\partial p = 0`:

.. math:: \dot q = H_p, \qquad \dot p = -H_q - \varphi_q^T \lambda, \qquad \varphi(q) = 0

The states with :math:`\varphi = \dot\varphi = 0` are the manifold on which the motion lies.

Source:
    Hairer, Lubich, Wanner, *Geometric Numerical Integration*, 2nd ed., section VII.1.2.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from .hamiltonian import Energy, energy_gradient, hamiltonian_field
from .lagrangian import velocity_blocks
from .state import split_state
from .symplectic import jacobian_at_once

Constraints = Callable[[Tensor], Tensor]
"""phi: positions ``[*batch, dof] -> [*batch, constraints]``, each zero where it holds."""

NEWTON_STEPS = 30
TIGHT = 4
"""Change, in units of rounding, at which positions are solved."""


def constraint_rate(
    energy: Energy, phi: Constraints, x: Float[Tensor, "*batch state"], t: Tensor | None = None
) -> Float[Tensor, "*batch constraints"]:
    """Return ``d phi/dt = phi_q dH/dp`` at ``x = (q, p)``: the hidden constraint."""
    q, _ = split_state(x)
    return torch.func.jvp(phi, (q,), (_velocity(energy, x, t),))[1]


def constrained_field(
    energy: Energy, phi: Constraints, x: Float[Tensor, "*batch state"], t: Tensor | None = None
) -> Float[Tensor, "*batch state"]:
    r"""Return ``dx/dt`` at ``x = (q, p)``, the multipliers eliminated: the field of index 1.

    They are those that keep :math:`\dot\varphi` constant, :math:`(\varphi_q H_{pp} \varphi_q^T)
    \lambda = d\dot\varphi/dt` of the unconstrained field. H must be convex in p, and the rows of
    ``phi_q`` independent. The field is defined beside the manifold too, where it keeps the rates of
    the constraints, and so neither the constraints themselves nor the energy.

    Source:
        Hairer, Lubich, Wanner, section VII.1.2.
    """
    q, _ = split_state(x)
    free = hamiltonian_field(energy, x, t)
    excess = torch.func.jvp(lambda y: constraint_rate(energy, phi, y, t), (x,), (free,))[1]
    rows = jacobian_at_once(phi, q)
    multipliers = solve(rows @ _responses(energy, x, rows, t), excess)
    return free - _momentum(combine(rows.mT, multipliers))


def dirac_field(
    energy: Energy,
    bound: Callable[[Tensor], Tensor],
    x: Float[Tensor, "*batch state"],
    t: Tensor | None = None,
) -> Float[Tensor, "*batch state"]:
    r"""Return ``dx/dt`` at ``x = (q, p)`` by Dirac's bracket, which keeps given functions Phi.

    .. math:: \dot x = J \nabla H - J \Phi_x^T (\Phi_x J \Phi_x^T)^{-1} \Phi_x J \nabla H

    With ``bound`` the constraints and their rates, ``(phi, d phi/dt)``, it is the same field on the
    manifold; beside it this one keeps Phi and H at whatever values they have, as the bracket is
    skew and Phi are its Casimir functions. So the positions of a learned energy stay where the
    constraints hold, though its masses are not quite those that the starts were made with.

    Source:
        P. A. M. Dirac, *Lectures on Quantum Mechanics*, 1964; Finzi, Wang, Wilson, *Simplifying
        Hamiltonian and Lagrangian Neural Networks via Explicit Constraints*, NeurIPS 2020,
        arXiv:2010.13581.
    """
    free = hamiltonian_field(energy, x, t)
    rows = jacobian_at_once(bound, x)
    by_q, by_p = rows.chunk(2, dim=-1)
    directions = torch.cat((by_p, -by_q), dim=-1).mT
    return free - combine(directions, solve(rows @ directions, combine(rows, free)))


def constrained_lagrangian_field(
    lagrangian: Energy,
    phi_q: Callable[[Tensor], Tensor],
    x: Float[Tensor, "*batch state"],
    t: Tensor | None = None,
) -> Float[Tensor, "*batch state"]:
    r"""Return ``(v, a)`` at ``x = (q, v)``: the same field of index 1, by the Lagrangian.

    .. math:: L_{vv} a = L_q - L_{vq} v - \varphi_q^T \lambda, \qquad \ddot\varphi = 0

    ``phi_q`` are the rows of the constraints, ``[*batch, dof] -> [*batch, constraints, dof]``.
    """
    q, v = split_state(x)
    blocks = velocity_blocks(lagrangian, x, t)
    moving = torch.func.jvp(phi_q, (q,), (v,))
    rows, bending = moving[0], combine(moving[1], v)
    free = solve(blocks.l_vv, blocks.l_q - blocks.l_vq_v)
    responses = torch.linalg.solve_ex(blocks.l_vv, rows.mT).result
    multipliers = solve(rows @ responses, combine(rows, free) + bending)
    return torch.cat((v, free - combine(responses, multipliers)), dim=-1)


def project(
    energy: Energy, phi: Constraints, x: Float[Tensor, "*batch state"]
) -> Float[Tensor, "*batch state"]:
    r"""Return states on the manifold near ``x = (q, p)``.

    Positions move in the metric of the masses, along :math:`H_{pp} \varphi_q^T` at x, by Newton's
    method; momenta then lose their part along :math:`\varphi_q^T`. H must be quadratic in p.

    Raises:
        ValueError: if no positions near some of the states satisfy the constraints.
    """
    q, p = split_state(x)
    directions = _responses(energy, x, jacobian_at_once(phi, q))
    multipliers, failed = land(phi, lambda y: jacobian_at_once(phi, y), q, directions)
    if bool(failed.any()):
        raise ValueError(
            f"states must lie near the manifold phi(q) = 0; no position on it was found from "
            f"{int(failed.sum())} of {failed.numel()} states."
        )
    x = torch.cat((q - combine(directions, multipliers), p), dim=-1)
    rows = jacobian_at_once(phi, split_state(x)[0])
    excess = solve(rows @ _responses(energy, x, rows), constraint_rate(energy, phi, x))
    return x - _momentum(combine(rows.mT, excess))


def land(
    phi: Constraints,
    phi_q: Callable[[Tensor], Tensor],
    q: Float[Tensor, "*batch dof"],
    directions: Float[Tensor, "*batch dof constraints"],
) -> tuple[Float[Tensor, "*batch constraints"], Bool[Tensor, "*batch"]]:
    r"""Return :math:`\nu` with :math:`\varphi(q - D\nu) = 0`, and the samples without a solution.

    Newton's method per sample, down to rounding. Differentiable once: one Newton step from the
    solution has the derivatives of the implicit function.
    """

    def change(nu: Tensor) -> Tensor:
        y = q - combine(directions, nu)
        return solve(phi_q(y) @ directions, phi(y))

    with torch.no_grad():
        nu = torch.zeros_like(directions[..., 0, :])
        size, rounding = q.abs().amax(-1), torch.finfo(q.dtype).eps
        last, solved = torch.full_like(size, torch.inf), size < 0
        for _ in range(NEWTON_STEPS):
            step = change(nu)
            nu = nu + step
            error = combine(directions, step).abs().amax(-1)
            # Where rounding in phi is larger than that of q, steps stop shrinking before.
            stalled = (error > last / 2) & (error < rounding**0.5 * size)
            solved, last = (error <= TIGHT * rounding * size) | stalled, error
            if bool((solved | ~error.isfinite()).all()):
                break
        nu = nu.detach()
    return nu + change(nu), ~solved


def combine(
    columns: Float[Tensor, "... rows columns"], factors: Float[Tensor, "... columns"]
) -> Float[Tensor, "... rows"]:
    """Return the product of a matrix and a vector, per sample; batches are broadcast."""
    return (columns @ factors.unsqueeze(-1)).squeeze(-1)


def solve(
    matrix: Float[Tensor, "*batch size size"], right: Float[Tensor, "*batch size"]
) -> Float[Tensor, "*batch size"]:
    """Return the solution per sample; not finite where the matrix is singular."""
    return torch.linalg.solve_ex(matrix, right.unsqueeze(-1)).result.squeeze(-1)


def _velocity(energy: Energy, x: Tensor, t: Tensor | None = None) -> Tensor:
    return split_state(energy_gradient(energy, x, t))[1]


def _responses(energy: Energy, x: Tensor, rows: Tensor, t: Tensor | None = None) -> Tensor:
    """Return ``H_pp phi_q^T``: the velocities that impulses along the rows make, as columns."""
    velocities = [
        torch.func.jvp(lambda y: _velocity(energy, y, t), (x,), (_momentum(row),))[1]
        for row in rows.unbind(-2)
    ]
    return torch.stack(velocities, dim=-1)


def _momentum(p: Tensor) -> Tensor:
    """Return the direction ``(0, p)`` of states."""
    return torch.cat((torch.zeros_like(p), p), dim=-1)
