"""How flows are differentiated."""

from __future__ import annotations

import torch
from jaxtyping import Float
from torch import Tensor

from ..integrators.base import Integrator, integrate_surviving
from ..mechanics.problem import Mechanical

DISPLACEMENT = 3e-4
"""Spacing of the stencil, in units of the states' spread: its fourth power is near rounding."""
STENCIL = {-2.0: 1 / 12, -1.0: -2 / 3, 1.0: 2 / 3, 2.0: -1 / 12}
"""Central differences of order 4: weight of the flow at each multiple of the displacement."""


def flow_jacobian(
    integrator: Integrator,
    motion: Mechanical,
    x0: Float[Tensor, "starts state"],
    t: Float[Tensor, " time"],
    spread: Float[Tensor, " state"],
) -> tuple[Float[Tensor, "starts state"], Float[Tensor, "starts state state"]]:
    """Return where the flow from ``t[0]`` to ``t[-1]`` takes each start, and its Jacobian there.

    All displaced starts are followed in one batch, so that an adaptive method takes the same steps
    for them and the differences are those of one smooth map: errors stay near 1e-10 of the
    Jacobian. Carrying tangents along by ``torch.func.jvp`` is exact, but costs sixteen times a
    field evaluation for a Hamiltonian net of usual size. ``spread`` is the size of the states, in
    the coordinates of the motion. Where a start or one of its neighbours cannot be followed, the
    Jacobian is NaN.
    """
    size = len(spread)
    end = integrate_surviving(integrator, motion, x0, t).x[-1]
    alive = torch.isfinite(end).all(dim=-1)
    derivative = x0.new_full((*x0.shape, size), torch.nan)
    if bool(alive.any()):
        steps = torch.tensor([*STENCIL], dtype=x0.dtype, device=x0.device) * DISPLACEMENT
        displacements = steps[:, None, None] * torch.diag(spread)
        displaced = x0[alive] + displacements.reshape(-1, 1, size)
        ends = integrate_surviving(integrator, motion, displaced, t, linked=True).x[-1]
        ends = ends.reshape(len(steps), size, -1, size)
        weights = torch.tensor([*STENCIL.values()], dtype=x0.dtype, device=x0.device)
        columns = torch.einsum("k,kisj->sji", weights, ends) / (DISPLACEMENT * spread)
        derivative[alive] = columns
    return end, derivative
