"""The error of the learned field at measured states, beside the least it could be."""

from __future__ import annotations

from ..data.trajectories import Trajectories
from ..metrics.derivative import derivative_error
from ..systems.base import System
from .coordinates import Translation


def derivative_record(
    translation: Translation, test: Trajectories | None
) -> dict[str, float | None]:
    """Return ``derivative_mse`` and ``derivative_noise_floor`` at the states of a test split.

    Both are mean squared errors over the variance of the targets, in the reference coordinates.
    States are noisy where the data are: the floor is the error of the true field at the very same
    states against the very same targets. A model that stays below it has learned the noise.
    None without targets, and for a learned map of a time step, which has no field; the floor is
    None where the true field is unknown.
    """
    if test is None or test.dx is None:
        return {"derivative_mse": None, "derivative_noise_floor": None}
    x, target = test.x[test.mask], test.dx[test.mask]
    kinematics, u = translation.kinematics, None if test.u is None else test.u[test.mask]
    floor = None
    if isinstance(kinematics, System):
        floor = derivative_error(kinematics.rate(x, u), target)
    return {
        "derivative_mse": derivative_error(translation.reference_rate(x, u), target)
        if translation.has_rates
        else None,
        "derivative_noise_floor": floor,
    }
