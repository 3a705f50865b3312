"""The Euler-Lagrange equations for any regular Lagrangian L(q, v)."""

from __future__ import annotations

from typing import NamedTuple, Protocol, cast, runtime_checkable

import torch
from jaxtyping import Float
from torch import Tensor

from .hamiltonian import Energy, energy_gradient
from .state import split_state

FEW = 6
"""Degrees of freedom whose mass matrices cost no more than what else is asked of a state."""
LEAST_MASSES = 16


class VelocityBlocks(NamedTuple):
    """The derivatives of L(q, v) that the equations of motion need, per sample."""

    l_q: Tensor
    """dL/dq, ``[*batch, dof]``."""
    l_v: Tensor
    """dL/dv, the momentum, ``[*batch, dof]``."""
    l_vv: Tensor
    """d2L/dv dv, the mass matrix, ``[*batch, dof, dof]``."""
    l_vq_v: Tensor
    """d2L/dv_i dq_j v_j, how moving on changes the momentum, ``[*batch, dof]``."""


@runtime_checkable
class ClosedFormBlocks(Protocol):
    """A Lagrangian that knows its own velocity blocks in closed form."""

    def velocity_blocks(self, x: Tensor, t: Tensor | None = None) -> VelocityBlocks:
        """Return the blocks at each state."""
        ...


@runtime_checkable
class ClosedFormField(Protocol):
    """A Lagrangian that knows a shorter way to its motions than by its blocks."""

    def euler_lagrange_field(self, x: Tensor, t: Tensor | None = None) -> Tensor:
        """Return ``(v, a)`` at each state."""
        ...


def velocity_blocks(
    lagrangian: Energy, x: Float[Tensor, "*batch state"], t: Tensor | None = None
) -> VelocityBlocks:
    """Return the first derivatives of L, and of its second ones what accelerations need.

    In closed form where the Lagrangian offers one, by forward-over-reverse differentiation along
    each velocity and along the motion otherwise. Samples must not mix in the Lagrangian.
    """
    if isinstance(lagrangian, ClosedFormBlocks):
        return lagrangian.velocity_blocks(x, t)

    def gradient(y: Tensor) -> Tensor:
        return energy_gradient(lagrangian, y, t)

    l_q, l_v = split_state(gradient(x))
    size = x.shape[-1]
    velocities = torch.eye(size, dtype=x.dtype, device=x.device)[size // 2 :].expand(
        *x.shape[:-1], -1, -1
    )
    columns = [
        split_state(torch.func.jvp(gradient, (x,), (tangent,))[1])[1]
        for tangent in (*velocities.unbind(-2), motion_tangent(x))
    ]
    return VelocityBlocks(l_q, l_v, torch.stack(columns[:-1], dim=-1), columns[-1])


def motion_tangent(x: Float[Tensor, "*batch state"]) -> Float[Tensor, "*batch state"]:
    """Return ``(v, 0)``: the direction in which ``x = (q, v)`` moves on at constant velocity."""
    _, v = split_state(x)
    return torch.cat((v, torch.zeros_like(v)), dim=-1)


def euler_lagrange_acceleration(
    lagrangian: Energy,
    x: Float[Tensor, "*batch state"],
    t: Tensor | None = None,
    force: Float[Tensor, "*batch dof"] | None = None,
) -> Float[Tensor, "*batch dof"]:
    r"""Return ``a`` with ``L_vv a = L_q - L_vq v + force`` at the states ``x = (q, v)``.

    The force, if there is one, is that beyond the forces of L, generalised as coordinates are.
    ``L`` must be regular (``det L_vv != 0``) and depend on time through inputs only. A sample where
    it is singular gets a non-finite acceleration, and the others of its batch their right ones.

    Source:
        V. I. Arnold, *Mathematical Methods of Classical Mechanics*, 2nd ed., section 13, eq. (1);
        Cranmer et al., *Lagrangian Neural Networks*, 2020, arXiv:2003.04630, eq. (6).
    """
    return acceleration_of(velocity_blocks(lagrangian, x, t), force)


def acceleration_of(
    blocks: VelocityBlocks, force: Float[Tensor, "*batch dof"] | None = None
) -> Float[Tensor, "*batch dof"]:
    """Return the acceleration that blocks and a force determine."""
    right = blocks.l_q - blocks.l_vq_v
    return torch.linalg.solve_ex(blocks.l_vv, right if force is None else right + force).result


def lagrangian_field(
    lagrangian: Energy,
    x: Float[Tensor, "*batch state"],
    t: Tensor | None = None,
    force: Float[Tensor, "*batch dof"] | None = None,
) -> Float[Tensor, "*batch state"]:
    """Return ``(dq/dt, dv/dt) = (v, a)`` at the states ``x = (q, v)``, under a force if given."""
    # Of the class, which is remembered: an instance is searched anew, tens of thousands of times.
    if force is None and issubclass(type(lagrangian), ClosedFormField):
        return cast(ClosedFormField, lagrangian).euler_lagrange_field(x, t)
    return field_of(velocity_blocks(lagrangian, x, t), x, force)


def field_of(
    blocks: VelocityBlocks,
    x: Float[Tensor, "*batch state"],
    force: Float[Tensor, "*batch dof"] | None = None,
) -> Float[Tensor, "*batch state"]:
    """Return the field that the blocks at the states ``x = (q, v)`` and a force determine."""
    _, v = split_state(x)
    return torch.cat((v, acceleration_of(blocks, force)), dim=-1)


def lagrangian_energy(
    lagrangian: Energy, x: Float[Tensor, "*batch state"], t: Tensor | None = None
) -> Float[Tensor, "*batch"]:
    """Return ``v . dL/dv - L``, the Hamiltonian as a function of velocities."""
    _, v = split_state(x)
    _, l_v = split_state(energy_gradient(lagrangian, x, t))
    return (v * l_v).sum(dim=-1) - lagrangian(x, t)


def force_beyond(
    blocks: VelocityBlocks, acceleration: Float[Tensor, "*batch dof"]
) -> Float[Tensor, "*batch dof"]:
    """Return ``L_vv a + L_vq v - L_q``: the force that a motion needs beyond those of L."""
    rate = torch.einsum("...ij,...j->...i", blocks.l_vv, acceleration)
    return rate + blocks.l_vq_v - blocks.l_q


def euler_lagrange_residual(
    lagrangian: Energy,
    x: Float[Tensor, "*batch state"],
    acceleration: Float[Tensor, "*batch dof"],
    t: Tensor | None = None,
) -> Float[Tensor, "*batch dof"]:
    """Return ``d/dt dL/dv - dL/dq`` along a motion through ``x = (q, v)`` with the given ``dv/dt``.

    This is the force, in the units of L, that the motion needs beyond those of L. It takes one
    derivative of the momentum, along the motion, and no mass matrix.
    """
    _, v = split_state(x)
    along = torch.cat((v, acceleration), dim=-1)
    change = torch.func.jvp(lambda y: energy_gradient(lagrangian, y, t), (x,), (along,))
    return split_state(change[1])[1] - split_state(change[0])[0]


def enough_for_masses(x: Float[Tensor, "*batch state"]) -> Float[Tensor, "samples state"]:
    """Return the states, or of 12 and more degrees of freedom some, spread evenly over all.

    For statistics of mass matrices: their cost grows with the square of the degrees of freedom, and
    a part of the states that shrinks as fast says as much about them. At least 16 are kept.
    """
    states = x.reshape(-1, x.shape[-1])
    stride = min(len(states) // LEAST_MASSES, (x.shape[-1] // 2 // FEW) ** 2)
    return states[::stride] if stride > 1 else states


def action(
    lagrangian: Energy, t: Float[Tensor, " time"], path: Float[Tensor, "time *batch dof"]
) -> Float[Tensor, "*batch"]:
    """Return the discrete action ``sum_k h_k L((q_k + q_k+1)/2, (q_k+1 - q_k)/h_k)`` of a path.

    The midpoint rule: second order in the time step, and its stationary paths are exactly the
    motions of the implicit midpoint rule.

    Source:
        Marsden and West, *Discrete mechanics and variational integrators*, Acta Numerica 2001,
        eq. (1.3.1) and example 2.3.2.
    """
    step = (t[1:] - t[:-1]).reshape(-1, *[1] * (path.ndim - 1))
    states = torch.cat(((path[1:] + path[:-1]) / 2, (path[1:] - path[:-1]) / step), dim=-1)
    return (step.squeeze(-1) * lagrangian(states)).sum(dim=0)


def action_variation(
    lagrangian: Energy,
    t: Float[Tensor, " time"],
    path: Float[Tensor, "time *batch dof"],
    variation: Float[Tensor, "time *batch dof"],
) -> Float[Tensor, "*batch"]:
    """Return the first variation of the action: its derivative along ``variation`` of the path.

    Zero, up to the discretisation, for a motion and a variation that vanishes at both ends.
    """
    return torch.func.jvp(lambda q: action(lagrangian, t, q), (path,), (variation,))[1]
