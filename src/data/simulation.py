"""True motions of known systems."""

from __future__ import annotations

from itertools import pairwise

import torch
from jaxtyping import Float
from torch import Tensor

from ..integrators.base import Integrator
from ..integrators.events import WithImpacts
from ..integrators.reference import Reference, reference_motion
from ..mechanics.held import Held
from ..mechanics.impacts import Impacts
from ..mechanics.problem import Mechanical
from ..signals.base import Law
from ..systems.base import System
from ..systems.ports import OpenSystem

TOGETHER = 2**12
"""Motions that are simulated at once: what is needed beside the motions themselves stays small."""

Solver = Integrator | str
"""``reference`` is the exact flow, where there is one, else :func:`reference_motion`."""


def simulate(
    system: System, x0: Float[Tensor, "count state"], t: Float[Tensor, " time"], solver: Solver
) -> Float[Tensor, "count time state"]:
    """Return the motions from ``x0`` (at ``t[0]``) at the times ``t``; see :func:`follow`."""
    return follow(system, x0, t, solver)[0]


def follow(
    system: System, x0: Float[Tensor, "count state"], t: Float[Tensor, " time"], solver: Solver
) -> tuple[Float[Tensor, "count time state"], Impacts | None]:
    """Return the motions from ``x0`` at the times ``t``, in float64, and what interrupted them.

    States are in the reference coordinates. There are no impacts (None) where a system has none.

    The reference solution of a chaotic system is exact only until its error of about 1e-13 has
    grown; its energy stays exact to about that error throughout.

    Raises:
        ValueError: if a motion does not stay finite, with what to do.
    """
    x = torch.empty(len(x0), len(t), x0.shape[-1], dtype=torch.float64)
    interrupted: list[Impacts] = []
    for low in range(0, len(x0), TOGETHER):
        rows = torch.arange(low, min(low + TOGETHER, len(x0)))
        states, impacts = _solve(system, x0[rows].double(), t.double(), solver)
        x[rows] = states.movedim(0, 1)
        if impacts is not None:
            interrupted.append(impacts.renumbered(rows, 0))
    _check_finite(system, x, t)
    return x, Impacts.joined(interrupted) if interrupted else None


def simulate_driven(
    system: OpenSystem,
    x0: Float[Tensor, "count state"],
    t: Float[Tensor, " time"],
    solver: Solver,
    law: Law,
) -> tuple[Float[Tensor, "count time state"], Float[Tensor, "count time inputs"]]:
    """Return the motions and the inputs, which are read at each time and held until the next.

    Raises:
        ValueError: if a motion does not stay finite, or impacts interrupt it, with what to do.
    """
    if system.impact is not None:
        _check_closed(system, driven=True)
    states, inputs = [x0.double()], [law(float(t[0]), x0.double())]
    held, largest = Held(system, inputs[0].shape[-1]), None
    for start, end in pairwise(t):
        step = torch.stack((start, end)).double()
        y0 = torch.cat((states[-1], inputs[-1]), dim=-1)
        size = y0.abs().amax(dim=0)
        largest = size if largest is None else torch.maximum(largest, size)
        y = _smooth(held, y0, step, solver, largest)[-1]
        states.append(y[:, : x0.shape[-1]])
        inputs.append(law(float(end), states[-1]))
    x = torch.stack(states, dim=1)
    _check_finite(system, x, t)
    return x, torch.stack(inputs, dim=1)


def _check_closed(system: System, driven: bool = False) -> None:
    """Refuse impacts beside friction or inputs: their work is integrated over smooth intervals."""
    if driven or "dissipation" in system.traits:
        raise ValueError(
            f"motions with impacts must be free of friction and inputs for now, whose work is not "
            f"followed across an impact; those of {type(system).__name__} are not. Use "
            f"signal=zero, and parameters without friction."
        )


def _check_finite(system: System, x: Tensor, t: Tensor) -> None:
    finite = x.isfinite().all(dim=-1).all(dim=-1)
    if not bool(finite.all()):
        raise ValueError(
            f"simulated motions must stay finite; {int((~finite).sum())} of the {len(x)} motions "
            f"of {type(system).__name__} over {float(t[-1] - t[0]):g} s did not. Use "
            f"data.integrator=reference, a smaller data.step, or starts of lower energy."
        )


def _solve(system: System, x0: Tensor, t: Tensor, solver: Solver) -> tuple[Tensor, Impacts | None]:
    if len(t) == 1:
        return x0.unsqueeze(0), None
    impact = system.impact
    if impact is not None:
        _check_closed(system)
        smooth = solver if isinstance(solver, Integrator) else Reference()
        path = WithImpacts(smooth, impact).integrate(system, x0, t)
        return path.x, path.impacts
    if isinstance(solver, Integrator):
        return _smooth(system, x0, t, solver), None
    elapsed = t - t[0]
    exact = system.exact_flow(x0, elapsed)
    if exact is not None:
        return exact, None
    moving = system.interaction()
    if moving is None:
        return _smooth(system, x0, t, solver), None
    path = reference_motion(moving.f, moving.enter(x0), elapsed, alike=True)
    return moving.leave(elapsed.unsqueeze(-1).expand(path.shape[:-1]), path), None


def _smooth(
    motion: Mechanical, x0: Tensor, t: Tensor, solver: Solver, largest: Tensor | None = None
) -> Tensor:
    if isinstance(solver, Integrator):
        return solver.integrate(motion, x0, t).x
    return reference_motion(motion.field().f, x0, t, largest=largest)
