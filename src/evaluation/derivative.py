"""The error of the learned field at measured states, beside the least it could be."""

from __future__ import annotations

import torch
from torch import Tensor

from ..data.trajectories import Trajectories
from ..metrics.derivative import derivative_error
from ..metrics.statistics import number
from ..systems.base import System
from .coordinates import Translation

FIGURES: tuple[str, ...] = (
    "derivative_mse",
    "derivative_noise_floor",
    "derivative_error",
    "force_error",
)


def derivative_record(
    translation: Translation, test: Trajectories | None
) -> dict[str, float | None]:
    """Return the errors of the field at the states of a test split, and the least they could be.

    All are mean squared errors over the variance of the targets, in the reference coordinates.
    ``derivative_mse`` is that at the measured states, noisy where the data are, against the
    targets; its ``derivative_noise_floor`` is the error of the true field at the very same states
    against the very same targets: a model that stays below it has learned the noise.
    ``derivative_error`` is that at the noise-free states against the true rates: what a model of
    the motion is to make small, and cannot see. ``force_error``, of driven motions, is how far the
    forces that the model thinks their true accelerations take are off, rms over that of the
    inputs' forces: the torque error of an arm. None without targets, where the true field or
    motion is unknown, and for a learned map of a time step, which has no field.
    """
    record: dict[str, float | None] = dict.fromkeys(FIGURES)
    if test is None or test.dx is None:
        return record
    x, target = test.x[test.mask], test.dx[test.mask]
    kinematics, u = translation.kinematics, None if test.u is None else test.u[test.mask]
    spec = kinematics.spec
    if isinstance(kinematics, System):
        record["derivative_noise_floor"] = derivative_error(kinematics.rate(x, u), target, spec)
    if translation.has_rates:
        record["derivative_mse"] = derivative_error(translation.reference_rate(x, u), target, spec)
        if isinstance(kinematics, System) and test.clean is not None:
            true = test.clean[test.mask]
            ours, theirs = translation.reference_rate(true, u), kinematics.rate(true, u)
            record["derivative_error"] = derivative_error(ours, theirs, spec)
            if u is not None:
                record["force_error"] = _force_error(kinematics, true, u, ours - theirs)
    return record


def _force_error(system: System, x: Tensor, u: Tensor, error: Tensor) -> float | None:
    """Return the rms of the forces ``M da`` over that of the inputs' forces.

    ``error`` is that of dx/dt, and ``da`` that of the acceleration. None where velocities do not
    determine momenta, or nothing is known of how inputs act.
    """
    actuation = system.known.actuation
    if not (system.spec.paired and system.regular) or actuation is None:
        return None
    dof = system.spec.dof
    acceleration = system.velocity_rate(x, error)[..., dof:]
    still = torch.cat((torch.zeros_like(acceleration), acceleration), dim=-1)
    force = system.canonical_rate(system.to_velocity(x), still)[..., dof:]
    applied = actuation(x, u)[..., dof:]
    return number(float(force.square().mean().sqrt() / applied.square().mean().sqrt()))
