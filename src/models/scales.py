"""Centres and spreads of training data, fit to divide by."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from jaxtyping import Float
from torch import Tensor


def centre_and_spread(
    x: Float[Tensor, "samples state"], angles: Sequence[bool]
) -> tuple[Float[Tensor, " state"], Float[Tensor, " state"]]:
    """Return mean and standard deviation of each component; of an angle, the circular ones.

    An unwrapped angle may wander over many turns: its mean direction and circular spread, at most
    1 rad, do not.
    """
    angular = torch.tensor(angles, device=x.device)
    cos, sin = x.cos().mean(0), x.sin().mean(0)
    circular = (1 - cos.square() - sin.square()).clamp(min=0).sqrt()
    circular = torch.where(circular > 0, circular, torch.ones_like(circular))
    mean = torch.where(angular, torch.atan2(sin, cos), x.mean(0))
    return mean, torch.where(angular, circular, spread(x))


def spread(samples: Float[Tensor, "samples state"]) -> Float[Tensor, " state"]:
    """Return the standard deviation of each component, made fit to divide by.

    A component that does not vary is measured by its size, and one that is always zero by 1.
    """
    deviation, size = samples.std(0, correction=0), samples.square().mean(0).sqrt()
    varies = deviation > 1e-9 * size
    measure = torch.where(varies, deviation, size)
    return torch.where(measure > 0, measure, torch.ones_like(measure))
