"""Following a driven motion under inputs that are held from sample to sample."""

from __future__ import annotations

import torch
from jaxtyping import Float
from torch import Tensor

from ..mechanics.held import Driven, Held
from .base import Integrator, Path, integrate_surviving


def integrate_held(
    integrator: Integrator,
    motion: Driven,
    x0: Float[Tensor, "count state"],
    t: Float[Tensor, " time"],
    u: Float[Tensor, "count time inputs"],
) -> Path:
    """Follow ``motion`` interval by interval, each under the inputs of its first time.

    Samples that cannot be continued are NaN from there on, and the others go on.

    Raises:
        ValueError: if the integrator needs more than a field.
    """
    held, size = Held(motion, u.shape[-1]), x0.shape[-1]
    states = x0.new_full((len(t), *x0.shape), torch.nan)
    states[0] = x0
    alive, evaluations = torch.isfinite(x0).all(dim=-1), 0
    for k in range(len(t) - 1):
        if not bool(alive.any()):
            break
        y0 = torch.cat((states[k, alive], u[alive, k]), dim=-1)
        path = integrate_surviving(integrator, held, y0, t[k : k + 2])
        states[k + 1, alive] = path.x[-1, :, :size]
        alive = torch.isfinite(states[k + 1]).all(dim=-1)
        evaluations += path.field_evaluations
    return Path(t, states, evaluations)
