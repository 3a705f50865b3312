"""True motions of known systems."""

from __future__ import annotations

from jaxtyping import Float
from torch import Tensor

from ..integrators.base import Integrator
from ..integrators.reference import reference_motion
from ..systems.base import System

Solver = Integrator | str
"""``reference`` is the exact flow, where there is one, else :func:`reference_motion`."""


def simulate(
    system: System, x0: Float[Tensor, "count state"], t: Float[Tensor, " time"], solver: Solver
) -> Float[Tensor, "count time state"]:
    """Return the motions from ``x0`` (at ``t[0]``) at the times ``t``, in float64.

    States are in the reference coordinates.

    The reference solution of a chaotic system is exact only until its error of about 1e-13 has
    grown; its energy stays exact to about that error throughout.

    Raises:
        ValueError: if a motion does not stay finite, with what to do.
    """
    x = _solve(system, x0.double(), t.double(), solver).movedim(0, 1)
    finite = x.isfinite().all(dim=-1).all(dim=-1)
    if not bool(finite.all()):
        raise ValueError(
            f"simulated motions must stay finite; {int((~finite).sum())} of the {len(x)} motions "
            f"of {type(system).__name__} over {float(t[-1] - t[0]):g} s did not. Use "
            f"data.integrator=reference, a smaller data.step, or starts of lower energy."
        )
    return x


def _solve(system: System, x0: Tensor, t: Tensor, solver: Solver) -> Tensor:
    if isinstance(solver, Integrator):
        return solver.integrate(system, x0, t).x
    exact = system.exact_flow(x0, t - t[0])
    if exact is not None:
        return exact
    moving = system.interaction()
    if moving is None:
        return reference_motion(system.field().f, x0, t)
    elapsed = t - t[0]
    path = reference_motion(moving.f, moving.enter(x0), elapsed, alike=True)
    return moving.leave(elapsed.unsqueeze(-1).expand(path.shape[:-1]), path)
