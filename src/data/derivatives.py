"""Smooth motions fitted to samples, at regular or irregular times: rates of change, and states."""

from __future__ import annotations

from typing import NamedTuple

import torch
from jaxtyping import Float
from scipy.interpolate import make_smoothing_spline
from torch import Tensor

SMOOTHING = ("savitzky_golay", "smoothing_spline")
"""Methods that do not pass through every sample."""
METHODS = ("central_differences", *SMOOTHING, "forward_differences")


class Fit(NamedTuple):
    """A smooth motion at the times of its samples."""

    x: Float[Tensor, "time state"]
    dx: Float[Tensor, "time state"]
    """Its rate of change."""


def local_polynomial(
    t: Float[Tensor, " time"], x: Float[Tensor, "time state"], window: int, degree: int
) -> Fit:
    """Fit a polynomial to the ``window`` samples around each sample.

    Near the ends the first or last full window is used, off its centre. Exact for polynomials up to
    ``degree``. On a regular grid this is the Savitzky-Golay filter; window 3 with degree 2 gives
    the second-order differences, central inside and one-sided at the ends, on any grid.

    Source:
        A. Savitzky, M. J. E. Golay, *Analytical Chemistry* 36 (1964) 1627, for equal spacing.

    Raises:
        ValueError: if there are fewer than two samples.
    """
    if len(t) < 2:
        raise ValueError(f"a rate of change needs two samples at least; got {len(t)}.")
    window = min(window, len(t))
    degree = min(degree, window - 1)
    first = (torch.arange(len(t)) - window // 2).clamp(0, len(t) - window)
    near = first.unsqueeze(-1) + torch.arange(window)
    distance = t[near] - t.unsqueeze(-1)
    # Distances in units of the window keep the powers near 1, whatever the unit of time.
    unit = distance.abs().amax(dim=-1, keepdim=True)
    # Fitting what differs from the centre loses no digits to a large offset.
    near_zero = _fit_at_zero(distance / unit, x[near] - x.unsqueeze(1), degree)
    return Fit(x + near_zero.x, near_zero.dx / unit)


def _fit_at_zero(
    s: Float[Tensor, "time window"], y: Float[Tensor, "time window state"], degree: int
) -> Fit:
    """Return value and slope at ``s = 0`` of the least-squares polynomial through ``y``.

    The polynomials orthogonal over the samples follow from a recurrence of three terms, and so do
    their values and slopes at 0. No system is solved: plain sums give the same bits every time,
    which the solvers of linear algebra libraries do not.

    Source:
        G. E. Forsythe, *J. SIAM* 5 (1957) 74, section 3.
    """
    polynomial, previous = torch.ones_like(s), torch.zeros_like(s)
    zero, norm_before = torch.zeros_like(s[:, 0]), torch.ones_like(s[:, 0])
    value, value_before, slope, slope_before = torch.ones_like(zero), zero, zero, zero
    height, steepness = torch.zeros_like(y[:, 0]), torch.zeros_like(y[:, 0])
    for _ in range(degree + 1):
        norm = polynomial.square().sum(-1)
        projection = (polynomial.unsqueeze(-1) * y).sum(1) / norm.unsqueeze(-1)
        height = height + projection * value.unsqueeze(-1)
        steepness = steepness + projection * slope.unsqueeze(-1)
        centre = (s * polynomial.square()).sum(-1) / norm
        # On the first turn this multiplies zeros.
        drop = norm / norm_before
        polynomial, previous = (
            (s - centre.unsqueeze(-1)) * polynomial - drop.unsqueeze(-1) * previous,
            polynomial,
        )
        slope, slope_before = value - centre * slope - drop * slope_before, slope
        value, value_before = -centre * value - drop * value_before, value
        norm_before = norm
    return Fit(height, steepness)


def central_differences(t: Float[Tensor, " time"], x: Float[Tensor, "time state"]) -> Fit:
    """Return the samples, and second-order differences of neighbours, one-sided at the ends."""
    return local_polynomial(t, x, window=3, degree=2)


def forward_differences(t: Float[Tensor, " time"], x: Float[Tensor, "time state"]) -> Fit:
    """Return the samples, and the mean rate until the next one; that before it for the last.

    Of first order only: what a paper used, not what one should use.

    Source:
        Greydanus, Dzamba, Yosinski, *Hamiltonian Neural Networks*, 2019, arXiv:1906.01563, whose
        recorded pendulum has these.

    Raises:
        ValueError: if there are fewer than two samples.
    """
    if len(t) < 2:
        raise ValueError(f"a rate of change needs two samples at least; got {len(t)}.")
    dx = x.diff(dim=0) / t.diff().unsqueeze(-1)
    return Fit(x, torch.cat((dx, dx[-1:])))


def savitzky_golay(
    t: Float[Tensor, " time"], x: Float[Tensor, "time state"], window: int = 13, degree: int = 4
) -> Fit:
    """Return local least-squares polynomials; see :func:`local_polynomial`."""
    return local_polynomial(t, x, window, degree)


def smoothing_spline(
    t: Float[Tensor, " time"], x: Float[Tensor, "time state"], penalty: float | None = None
) -> Fit:
    """Return cubic smoothing splines, one per component.

    ``penalty`` weighs the squared curvature against the squared residuals, with the mean spacing as
    the unit of time; None chooses it by generalised cross-validation.

    Source:
        P. Craven, G. Wahba, *Numerische Mathematik* 31 (1979) 377, for the choice of the penalty.

    Raises:
        ValueError: if there are fewer than five samples.
    """
    if len(t) < 5:
        raise ValueError(
            f"a smoothing spline needs five samples in a row without a gap; got {len(t)}. Use "
            f"data.derivatives=central_differences or, beside exact rates, data.states=observed."
        )
    # scipy searches the penalty between 0 and the number of samples, which suits unit spacing only.
    spacing = (t[-1] - t[0]) / (len(t) - 1)
    s = ((t - t[0]) / spacing).numpy()
    splines = [make_smoothing_spline(s, y.numpy(), lam=penalty) for y in x.unbind(dim=-1)]
    values = [torch.from_numpy(spline(s)) for spline in splines]
    rates = [torch.from_numpy(spline.derivative()(s)) for spline in splines]
    return Fit(torch.stack(values, dim=-1), torch.stack(rates, dim=-1) / spacing)
