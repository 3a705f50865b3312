"""Centres and spreads of training data, fit to divide by."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from jaxtyping import Float
from torch import Tensor

STILL = 1e-9
"""A component stands still if it needs so many times longer than another to cross its spread."""


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
    return _or_one(_extent(samples))


def rate_spread(
    rates: Float[Tensor, "samples state"], scale: Float[Tensor, " state"]
) -> Float[Tensor, " state"]:
    """Return the same of rates of components that spread by ``scale``.

    A component that stands still, but for rounding, is measured as if it were as quick as the
    quickest: its rates are noughts, whose size means nothing.
    """
    extent = _extent(rates)
    quick = (extent / scale).amax() * scale
    return _or_one(torch.where(extent > STILL * quick, extent, quick))


def _extent(samples: Float[Tensor, "samples state"]) -> Float[Tensor, " state"]:
    deviation, size = samples.std(0, correction=0), samples.square().mean(0).sqrt()
    return torch.where(deviation > 1e-9 * size, deviation, size)


def _or_one(measure: Float[Tensor, " state"]) -> Float[Tensor, " state"]:
    return torch.where(measure > 0, measure, torch.ones_like(measure))
