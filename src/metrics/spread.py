"""Whether the spread of several predictions tells how wrong they are."""

from __future__ import annotations

from dataclasses import dataclass

from jaxtyping import Float
from torch import Tensor

from .statistics import Statistics, number, statistics


@dataclass(frozen=True)
class Calibration:
    """Spread of predictions beside the error of their mean, both in the unit of the errors."""

    spread: Statistics
    """Standard deviation among the predictions, rms over each motion."""
    error: Statistics
    """Of the mean prediction, rms over each motion."""
    error_over_spread: float | None
    """Rms error of the mean over what the spread makes one expect; 1 is calibrated, more is too
    sure of itself."""
    coverage: float | None
    """Share of values that lie between the least and the greatest prediction."""


def expected_coverage(members: int) -> float:
    """Return the coverage if the truth were one more draw of what the predictions are drawn from.

    Of ``m + 1`` exchangeable draws each is as likely to be the least or the greatest one.
    """
    return (members - 1) / (members + 1)


def calibration(
    errors: Float[Tensor, "members trajectories *values"],
) -> Calibration:
    """Compare predictions, given as their signed errors; values with one not finite are left out.

    Were the truth one more draw, the mean of m predictions would be off by their standard deviation
    times ``sqrt(1 + 1/m)``.
    """
    members = len(errors)
    errors = errors.flatten(2) if errors.ndim > 2 else errors.unsqueeze(-1)
    finite = errors.isfinite().all(0)
    held = errors.where(finite, 0.0)
    spread, error = held.std(0), held.mean(0)
    inside = (held.amin(0) <= 0) & (held.amax(0) >= 0)
    count = finite.sum(-1)

    def rms(values: Tensor) -> Tensor:
        return (values.square().sum(-1) / count).sqrt()

    wide = float(spread.square().sum().sqrt()) * (1 + 1 / members) ** 0.5
    ratio = float(error.square().sum().sqrt()) / wide if wide else float("nan")
    total = int(finite.sum())
    share = int((inside & finite).sum()) / total if total else float("nan")
    return Calibration(
        statistics(rms(spread)), statistics(rms(error)), number(ratio), number(share)
    )
