"""The residual of the Euler-Lagrange equations, with the guard it needs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import torch
from jaxtyping import Float
from torch import Tensor

from ..integrators.base import Integrator
from ..mechanics.hamiltonian import Energy
from ..mechanics.lagrangian import (
    enough_for_masses,
    euler_lagrange_residual,
    force_beyond,
    velocity_blocks,
)
from ..mechanics.state import split_state
from ..models.base import Dynamics
from .derivative import given_rates


def guarded_residual(
    lagrangian: Energy,
    x: Float[Tensor, "*batch state"],
    acceleration: Float[Tensor, "*batch dof"],
    scale: Float[Tensor, " dof"],
    applied: Float[Tensor, "*batch dof"] | None = None,
) -> Float[Tensor, ""]:
    r"""Return the mean squared residual, in units that no L can shrink.

    The residual :math:`r = L_{vv} a + L_{vq} v - L_q - \tau`, with forces ``applied`` or none for
    :math:`\tau`, is without them linear in L, so :math:`c L` with
    :math:`c \to 0`, every total derivative :math:`dF(q)/dt`, and every L that forgets one of the
    velocities make it small without describing the motion. Each force is measured by the inertia
    of its own coordinate, :math:`d_i = s_i \langle |L_{v_i v_i}| \rangle`, where ``scale`` holds
    the typical accelerations :math:`s`: with :math:`\tilde r_i = r_i / d_i` and
    :math:`K_{ij} = L_{v_i v_j} s_j / d_i`, returned is

    .. math:: \ell = \langle |\tilde r|^2 \rangle \, \langle \|K^{-1}\|_F^2 \rangle / n

    with means over samples; that of the inverses over some of them, where there are many degrees of
    freedom. Without applied forces, which set the unit of L, it does not change
    under :math:`L \to c L`, and it never does with the units of the coordinates. As
    :math:`(a - a_L) / s = K^{-1} \tilde r` for the accelerations :math:`a_L` that L implies,
    :math:`|K^{-1} \tilde r| \le \|K^{-1}\|_F |\tilde r|` and Cauchy-Schwarz give

    .. math:: n \ell \ge \langle |a_L - a| / s \rangle^2 :

    it vanishes only for an L with the right motions, and grows without bound when the mass matrix
    tends to a singular one and the residual does not vanish as fast. Where the mass matrix is
    singular it is infinite or NaN, never small.
    """
    some = enough_for_masses(x)
    blocks = velocity_blocks(lagrangian, some)
    if len(some) < x[..., 0].numel():
        force = euler_lagrange_residual(lagrangian, x, acceleration)
    else:
        force = force_beyond(blocks, acceleration.reshape(len(some), -1)).reshape_as(acceleration)
    return guarded(force if applied is None else force - applied, blocks.l_vv, scale)


def guarded(
    force: Float[Tensor, "*batch dof"],
    masses: Float[Tensor, "*samples dof dof"],
    scale: Float[Tensor, " dof"],
) -> Float[Tensor, ""]:
    """Return the measure of :func:`guarded_residual` of forces r and mass matrices L_vv."""
    inertia = scale * masses.diagonal(dim1=-2, dim2=-1).abs().flatten(end_dim=-2).mean(0)
    residual = force / inertia
    inverse = torch.linalg.inv_ex(masses * scale / inertia.unsqueeze(-1)).inverse
    size = inverse.square().sum((-2, -1)).mean()
    return residual.square().sum(-1).mean() * size / len(scale)


def check_undriven(model: Dynamics, loss: str) -> None:
    """Refuse models without a Lagrangian, or with inputs.

    Raises:
        ValueError: if the model has none, or takes inputs.
    """
    model.lagrangian()
    if model.spec.inputs:
        raise ValueError(
            f"loss={loss} is for motions that nothing drives; got the inputs "
            f"{', '.join(model.spec.inputs)}. Use model=delan with loss=inverse_dynamics, or "
            f"loss=derivative."
        )


@dataclass(frozen=True)
class EulerLagrangeLoss:
    """Ask that the data satisfy the Euler-Lagrange equations of the model, without solving them.

    See :func:`guarded_residual` for why L = 0 does not minimise it.
    """

    window: ClassVar[int] = 1

    def check(self, model: Dynamics, integrator: Integrator) -> None:
        """Refuse models without a Lagrangian, or with inputs.

        Raises:
            ValueError: if the model has none, or takes inputs.
        """
        check_undriven(model, "euler_lagrange")

    def __call__(
        self,
        model: Dynamics,
        integrator: Integrator,
        t: Float[Tensor, "batch window"],
        x: Float[Tensor, "batch window state"],
        dx: Float[Tensor, "batch window state"] | None,
        u: Float[Tensor, "batch window inputs"] | None = None,
    ) -> Float[Tensor, ""]:
        """Return the guarded residual at the samples, with accelerations from ``dx``.

        Raises:
            ValueError: if there are no derivative targets, or the model has no Lagrangian.
        """
        _, acceleration = split_state(given_rates(dx, "euler_lagrange"))
        _, scale = split_state(model.dx_scale)
        residual = guarded_residual(model.lagrangian(), x, acceleration, scale)
        return residual + model.penalty(x)
