"""What the numbers of a state vector mean."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal, get_args

from torch import Tensor

Coordinates = Literal["canonical", "velocity", "cartesian", "poisson", "field"]
"""canonical is (q, p); velocity is (q, v); the others are named for the systems that need them."""

_SECOND_HALF = {"canonical": "p", "velocity": "v", "cartesian": "v"}


@dataclass(frozen=True)
class StateSpec:
    """Names, angles and coordinates of a flat state ``x = (q, p)`` or ``x = (q, v)``.

    Raises:
        ValueError: if the angular flags do not match the positions, or the coordinates are unknown.
    """

    positions: tuple[str, ...]
    """Names of the generalised coordinates q."""
    angular: tuple[bool, ...]
    """Which of them are angles, in rad: features of a net then are cos and sin."""
    coordinates: Coordinates = "canonical"
    inputs: tuple[str, ...] = ()
    """Names of the inputs u, for actuated systems."""

    def __post_init__(self) -> None:
        if len(self.positions) != len(self.angular):
            raise ValueError(
                f"angular must hold one flag per position; got {len(self.angular)} flags "
                f"for the {len(self.positions)} positions {self.positions}."
            )
        if self.coordinates not in get_args(Coordinates):
            raise ValueError(
                f"coordinates must be one of {get_args(Coordinates)}; got {self.coordinates!r}."
            )

    @property
    def dof(self) -> int:
        """Degrees of freedom: the number of positions."""
        return len(self.positions)

    @property
    def size(self) -> int:
        """Length of the state vector."""
        return 2 * self.dof

    @property
    def names(self) -> tuple[str, ...]:
        """Names of all components, such as ``("theta", "p_theta")``."""
        prefix = _SECOND_HALF.get(self.coordinates, "p")
        return self.positions + tuple(f"{prefix}_{name}" for name in self.positions)

    def left_alone(self) -> StateSpec:
        """Return the same spec without inputs."""
        return replace(self, inputs=())

    def expressed_in(self, coordinates: Coordinates) -> StateSpec:
        """Return the same spec with other coordinates."""
        return replace(self, coordinates=coordinates)


def split_state(x: Tensor) -> tuple[Tensor, Tensor]:
    """Return the halves ``(q, p)`` or ``(q, v)`` of the last axis.

    Raises:
        ValueError: if the last axis is odd.
    """
    if x.shape[-1] % 2:
        raise ValueError(
            f"x must hold (q, p) or (q, v) on its last axis, hence an even size; "
            f"got shape {tuple(x.shape)}."
        )
    q, p = x.chunk(2, dim=-1)
    return q, p
