"""What engineers ask of a linkage and of a car."""

from __future__ import annotations

import math

import torch
from jaxtyping import Float
from torch import Tensor

HIGH_PASS, LOW_PASS, TRANSITION, STEP_LOW, STEP_HIGH = 0.4, 100.0, 12.5, 2.37, 3.35
"""Corner frequencies f1, f2, f3 = f4, f5 and f6 of the weighting Wk, in Hz."""
SHARP, FLAT, BUMP = 1 / math.sqrt(2), 0.63, 0.91
"""Their quality factors: of f1 and f2, of f4, of f5 and f6."""


def transmission_ratio(
    driving: Float[Tensor, " *time"], driven: Float[Tensor, " *time"]
) -> Float[Tensor, " *time"]:
    """Return ``d theta_driven / d theta_driving`` along a motion, from both angular velocities.

    Not finite where the driving part stands still.
    """
    return driven / driving


def speed_fluctuation(speed: Float[Tensor, " *time"]) -> float:
    """Return the coefficient of fluctuation of a speed: its range over the middle of the range.

    Source:
        R. L. Norton, *Design of Machinery*, 5th ed., section 11.11.
    """
    high, low = float(speed.max()), float(speed.min())
    return abs(2 * (high - low) / (high + low))


def weighted_rms(t: Float[Tensor, " time"], acceleration: Float[Tensor, " time"]) -> float:
    """Return the rms of a vertical acceleration as a seated person feels it, in m/s^2.

    The spectrum of the samples, which must be evenly spaced, is weighted by Wk; below 0.315 m/s^2
    a ride is not uncomfortable. The record counts as one period: it should be long against 1 / 0.4
    Hz, and not end far from where it began.

    Source:
        ISO 2631-1:1997, sections 6.1 and C.2.3.
    """
    count = len(acceleration)
    spectrum = torch.fft.rfft(acceleration) / count
    frequency = torch.fft.rfftfreq(count, float(t[1] - t[0]), dtype=t.dtype)
    power = spectrum.abs().square() * comfort_weight(frequency).square()
    twice = torch.full_like(power, 2.0)
    twice[0] = 1.0
    if count % 2 == 0:
        twice[-1] = 1.0
    return math.sqrt(float((twice * power).sum()))


def comfort_weight(frequency: Float[Tensor, " frequencies"]) -> Float[Tensor, " frequencies"]:
    r"""Return \|Wk\|, how much a vertical vibration of each frequency, in Hz, is felt.

    The product of a high pass, a low pass, a transition from acceleration to velocity and a step
    upwards.

    Source:
        ISO 2631-1:1997, annex A, eqs. (A.1) to (A.5) and table A.1.
    """
    s = 1j * frequency

    def resonance(corner: float, quality: float) -> Tensor:
        ratio = s / corner
        return 1 + ratio / quality + ratio**2

    high = (s / HIGH_PASS) ** 2 / resonance(HIGH_PASS, SHARP)
    low = 1 / resonance(LOW_PASS, SHARP)
    transition = (1 + s / TRANSITION) / resonance(TRANSITION, FLAT)
    step = resonance(STEP_LOW, BUMP) / resonance(STEP_HIGH, BUMP) * (STEP_LOW / STEP_HIGH) ** 2
    return (high * low * transition * step).abs()


def tyre_load_variation(load: Float[Tensor, " time"], static: float) -> float:
    """Return the rms of a tyre's load about its static one, over that: small holds the road.

    Both in N; above about a third the wheel leaves the ground now and then.
    """
    return float((load - static).square().mean().sqrt()) / static
