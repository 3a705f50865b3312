"""Motions that start at given positions and end with given momenta: prices at a free end."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from ..mechanics.hamiltonian import Energy
from ..mechanics.state import split_state
from .characteristics import Box, characteristics

SAMPLES = 9
"""States along a motion, at least, at which it is asked whether it keeps to the domain."""
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
    must increase: those up to twice as long as the longest before are solved together, from its
    end. ``domain`` must be bounded in the positions, and holds those motions that count.
    """
    end, rows = start, []
    while len(rows) < len(times):
        first = float(times[len(rows)])
        group = times[len(rows) :]
        found = _arrive(energy, start, end, momentum, group[group <= 2 * first], domain)
        rows += found.unbind()
        last = found[found.isfinite().all(-1)][-1:]
        end = last[0, -2 * len(start) : -len(start)] if len(last) else end
    table, dof = torch.stack(rows), len(start)
    return Terminal(times, table[:, 0], table[:, 1 : 1 + dof], table[:, 1 + dof :])


def _arrive(
    energy: Energy, start: Tensor, guess: Tensor, momentum: Tensor, times: Tensor, domain: Box
) -> Tensor:
    """Return action, momentum at the start and the end, a row for each of the times."""
    dof, count = len(start), len(times)
    size = (domain.high - domain.low)[:dof]
    grid = torch.cat((torch.linspace(0, float(times[-1]), SAMPLES).to(times), times)).unique()
    at, each = torch.searchsorted(grid, times), torch.arange(count)
    apart = torch.cat((torch.zeros_like(size[None]), torch.diag(APART * size)))
    ends = guess.expand(count, -1)
    steps = 0
    while True:
        beside = torch.cat((ends[:, None] + apart, momentum.expand(count, dof + 1, -1)), dim=-1)
        paths = characteristics(energy, beside, -grid)
        arrived = paths.x[at, each, :, :dof]
        missed = start - arrived[:, 0]
        near = missed.abs() <= CLOSE * size
        if bool((near | ~missed.isfinite()).all()) or steps == STEPS:
            break
        steps += 1
        slopes = (arrived[:, 1:] - arrived[:, :1]).mT / (APART * size)
        step = torch.linalg.solve_ex(slopes, missed).result
        ends = torch.where(step.isfinite(), ends + step, ends)
    x = paths.x[:, :, 0]
    q, p = split_state(x[at, each])
    last = x[0]
    # To first order in how much the start is missed.
    action = paths.action[at, each, 0] + (p * (start - q)).sum(-1) + last[:, :dof] @ momentum
    beyond = grid[:, None] > times
    inside = (domain.holds(x) | beyond).all(0) & near.all(-1)
    table = torch.cat((action[:, None], p, last), dim=-1)
    return torch.where(inside[:, None], table, torch.nan)
