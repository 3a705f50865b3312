"""The error of a vector field in units of what it has to explain."""

from __future__ import annotations

import torch
from jaxtyping import Float
from torch import Tensor

from ..mechanics.state import StateSpec


def derivative_error(
    prediction: Float[Tensor, "samples state"],
    target: Float[Tensor, "samples state"],
    spec: StateSpec,
) -> float | None:
    """Return the mean squared error over the variance of the target, averaged over components.

    1 is the error of always predicting the mean rate. Components whose target does not vary have
    no such unit and are left out; None if none varies or a prediction is not finite. Components
    that are alike have their mean variance for unit.
    """
    variance = spec.pooled(target.std(dim=0, correction=0)).square()
    varies = variance > 0
    if not bool(varies.any()):
        return None
    error = (prediction - target).square().mean(dim=0)
    mean = (error[varies] / variance[varies]).mean()
    return float(mean) if bool(torch.isfinite(mean)) else None
