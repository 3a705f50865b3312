"""Motions that leave one place in many directions and meet lines at a right angle."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from ..integrators.base import integrate_surviving
from ..mechanics.hamiltonian import Energy
from ..mechanics.state import split_state
from .characteristics import PRECISE, Alongside, Box, characteristics, with_action

STEPS = 8
"""Times at which members are watched for their ends."""
LEVELLINGS = 40
"""Corrections of the sizes of momenta: those of an energy quadratic in p need one."""


@dataclass(frozen=True)
class Fan:
    """Where members end, ``q [members, dof]``, and ``int p dq`` on the way, ``[members]``.

    NaN for members that do not end within the time, or leave the domain of the energy.
    """

    q: Float[Tensor, "members dof"]
    reduced_action: Float[Tensor, " members"]


def transversal_fan(
    energy: Energy,
    start: Float[Tensor, " dof"],
    directions: Float[Tensor, "members dof"],
    level: float,
    longest: float,
    domain: Box | None = None,
) -> Fan:
    r"""Follow motions of one energy until their last momentum falls to zero.

    There they meet the line along the last coordinate at a right angle, as the shortest of all
    motions to it do: for :math:`H = \tfrac12 p \cdot a p` the distance is
    :math:`\int p\,dq / \sqrt{2H}`.

    The end is met by one step whose independent variable is that momentum.

    Source:
        M. Henon, *Physica D* 5 (1982) 412, for the step; V. I. Arnold, *Mathematical Methods of
        Classical Mechanics*, 2nd ed., section 45, for the reduced action.
    """
    q0 = start.expand_as(directions)
    x = torch.cat((q0, _at_level(energy, q0, directions, level)), dim=-1)
    near = torch.cat((x, x.new_zeros(len(x), 2)), dim=-1)  # with action and time
    end, going = torch.full_like(near, torch.nan), x.isfinite().all(dim=-1).nonzero().squeeze(-1)
    watch = torch.tensor([0.0, longest / STEPS], dtype=x.dtype)
    for _ in range(STEPS):
        if not len(going):
            break
        path = characteristics(energy, near[going, :-2], watch)
        after = torch.cat(
            (path.x[-1], path.action[-1, :, None], watch[-1:].expand(len(going), 1)), 1
        )
        after[:, -2:] += near[going, -2:]
        # Motions that have ended may explode or leave soon after.
        falls = (near[going, -3] > 0) & (after[:, -3] <= 0)
        if bool(falls.any()):
            end[going[falls]] = _until_last_momentum_vanishes(energy, near[going[falls]])
        near[going] = after
        still = ~falls & after.isfinite().all(dim=-1)
        going = going[still if domain is None else still & domain.holds(after[:, :-2])]
    x, action, time = end[:, :-2], end[:, -2], end[:, -1]
    if domain is not None:
        x = torch.where(domain.holds(x).unsqueeze(-1), x, torch.nan)
    q, _ = split_state(x)
    return Fan(q, action + level * time + 0 * q.sum(-1))


def _at_level(energy: Energy, q: Tensor, directions: Tensor, level: float) -> Tensor:
    """Return the multiples of the directions at which the energy has this level."""
    p = directions
    for _ in range(LEVELLINGS):
        p = p * (level / energy(torch.cat((q, p), dim=-1))).sqrt().unsqueeze(-1)
    return p


def _until_last_momentum_vanishes(energy: Energy, y: Tensor) -> Tensor:
    """Follow ``y = (x, action, time)`` to a zero of the last momentum, which falls."""
    size = y.shape[-1] - 2
    drop = -y[:, size - 1 : size]

    def rates(_: Tensor, z: Tensor) -> Tensor:
        state, fall = z[..., :-1], z[..., -1:]
        along = with_action(energy, state[..., :size])
        along = torch.cat((along, torch.ones_like(fall)), dim=-1)
        return torch.cat((along * fall / along[..., size - 1 : size], 0 * fall), dim=-1)

    whole = torch.tensor([0.0, 1.0], dtype=y.dtype)
    z = integrate_surviving(PRECISE, Alongside(rates), torch.cat((y, drop), dim=-1), whole).x[-1]
    return z[:, :-1]
