"""The error of the learned field at measured states, beside the least it could be."""

from __future__ import annotations

from ..data.trajectories import Trajectories
from ..metrics.derivative import derivative_error
from ..systems.base import System
from .coordinates import Translation

FIGURES: tuple[str, ...] = ("derivative_mse", "derivative_noise_floor", "derivative_error")


def derivative_record(
    translation: Translation, test: Trajectories | None
) -> dict[str, float | None]:
    """Return the errors of the field at the states of a test split, and the least they could be.

    All are mean squared errors over the variance of the targets, in the reference coordinates.
    ``derivative_mse`` is that at the measured states, noisy where the data are, against the
    targets; its ``derivative_noise_floor`` is the error of the true field at the very same states
    against the very same targets: a model that stays below it has learned the noise.
    ``derivative_error`` is that at the noise-free states against the true rates: what a model of
    the motion is to make small, and cannot see. None without targets, where the true field or
    motion is unknown, and for a learned map of a time step, which has no field.
    """
    record: dict[str, float | None] = dict.fromkeys(FIGURES)
    if test is None or test.dx is None:
        return record
    x, target = test.x[test.mask], test.dx[test.mask]
    kinematics, u = translation.kinematics, None if test.u is None else test.u[test.mask]
    if isinstance(kinematics, System):
        record["derivative_noise_floor"] = derivative_error(kinematics.rate(x, u), target)
    if translation.has_rates:
        record["derivative_mse"] = derivative_error(translation.reference_rate(x, u), target)
        if isinstance(kinematics, System) and test.clean is not None:
            true = test.clean[test.mask]
            record["derivative_error"] = derivative_error(
                translation.reference_rate(true, u), kinematics.rate(true, u)
            )
    return record
