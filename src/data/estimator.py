"""What a model is fitted to: rates estimated from samples, and states as observed or better."""

from __future__ import annotations

from dataclasses import dataclass, replace

import torch
from jaxtyping import Float
from scipy.interpolate import make_interp_spline
from torch import Tensor

from .bounds import check_choice, check_count
from .derivatives import (
    METHODS,
    SMOOTHING,
    Fit,
    central_differences,
    forward_differences,
    savitzky_golay,
    smoothing_spline,
)
from .trajectories import Trajectories

STATES = ("observed", "smoothed", "integrated")


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

    def __call__(self, t: Float[Tensor, " time"], x: Float[Tensor, "time state"]) -> Fit:
        """Fit one motion without gaps.

        Raises:
            ValueError: if the motion holds too few samples.
        """
        if self.method == "smoothing_spline":
            return smoothing_spline(t, x)
        if self.method == "savitzky_golay":
            return savitzky_golay(t, x, self.window, self.degree)
        if self.method == "forward_differences":
            return forward_differences(t, x)
        return central_differences(t, x)

    def applied(self, trajectories: Trajectories, smooth: bool = False) -> Trajectories:
        """Return the motions with estimated rates, and smooth states if asked for.

        They are cut at impacts, which no estimate may cross. Smooth motions are given without
        their first and last half window, where fits lean on one side only and are several times as
        wrong; shorter motions than three windows keep all.
        """
        pieces = trajectories.cut(self.shortest)
        fits = self.fits(pieces)
        if not smooth:
            return replace(pieces, dx=fits.dx, rate_of="observed")
        motions = replace(pieces, x=fits.x, dx=fits.dx, rate_of="observed")
        return motions.trimmed(self.window // 2, longer_than=3 * self.window)

    def fits(self, trajectories: Trajectories) -> Fit:
        """Return what fits the observed states of all motions, each alone, padded alike."""
        x, dx = trajectories.x.clone(), torch.zeros_like(trajectories.x)
        for row, length in enumerate(trajectories.mask.sum(dim=1).tolist()):
            fit = self(trajectories.t[row, :length], trajectories.x[row, :length])
            x[row, :length], x[row, length:] = fit.x, fit.x[-1]
            dx[row, :length], dx[row, length:] = fit.dx, fit.dx[-1]
        return Fit(x, dx)


def refined(trajectories: Trajectories, states: str) -> Trajectories:
    """Return motions whose rates are exact, with states as asked for: one of :data:`STATES`.

    Smoothed ones are smoothing splines through those observed. Integrated ones are the integrals of
    the rates, each with the offset that suits it best: all samples of a motion then share one
    error, that of a mean. Neither crosses an impact.

    Raises:
        ValueError: if a motion holds too few samples.
    """
    if states == "observed":
        return trajectories
    splines = Estimator("smoothing_spline")
    if states == "smoothed":
        pieces = trajectories.cut(splines.shortest)
        return replace(pieces, x=splines.fits(pieces).x)
    pieces = trajectories.cut(2)
    assert pieces.dx is not None
    x = pieces.x.clone()
    for row, length in enumerate(pieces.mask.sum(dim=1).tolist()):
        path = integral(pieces.t[row, :length], pieces.dx[row, :length])
        x[row, :length] = path + (x[row, :length] - path).mean(0)
        x[row, length:] = x[row, length - 1]
    return replace(pieces, x=x)


def integral(
    t: Float[Tensor, " time"], rates: Float[Tensor, "time state"]
) -> Float[Tensor, "time state"]:
    """Return the integral, up to a constant, of the spline through the rates, of degree 5 at most.

    Raises:
        ValueError: if there are fewer than two samples.
    """
    if len(t) < 2:
        raise ValueError(
            f"data.states=integrated needs two samples of each motion at least; got {len(t)}. Use "
            f"data.states=observed."
        )
    degree = min(5, 2 * (len(t) // 2) - 1)  # odd, and below the number of samples
    spline = make_interp_spline(t.numpy(), rates.numpy(), k=degree)
    return torch.from_numpy(spline.antiderivative()(t.numpy()))


def check_states(states: str, derivatives: str) -> None:
    """Check which states a model is fitted to.

    Raises:
        ValueError: if the choice is unknown, or the estimate of the rates smooths nothing.
    """
    check_choice("data.states", states, STATES)
    if derivatives == "analytic":
        return
    if states == "integrated":
        raise ValueError(
            f"data.states=integrated takes states from rates without errors, so it needs "
            f"data.derivatives=analytic; got data.derivatives={derivatives}."
        )
    if states == "smoothed" and derivatives not in SMOOTHING:
        raise ValueError(
            f"data.states=smoothed takes states from the fits that give the rates, so it needs "
            f"data.derivatives={' or data.derivatives='.join(SMOOTHING)}; got "
            f"data.derivatives={derivatives}."
        )
