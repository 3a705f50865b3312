"""What people who test portfolios ask: the most plausible way to a given loss."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import torch
from jaxtyping import Float
from torch import Tensor

from ...boundary.characteristics import Box, Characteristics
from ...boundary.ends import Across, NoMotionError
from ...boundary.two_point import two_point
from ...mechanics.hamiltonian import Energy
from ..curve import Curve

SAMPLES = 9
"""States along a path."""


def stress_path(
    energy: Energy, start: Float[Tensor, " dof"], end: Across, maturity: float, domain: Box
) -> Characteristics:
    r"""Return the most plausible path to a plane of losses; NaN where the energy has none.

    Its action is the relative entropy, in nats, of the mildest change of the measure that makes
    the loss an expectation, if the model is affine: a path then is a mean under it. ``exp(-S)`` is
    no probability.

    Source:
        T. Breuer, I. Csiszar, *Journal of Banking and Finance* 37 (2013) 1552.
    """
    t = torch.linspace(0, maturity, SAMPLES, dtype=start.dtype)
    rest = torch.cat((start, torch.zeros_like(start)))
    today = float(end.normal @ start)
    try:
        # By way of half the loss: far from it a learned energy may have other paths, of no meaning.
        half = start + (end.place - start) / 2
        halfway = Across(end.normal, today + (end.level - today) / 2, half)
        path = two_point(energy, start, halfway, t)
        return two_point(energy, start, end, t, rest + 2 * (path.x - rest), domain)
    except NoMotionError:
        nowhere = start.new_full((SAMPLES, 2 * len(start)), torch.nan)
        return Characteristics(t, nowhere, nowhere[:, 0])


def plausibility(entropy: Curve, probability: Tensor) -> Curve:
    """Return ``exp(-S)`` beside the probability, which it is not."""
    value: Callable[[Energy], Tensor] = entropy.value
    return replace(
        entropy,
        meaning="exp(-S) of the most plausible path, which is not the probability of the loss",
        unit="",
        value=lambda energy: (-value(energy)).exp(),
        exact=(-entropy.exact).exp(),
        others={"probability": probability},
    )
