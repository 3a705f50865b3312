"""Which keys a ``summary.json`` holds."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

VERSION = 1

_RUN = "system model loss integrator performance seed device dtype status command git versions"
_TRAIN = "epochs steps seconds steps_per_second parameters final_loss best_val_loss skipped_steps"
_ROLLOUT = (
    "horizon horizon_over_training trajectories non_finite energy_drift learned_energy_drift "
    "learned_energy_agreement invariants constraint_violation trajectory geometry cost"
)
REQUIRED: dict[str, tuple[str, ...]] = {
    "run": tuple(_RUN.split()),
    "data": ("seed", "trajectories", "samples", "step", "horizon", "noise"),
    "train": tuple(_TRAIN.split()),
    "test": ("derivative_mse", "derivative_noise_floor"),
    "scales": ("energy", "time"),
    "rollout": tuple(_ROLLOUT.split()),
    "rollout.energy_drift": ("rms_relative", "max_relative", "secular_relative", "mse"),
    "rollout.learned_energy_drift": ("rms_relative", "max_relative"),
    "rollout.learned_energy_agreement": ("r2", "scale"),
    "rollout.trajectory": ("mse", "geometric_mean_relative_error", "valid_prediction_time"),
    "rollout.geometry": ("symplecticity_defect", "divergence", "reversibility"),
    "rollout.geometry.reversibility": ("forward_backward", "momentum_flip"),
    "rollout.cost": ("field_evaluations", "seconds"),
    "test_sets": (),
    "files": (),
}
"""Sections of version 1, by dotted path, and the keys that each must hold. A section below the
first level may be null as a whole; within a version keys may be added, never changed."""


def look_up(summary: Mapping[str, Any], path: str) -> object:
    """Return what lies at a dotted path; None where nothing does."""
    node: object = summary
    for key in path.split("."):
        if not isinstance(node, Mapping) or key not in node:
            return None
        node = node[key]
    return node


def missing_keys(summary: Mapping[str, Any]) -> list[str]:
    """Return the dotted names of the required keys that a summary does not hold."""
    missing = []
    for section, keys in REQUIRED.items():
        node = look_up(summary, section)
        if node is None and "." in section:
            continue  # null as a whole, or missed above already
        if not isinstance(node, Mapping):
            missing.append(section)
        else:
            missing += [f"{section}.{key}" for key in keys if key not in node]
    return missing
