"""Motions that are asked for by what holds at both of their ends, for any energy."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from jaxtyping import Float
from scipy.integrate import cumulative_simpson, solve_bvp
from scipy.interpolate import CubicHermiteSpline
from torch import Tensor

from ..mechanics.hamiltonian import Energy, hamiltonian_field
from ..mechanics.legendre import (
    HamiltonianOf,
    IrregularError,
    invert_fibre_derivative,
    to_canonical,
)
from ..mechanics.state import split_state
from .characteristics import Box, Characteristics
from .ends import End, NoMotionError

ROUGH, TOLERANCE = 1e-6, 1e-9
"""Largest residuals of the equations of motion, in sizes of the state over the time: the one that
must be met, and the one that known energies, which are smooth, meet."""
FIRST_POINTS, MOST_POINTS = 101, 2_500
HALVINGS = 6
"""How often the time to a free end is halved where a motion is not found at once."""


@torch.no_grad()
def two_point(
    energy: Energy,
    start: Float[Tensor, " dof"],
    end: End,
    t: Float[Tensor, " time"],
    guess: Float[Tensor, "time state"] | None = None,
    domain: Box | None = None,
) -> Characteristics:
    r"""Return the motion of ``H(q, p)`` from the positions ``start`` to an end, with its action.

    Motions of most energies of finance part like :math:`e^{kt}`: shooting from one end loses all
    digits, and collocation, which holds both, loses none. The guess is a motion at the times t;
    without one it is a straight line with the momenta of its velocity.

    Source:
        U. Ascher, R. Mattheij, R. Russell, *Numerical Solution of Boundary Value Problems for
        Ordinary Differential Equations*, 1995, chapters 3 and 5.

    Raises:
        NoMotionError: if no motion is found, or it leaves the domain of the energy.
        ValueError: if the times do not rise.
    """
    if len(t) < 2 or not bool((t[1:] > t[:-1]).all()):
        raise ValueError(f"times must rise from start to end; got {t.tolist()[:5]} ...")
    s, span = ((t - t[0]) / (t[-1] - t[0])).numpy(), float(t[-1] - t[0])
    known = _straight(energy, start, end, span, domain) if guess is None else guess
    problem = _Problem(energy, start, end, span, _sizes(energy, known, span))
    y = (known / problem.scale).T.numpy()
    found = problem.solve(np.linspace(0, 1, len(known)) if guess is None else s, y)
    if not _held(found) and guess is None and end.place is None:
        found = problem.in_ever_longer_times(y)
    if not _held(found):
        raise NoMotionError(
            f"the energy must have a motion with these ends in a time of {span:.6g}; none was "
            f"found: {found.message} Give a nearer guess, or another time, and see whether the "
            f"energy is known all along the way."
        )
    if domain is not None:
        _check_inside(domain, problem.states(found.y))
    return Characteristics(t, problem.states(found.sol(s)), problem.action(found, s))


@dataclass(frozen=True)
class _Problem:
    """States in units of their sizes, over times from 0 to 1."""

    energy: Energy
    start: Tensor
    end: End
    span: float
    scale: Tensor

    def solve(self, s: np.ndarray, y: np.ndarray) -> Any:
        """Solve roughly, and then as well as the smoothness of the energy allows."""
        rough = self._solve_to(ROUGH, s, y)
        fine = self._solve_to(TOLERANCE, rough.x, rough.y) if _held(rough) else rough
        return fine if _held(fine) else rough

    def _solve_to(self, tolerance: float, s: np.ndarray, y: np.ndarray) -> Any:
        with np.errstate(all="ignore"):
            return solve_bvp(self.rates, self.defects, s, y, tol=tolerance, max_nodes=MOST_POINTS)

    def in_ever_longer_times(self, y: np.ndarray) -> Any:
        """Solve for a time in which little happens, and go on from there by doubling it."""
        s = np.linspace(0, 1, y.shape[1])
        for halvings in range(HALVINGS, 0, -1):
            shorter = replace(self, span=self.span / 2**halvings)
            found = shorter._solve_to(ROUGH, s, y)
            if _held(found):
                s, y = found.x, found.y
        return self.solve(s, y)

    def states(self, y: np.ndarray) -> Tensor:
        return torch.from_numpy(np.ascontiguousarray(y.T)) * self.scale

    def rates(self, _: np.ndarray, y: np.ndarray) -> np.ndarray:
        rates = hamiltonian_field(self.energy, self.states(y))
        return (self.span * rates / self.scale).T.numpy()

    def defects(self, first: np.ndarray, last: np.ndarray) -> np.ndarray:
        x0, x1 = self.states(first), self.states(last)
        left = (split_state(x0)[0] - self.start) / split_state(self.scale)[0]
        return torch.cat((left, self.end.defect(x1, self.scale))).numpy()

    def action(self, found: Any, s: np.ndarray) -> Tensor:
        """Return the action up to each time, by Simpson's rule: as good as the motion."""
        knots = np.sort(np.concatenate((found.x, (found.x[1:] + found.x[:-1]) / 2)))
        x = self.states(found.sol(knots))
        v = split_state(hamiltonian_field(self.energy, x))[0]
        growth = self.span * ((split_state(x)[1] * v).sum(-1) - self.energy(x)).numpy()
        total = cumulative_simpson(growth, x=knots, initial=0)
        return torch.from_numpy(CubicHermiteSpline(knots, total, growth)(s))


def _held(found: Any) -> bool:
    return found.status == 0 and bool(np.isfinite(found.y).all())


def momenta(
    energy: Energy, q: Float[Tensor, "time dof"], v: Float[Tensor, "time dof"], near: Tensor
) -> Float[Tensor, "time dof"]:
    """Return momenta that go with velocities, near those given; these where there are none.

    Learned energies bend where they were not trained, so that one velocity may have several.
    """
    x = torch.cat((q, v), dim=-1)
    if isinstance(energy, HamiltonianOf):
        return split_state(to_canonical(energy.lagrangian, x))[1]
    try:
        return invert_fibre_derivative(energy, x, near.expand_as(v))
    except IrregularError:
        return near.expand_as(v)


def _straight(energy: Energy, start: Tensor, end: End, span: float, domain: Box | None) -> Tensor:
    """Return a line to the end, with the momenta of its velocity."""
    goal = start if end.place is None else end.place
    s = torch.linspace(0, 1, FIRST_POINTS, dtype=start.dtype).unsqueeze(-1)
    q = start + s * (goal - start)
    v = ((goal - start) / span).expand_as(q)
    near = torch.zeros_like(start) if domain is None else domain.middle[len(start) :]
    return torch.cat((q, momenta(energy, q, v, near)), dim=-1)


def _sizes(energy: Energy, x: Tensor, span: float) -> Tensor:
    """Return typical sizes of the positions and of the momenta, by how far they would move.

    Also by how far once they have moved: what rests without momentum is pushed, and then moves.
    """
    first = span * hamiltonian_field(energy, x)
    then = span * hamiltonian_field(energy, x + first)
    reach = torch.stack((x.abs(), first.abs(), then.abs())).nan_to_num(0, 0, 0).amax(0)
    q, p = (float(half.max()) or 1.0 for half in split_state(reach))
    dof = x.shape[-1] // 2
    return torch.tensor([q] * dof + [p] * dof, dtype=x.dtype)


def _check_inside(domain: Box, x: Tensor) -> None:
    inside = domain.holds(x)
    if not bool(inside.all()):
        worst = x[~inside][0].tolist()
        raise NoMotionError(
            f"the motion must stay where the energy is known, from {domain.low.tolist()} to "
            f"{domain.high.tolist()}; it passes {[round(v, 4) for v in worst]}. Choose nearer "
            f"ends, or train on a larger box."
        )
