"""What a recording says of its own state space."""

from __future__ import annotations

from typing import TypedDict

from ..systems.base import Kinematics, System


class Description(TypedDict):
    """What a file says of its own state space."""

    positions: tuple[str, ...]
    angular: tuple[bool, ...]
    masses: tuple[float, ...] | None


def check_fit(found: Description, kinematics: Kinematics) -> None:
    """Refuse a system that is not the one of the recording.

    Raises:
        ValueError: if the numbers of positions or the angles differ, or both have masses.
    """
    spec, name = kinematics.spec, type(kinematics).__name__
    if len(found["positions"]) != spec.dof:
        raise ValueError(
            f"the recording must have the {spec.dof} positions of {name}, "
            f"{', '.join(spec.positions)}; got {', '.join(found['positions'])}. Choose columns "
            f"with data.columns.q=[...], or leave system= out."
        )
    if any(found["angular"]) and found["angular"] != spec.angular:
        raise ValueError(
            f"data.angles must be the angles of {name}, "
            f"{[q for q, flag in zip(spec.positions, spec.angular, strict=True) if flag]}; got "
            f"{[q for q, flag in zip(found['positions'], found['angular'], strict=True) if flag]}."
        )
    if isinstance(kinematics, System) and found["masses"] is not None:
        raise ValueError(
            f"data.mass is for recordings of unnamed systems; {name} has masses of its own, which "
            f"system.* sets. Leave data.mass out."
        )
