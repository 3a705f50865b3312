"""Rates of change estimated from samples, at regular or irregular times."""

from __future__ import annotations

from dataclasses import dataclass, replace

import torch
from jaxtyping import Float
from scipy.interpolate import make_smoothing_spline
from torch import Tensor

from .bounds import check_choice, check_count
from .trajectories import Trajectories

METHODS = ("central_differences", "savitzky_golay", "smoothing_spline")


def local_polynomial(
    t: Float[Tensor, " time"], x: Float[Tensor, "time state"], window: int, degree: int
) -> Float[Tensor, "time state"]:
    """Return ``dx/dt`` from a polynomial fitted to the ``window`` samples around each sample.

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
    return _slope_of_fit(distance / unit, x[near] - x.unsqueeze(1), degree) / unit


def _slope_of_fit(
    s: Float[Tensor, "time window"], y: Float[Tensor, "time window state"], degree: int
) -> Float[Tensor, "time state"]:
    """Return the slope at ``s = 0`` of the least-squares polynomial through ``y``.

    The polynomials orthogonal over the samples follow from a recurrence of three terms, and so do
    their values and slopes at 0. No system is solved: plain sums give the same bits every time,
    which the solvers of linear algebra libraries do not.

    Source:
        G. E. Forsythe, *J. SIAM* 5 (1957) 74, section 3.
    """
    polynomial, previous = torch.ones_like(s), torch.zeros_like(s)
    zero, norm_before = torch.zeros_like(s[:, 0]), torch.ones_like(s[:, 0])
    value, value_before, slope, slope_before = torch.ones_like(zero), zero, zero, zero
    total = torch.zeros_like(y[:, 0])
    for _ in range(degree + 1):
        norm = polynomial.square().sum(-1)
        projection = (polynomial.unsqueeze(-1) * y).sum(1) / norm.unsqueeze(-1)
        total = total + projection * slope.unsqueeze(-1)
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
    return total


def central_differences(
    t: Float[Tensor, " time"], x: Float[Tensor, "time state"]
) -> Float[Tensor, "time state"]:
    """Return second-order differences of neighbours; one-sided, of the same order, at the ends."""
    return local_polynomial(t, x, window=3, degree=2)


def savitzky_golay(
    t: Float[Tensor, " time"], x: Float[Tensor, "time state"], window: int = 13, degree: int = 4
) -> Float[Tensor, "time state"]:
    """Return the slope of local least-squares polynomials; see :func:`local_polynomial`."""
    return local_polynomial(t, x, window, degree)


def smoothing_spline(
    t: Float[Tensor, " time"], x: Float[Tensor, "time state"], penalty: float | None = None
) -> Float[Tensor, "time state"]:
    """Return the derivative of cubic smoothing splines, one per component.

    ``penalty`` weighs the squared curvature against the squared residuals, with the mean spacing as
    the unit of time; None chooses it by generalised cross-validation.

    Source:
        P. Craven, G. Wahba, *Numerische Mathematik* 31 (1979) 377, for the choice of the penalty.

    Raises:
        ValueError: if there are fewer than five samples.
    """
    if len(t) < 5:
        raise ValueError(
            f"data.derivatives=smoothing_spline needs five samples in a row without a gap; "
            f"got {len(t)}. Use data.derivatives=central_differences."
        )
    # scipy searches the penalty between 0 and the number of samples, which suits unit spacing only.
    spacing = (t[-1] - t[0]) / (len(t) - 1)
    s = ((t - t[0]) / spacing).numpy()
    rates = [
        torch.from_numpy(make_smoothing_spline(s, y.numpy(), lam=penalty).derivative()(s))
        for y in x.unbind(dim=-1)
    ]
    return torch.stack(rates, dim=-1) / spacing


@dataclass(frozen=True)
class Estimator:
    """A way to estimate rates from samples.

    Raises:
        ValueError: if the method is unknown, or window and degree do not fit each other.
    """

    method: str
    """One of :data:`METHODS`."""
    window: int = 13
    """Samples per fit of savitzky_golay; 13 of 30 per period tell noise of 1 % from the motion."""
    degree: int = 4
    """Degree of the polynomials of savitzky_golay."""

    def __post_init__(self) -> None:
        check_choice("data.derivatives", self.method, METHODS)
        check_count("data.derivative_degree", self.degree, 1)
        check_count("data.derivative_window", self.window, 3)
        if self.window % 2 == 0 or self.window <= self.degree:
            raise ValueError(
                f"data.derivative_window must be odd and larger than data.derivative_degree = "
                f"{self.degree}; got {self.window} samples."
            )

    @property
    def shortest(self) -> int:
        """Samples that an estimate of second order needs at least."""
        return 5 if self.method == "smoothing_spline" else 3

    def __call__(
        self, t: Float[Tensor, " time"], x: Float[Tensor, "time state"]
    ) -> Float[Tensor, "time state"]:
        """Return ``dx/dt`` at the sample times of one motion without gaps.

        Raises:
            ValueError: if the motion holds too few samples.
        """
        if self.method == "smoothing_spline":
            return smoothing_spline(t, x)
        if self.method == "savitzky_golay":
            return savitzky_golay(t, x, self.window, self.degree)
        return central_differences(t, x)

    def applied(self, trajectories: Trajectories) -> Trajectories:
        """Return the motions with estimated rates; cut at impacts, which no estimate may cross."""
        pieces = trajectories.cut(self.shortest)
        return replace(pieces, dx=self.rates(pieces), rate_of="observed")

    def rates(self, trajectories: Trajectories) -> Float[Tensor, "trajectories time state"]:
        """Return the rates of all motions, estimated from their observed states, padded alike."""
        rates = torch.zeros_like(trajectories.x)
        for row, length in enumerate(trajectories.mask.sum(dim=1).tolist()):
            rates[row, :length] = self(trajectories.t[row, :length], trajectories.x[row, :length])
            rates[row, length:] = rates[row, length - 1]
        return rates
