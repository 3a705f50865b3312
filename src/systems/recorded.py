"""Somebody's recording: a state space whose energy nobody knows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from ..mechanics.state import Coordinates, StateSpec, split_state
from .base import Kinematics
from .sampling import is_positive


@dataclass(frozen=True)
class Recorded(Kinematics):
    """Positions and velocities that were measured, with masses where somebody knows them.

    With masses the reference coordinates are canonical, ``p = m v``. One position without a mass
    is canonical too, with ``p := v``: H is then the energy per unit mass. Several positions without
    masses stay in velocities, since nobody knows how their momenta would mix.

    Raises:
        ValueError: if there are no positions, an angular flag or a mass is missing, or a mass is
            not positive.
    """

    positions: Sequence[str] | None
    """Names of the positions."""
    angular: Sequence[bool] | None = None
    """Which of them are angles, in rad; None if none is."""
    masses: Sequence[float] | None = None
    """Inertia of each position, in kg (kg m^2 for angles); None where they are unknown."""
    inputs: Sequence[str] | None = None
    """Names of recorded inputs, which a model must take; None if there are none."""

    def __post_init__(self) -> None:
        if not self.positions:
            raise ValueError(
                "system=recorded must be told the names of its positions, which it takes from a "
                f"recording; got positions={self.positions}. Use data=files data.path=<file>."
            )
        flags = (False,) * len(self.positions) if self.angular is None else self.angular
        object.__setattr__(self, "positions", tuple(self.positions))
        object.__setattr__(self, "angular", tuple(flags))
        object.__setattr__(self, "inputs", tuple(self.inputs or ()))
        if self.masses is not None:
            object.__setattr__(self, "masses", tuple(self.masses))
            if len(self.masses) != len(self.positions) or not all(map(is_positive, self.masses)):
                raise ValueError(
                    f"data.mass must hold one positive value per position, for "
                    f"{', '.join(self.positions)}; got {list(self.masses)} kg (kg m^2 for angles)."
                )
        StateSpec(tuple(self.positions), tuple(flags))

    @property
    def momentum_is_velocity(self) -> bool:
        """Whether ``p := v`` stands in for an unknown mass: H is then energy per unit mass."""
        return self.masses is None and self.spec.dof == 1

    @property
    def coordinates(self) -> Coordinates:
        """Canonical, unless several positions have no masses."""
        return "velocity" if self.masses is None and len(self.positions or ()) > 1 else "canonical"

    @property
    def spec(self) -> StateSpec:
        """The recorded names and angles."""
        return StateSpec(
            tuple(self.positions or ()),
            tuple(self.angular or ()),
            self.coordinates,
            tuple(self.inputs or ()),
        )

    def to_velocity(self, x: Float[Tensor, "*batch state"]) -> Float[Tensor, "*batch state"]:
        """Return ``(q, p / m)``.

        Raises:
            ValueError: if several positions have no masses.
        """
        q, p = split_state(x)
        return torch.cat((q, p / self._masses(p)), dim=-1)

    def to_canonical(self, x: Float[Tensor, "*batch state"]) -> Float[Tensor, "*batch state"]:
        """Return ``(q, m v)``.

        Raises:
            ValueError: if several positions have no masses.
        """
        q, v = split_state(x)
        return torch.cat((q, v * self._masses(v)), dim=-1)

    def _masses(self, like: Tensor) -> Tensor:
        if self.coordinates == "velocity":
            names, blanks = ", ".join(self.spec.positions), ", ".join(["..."] * self.spec.dof)
            raise ValueError(
                f"momenta need masses, and the recording of {names} has none. "
                f"Give them as data.mass=[{blanks}], name the "
                f"system they come from with system=<name>, or use a model that needs only "
                f"velocities: model=lnn, or model=baseline model.coordinates=velocity."
            )
        return torch.tensor(self.masses or (1.0,), dtype=like.dtype, device=like.device)
