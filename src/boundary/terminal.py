"""Motions that start at given positions and end with given momenta: prices at a free end."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from ..mechanics.hamiltonian import Energy
from ..mechanics.state import split_state
from .characteristics import Box, Characteristics, characteristics

SAMPLES = 17
"""States along a motion at which it is asked whether it keeps to the domain."""
STEPS = 20
CLOSE = 1e-7
"""How near a motion must come to its start, in sizes of the domain."""
APART = 1e-4
"""How far apart neighbouring ends are taken for slopes, in the same."""


@dataclass(frozen=True)
class Terminal:
    r"""Motions by the time they take; NaN where there is none inside the domain.

    ``action`` is :math:`\phi(\tau, q)`, the solution of :math:`\phi_\tau = H(q, \phi_q)` with
    ``phi(0, q) = p_end . q``, and ``momentum`` its slope.
    """

    times: Float[Tensor, " times"]
    action: Float[Tensor, " times"]
    momentum: Float[Tensor, "times dof"]
    """At the start."""
    end: Float[Tensor, "times state"]


def terminal_problem(
    energy: Energy,
    start: Float[Tensor, " dof"],
    momentum: Float[Tensor, " dof"],
    times: Float[Tensor, " times"],
    domain: Box,
) -> Terminal:
    """Find the motions from ``start`` whose momenta are those given after each of the times.

    Ends are moved by Newton's method until the motions, followed back, come from the start. Times
    are taken in their order, each from the solution of the one before: they should increase, and
    the first be so short that the motion ends near its start. ``domain`` must be bounded in the
    positions, and holds those motions that count.
    """
    dof = len(start)
    size = (domain.high - domain.low)[:dof]
    before, end, found = start, start, []
    for time in times.tolist():
        guess = torch.cat((2 * end - before, momentum))
        path = _arrive(energy, start, guess, time, size)
        first, last = path.x[-1], path.x[0]
        q, p = split_state(first)
        # To first order in how much the start is missed; NaN outside of the domain.
        action = path.action[-1] + p @ (start - q) + momentum @ last[:dof]
        inside = domain.holds(path.x).all() & ((q - start).abs() <= CLOSE * size).all()
        found.append(torch.where(inside, torch.cat((action.reshape(1), p, last)), torch.nan))
        if first.isfinite().all():
            before, end = end, last[:dof]
    rows = torch.stack(found)
    return Terminal(times, rows[:, 0], rows[:, 1 : 1 + dof], rows[:, 1 + dof :])


def _arrive(
    energy: Energy, start: Tensor, last: Tensor, time: float, size: Tensor
) -> Characteristics:
    """Return the motion back from an end near ``last`` that comes closest to the start."""
    dof = len(start)
    back = -torch.linspace(0, time, SAMPLES, dtype=start.dtype, device=start.device)
    apart = torch.diag(APART * size)
    beside = torch.cat((torch.zeros_like(apart[:1]), apart))
    for _ in range(STEPS):
        ends = torch.cat((last[:dof] + beside, last[dof:].expand(dof + 1, -1)), dim=-1)
        paths = characteristics(energy, ends, back)
        arrived = paths.x[-1, :, :dof]
        missed = start - arrived[0]
        if not missed.isfinite().all() or bool((missed.abs() <= CLOSE * size).all()):
            break
        slopes = (arrived[1:] - arrived[0]).T / (APART * size)
        step = torch.linalg.solve_ex(slopes, missed).result
        last = torch.cat((last[:dof] + step, last[dof:]))
    return Characteristics(back, paths.x[:, 0], paths.action[:, 0])
