"""The discrete Euler-Lagrange equations, for positions alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import torch
from jaxtyping import Float
from torch import Tensor

from ..integrators.base import Integrator
from ..mechanics.lagrangian import VelocityBlocks, velocity_blocks
from ..mechanics.state import split_state
from ..models.base import Dynamics
from .euler_lagrange import check_undriven, guarded


def midpoint_states(
    t: Float[Tensor, "batch window"], q: Float[Tensor, "batch window dof"]
) -> tuple[Float[Tensor, "batch intervals state"], Float[Tensor, "batch intervals 1"]]:
    """Return ``((q0 + q1) / 2, (q1 - q0) / h)`` of neighbouring positions, and the steps h."""
    step = t.diff(dim=1).unsqueeze(-1)
    return torch.cat(((q[:, 1:] + q[:, :-1]) / 2, q.diff(dim=1) / step), dim=-1), step


def discrete_force(
    blocks: VelocityBlocks, step: Float[Tensor, "batch 2 1"]
) -> Float[Tensor, "batch dof"]:
    r"""Return minus ``D2 Ld(q0, q1) + D1 Ld(q1, q2)``, per time.

    Of :math:`L_d(q_0, q_1) = h L((q_0 + q_1)/2, (q_1 - q_0)/h)`, with the blocks at both midpoints:
    ``(L_v(m1) - L_v(m0)) / h`` less the mean of ``L_q``, the force that the motion needs beyond
    those of L.
    """
    momentum = blocks.l_v.diff(dim=1).squeeze(1)
    impulse = (step * blocks.l_q).sum(1) / 2
    return (momentum - impulse) / step.mean(1)


@dataclass(frozen=True)
class DiscreteActionLoss:
    """Ask that three neighbouring positions make the discrete action of the model stationary.

    Its stationary paths are the motions of the implicit midpoint rule: the L that is learned agrees
    with the true one up to terms of order h^2. Neither velocities nor accelerations of the data are
    used beyond their scales, but second differences of positions: noise of size s counts as
    ``2.4 s / h^2``. See :func:`guarded_residual` for why L = 0 does not minimise it.

    Source:
        Marsden, West, *Discrete mechanics and variational integrators*, Acta Numerica 2001, part
        1.3 and example 2.3.2.
    """

    window: ClassVar[int] = 3

    def check(self, model: Dynamics, integrator: Integrator) -> None:
        """Refuse models without a Lagrangian; no integrator is used.

        Raises:
            ValueError: if the model has none, or takes inputs.
        """
        check_undriven(model, "discrete_action")

    def __call__(
        self,
        model: Dynamics,
        integrator: Integrator,
        t: Float[Tensor, "batch window"],
        x: Float[Tensor, "batch window state"],
        dx: Float[Tensor, "batch window state"] | None,
        u: Float[Tensor, "batch window inputs"] | None = None,
    ) -> Float[Tensor, ""]:
        """Return the guarded residual of the discrete equations.

        Raises:
            ValueError: if the model has no Lagrangian.
        """
        q, _ = split_state(x)
        _, scale = split_state(model.dx_scale)
        states, step = midpoint_states(t, q)
        blocks = velocity_blocks(model.lagrangian(), states)
        force = discrete_force(blocks, step)
        return guarded(force, blocks.l_vv, scale) + model.penalty(states)
