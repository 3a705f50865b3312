"""True motions of known systems."""

from __future__ import annotations

from jaxtyping import Float
from torch import Tensor

from ..integrators.base import Integrator
from ..integrators.events import WithImpacts
from ..integrators.reference import Reference, reference_motion
from ..mechanics.impacts import Impacts
from ..systems.base import System

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
    states, impacts = _solve(system, x0.double(), t.double(), solver)
    x = states.movedim(0, 1)
    finite = x.isfinite().all(dim=-1).all(dim=-1)
    if not bool(finite.all()):
        raise ValueError(
            f"simulated motions must stay finite; {int((~finite).sum())} of the {len(x)} motions "
            f"of {type(system).__name__} over {float(t[-1] - t[0]):g} s did not. Use "
            f"data.integrator=reference, a smaller data.step, or starts of lower energy."
        )
    return x, impacts


def _solve(system: System, x0: Tensor, t: Tensor, solver: Solver) -> tuple[Tensor, Impacts | None]:
    impact = system.impact
    if impact is not None:
        smooth = solver if isinstance(solver, Integrator) else Reference()
        path = WithImpacts(smooth, impact).integrate(system, x0, t)
        return path.x, path.impacts
    if isinstance(solver, Integrator):
        return solver.integrate(system, x0, t).x, None
    exact = system.exact_flow(x0, t - t[0])
    return reference_motion(system.field().f, x0, t) if exact is None else exact, None
