"""What robot engineers ask of an energy: the torques that a wanted motion needs."""

from __future__ import annotations

import torch
from jaxtyping import Float
from torch import Tensor

from ..mechanics.hamiltonian import Energy, energy_gradient
from ..mechanics.lagrangian import euler_lagrange_residual
from ..mechanics.legendre import LagrangianOf
from ..mechanics.state import split_state


def inverse_dynamics(
    lagrangian: Energy,
    q: Float[Tensor, "*batch dof"],
    v: Float[Tensor, "*batch dof"],
    acceleration: Float[Tensor, "*batch dof"],
) -> Float[Tensor, "*batch dof"]:
    r"""Return the torques :math:`\tau = \frac{d}{dt} L_v - L_q` of a motion, of any Lagrangian.

    For an arm :math:`\tau = M(q) a + c(q, v) + g(q)`. True and learned Lagrangians alike; a learned
    one is known up to a factor, which shows here and nowhere in its motions.

    Source:
        R. M. Murray, Z. Li, S. S. Sastry, *A Mathematical Introduction to Robotic Manipulation*,
        1994, eq. (4.5).
    """
    return euler_lagrange_residual(lagrangian, torch.cat((q, v), dim=-1), acceleration)


def inverse_dynamics_of(
    hamiltonian: Energy,
    q: Float[Tensor, "*batch dof"],
    v: Float[Tensor, "*batch dof"],
    acceleration: Float[Tensor, "*batch dof"],
) -> Float[Tensor, "*batch dof"]:
    r"""Return the torques :math:`\tau = \dot p + H_q` of a motion, of any H(q, p).

    The momenta are those at which H has the velocities v.

    Raises:
        ValueError: if the energy is not regular at a velocity.
    """
    momentum = LagrangianOf(hamiltonian).momentum
    x, motion = torch.cat((q, v), dim=-1), torch.cat((v, acceleration), dim=-1)
    along = torch.func.jvp(momentum, (x,), (motion,))
    p, change = along[0], along[1]
    slope, _ = split_state(energy_gradient(hamiltonian, torch.cat((q, p), dim=-1)))
    return change + slope
