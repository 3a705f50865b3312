"""What a recording says of its own state space."""

from __future__ import annotations

from typing import TypedDict

from ..systems.base import Kinematics, System
from .recordings import Recording


class Description(TypedDict):
    """What a file says of its own state space."""

    positions: tuple[str, ...]
    angular: tuple[bool, ...]
    masses: tuple[float, ...] | None
    inputs: tuple[str, ...]


def check_trial(trial: Recording, kinematics: Kinematics) -> None:
    """Refuse a trial that does not belong with the others.

    Raises:
        ValueError: if it has other positions, or a single sample.
    """
    if trial.q.shape[-1] != len(kinematics.spec.positions):
        raise ValueError(
            f"{trial.name}: all recordings must have the positions of the first, "
            f"{', '.join(kinematics.spec.positions)}; got {trial.q.shape[-1]} positions."
        )
    if len(trial) < 2:
        raise ValueError(
            f"{trial.name}: a motion must hold two samples at least; got one row. If it belongs to "
            f"others, check data.columns.trial, the column that tells trials apart."
        )


def check_fit(found: Description, kinematics: Kinematics) -> None:
    """Refuse a system that is not the one of the recording.

    Raises:
        ValueError: if the numbers of positions or inputs or the angles differ, or both have masses.
    """
    spec, name = kinematics.spec, type(kinematics).__name__
    if len(found["positions"]) != len(spec.positions):
        raise ValueError(
            f"the recording must have the {len(spec.positions)} positions of {name}, "
            f"{', '.join(spec.positions)}; got {', '.join(found['positions'])}. Choose columns "
            f"with data.columns.q=[...], or leave system= out."
        )
    if any(found["angular"]) and found["angular"] != spec.angular:
        raise ValueError(
            f"data.angles must be the angles of {name}, "
            f"{[q for q, flag in zip(spec.positions, spec.angular, strict=True) if flag]}; got "
            f"{[q for q, flag in zip(found['positions'], found['angular'], strict=True) if flag]}."
        )
    if found["inputs"] and len(found["inputs"]) != len(spec.inputs):
        raise ValueError(
            f"the recording must have one column for each input of {name}, "
            f"{', '.join(spec.inputs) or 'which has none'}; got {', '.join(found['inputs'])}. "
            f"Choose columns with data.columns.u=[...], or leave system= out."
        )
    if isinstance(kinematics, System) and found["masses"] is not None:
        raise ValueError(
            f"data.mass is for recordings of unnamed systems; {name} has masses of its own, which "
            f"system.* sets. Leave data.mass out."
        )
