"""The numbers of a record that tables show, each with words for a newcomer."""

from __future__ import annotations

from dataclasses import dataclass

from .record import Record


@dataclass(frozen=True)
class Quantity:
    """One number of a record."""

    name: str
    """Key in ``comparison.json``."""
    path: str
    """Where the record holds it: a number, or ``{mean, median, p90}`` over trajectories."""
    label: str
    meaning: str
    is_time: bool = False
    """Whether it is measured in the unit of time of its system."""

    def titled(self, unit: str) -> str:
        """Return what it is called, with the unit of time if it is measured in one."""
        return f"{self.label} ({unit})" if self.is_time and unit else self.label

    def applies(self, record: Record) -> bool:
        """Whether it says something of a run: there may be no constraints, or no rollouts."""
        if self.path.startswith("rollout.") and record.get("rollout.reason"):
            return False
        return self is not CONSTRAINTS or record.get("rollout.constraint_violation") is not None


ENERGY_DRIFT = Quantity(
    "energy_drift",
    "rollout.energy_drift.rms_relative",
    "true energy drift",
    "rms change of the true energy along the rollout, in energy scales; 0 is conserved",
)
LEARNED_DRIFT = Quantity(
    "learned_energy_drift",
    "rollout.learned_energy_drift.rms_relative",
    "learned energy drift",
    "the same for the model's own energy: small says the integrator is fine",
)
AGREEMENT = Quantity(
    "learned_energy_r2",
    "rollout.learned_energy_agreement.r2",
    "learned energy, R²",
    "learned against true energy after a linear fit; 1 is the same function",
)
CONSTRAINTS = Quantity(
    "constraint_violation",
    "rollout.constraint_violation.position.rms_relative",
    "constraint violation",
    "rms of the constraints along the rollout, over lengths of the parts; 0 is satisfied",
)
VALID_TIME = Quantity(
    "valid_prediction_time",
    "rollout.trajectory.valid_prediction_time",
    "valid prediction time",
    "until the path is off by a tenth of its usual size; at most the horizon",
    is_time=True,
)
DERIVATIVE_ERROR = Quantity(
    "derivative_mse",
    "test.derivative_mse",
    "derivative error",
    "mean square error of dx/dt over its variance, on unseen motions",
)
NOISE_FLOOR = Quantity(
    "derivative_noise_floor",
    "test.derivative_noise_floor",
    "  its noise floor",
    "what the true law would score on the same noisy data",
)
TRUE_DERIVATIVE_ERROR = Quantity(
    "derivative_error",
    "test.derivative_error",
    "  at noise-free states",
    "the same against the true rates: how far the learned law is from the true one",
)
NON_FINITE = Quantity(
    "non_finite",
    "rollout.non_finite",
    "non-finite rollouts",
    "rollouts that blew up to infinity or NaN",
)
SYMPLECTICITY = Quantity(
    "symplecticity_defect",
    "rollout.geometry.symplecticity_defect",
    "symplecticity defect",
    "how far the flow is from keeping areas in (q, p); 0 for true mechanics",
)
DIVERGENCE = Quantity(
    "divergence",
    "rollout.geometry.divergence",
    "divergence",
    "|div f| times the time scale: volume made or lost per time scale; 0 is none",
)
SPEED = Quantity(
    "steps_per_second",
    "train.steps_per_second",
    "training speed (steps/s)",
    "optimizer steps per second",
)

SHOWN = (
    ENERGY_DRIFT,
    LEARNED_DRIFT,
    AGREEMENT,
    CONSTRAINTS,
    VALID_TIME,
    DERIVATIVE_ERROR,
    NOISE_FLOOR,
    TRUE_DERIVATIVE_ERROR,
    NON_FINITE,
    SYMPLECTICITY,
    DIVERGENCE,
    SPEED,
)
"""In the table at the end of one run, and over seeds in a comparison."""
