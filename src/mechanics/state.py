"""What the numbers of a state vector mean."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Literal, get_args

from jaxtyping import Float
from torch import Tensor

from .known import Known

Coordinates = Literal["canonical", "velocity", "poisson"]
"""canonical is (q, p); velocity is (q, v); poisson is a state without pairs, of any size."""

_SECOND_HALF = {"canonical": "p", "velocity": "v"}


@dataclass(frozen=True)
class StateSpec:
    """Names, angles and coordinates of a flat state ``x = (q, p)`` or ``x = (q, v)``.

    Or of one that is no pairs (``poisson``), whose components are all named as positions.

    Raises:
        ValueError: if the angular flags do not match the positions, or the coordinates are unknown.
    """

    positions: tuple[str, ...]
    """Names of the generalised coordinates q; of all components where there are no pairs."""
    angular: tuple[bool, ...]
    """Which of them are angles, in rad: features of a net then are cos and sin."""
    coordinates: Coordinates = "canonical"
    inputs: tuple[str, ...] = ()
    """Names of the inputs u, for actuated systems."""
    alike: bool = False
    """Whether all positions are values of one quantity, as of a field on a grid: they are then
    measured by one scale, also those that hardly vary, and their momenta by another."""
    known: Known = field(default_factory=Known, compare=False, repr=False)
    """What models are told of the motion beside the meaning of its numbers."""

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
        """Degrees of freedom: the positions, or as many pairs as a state without pairs could hold.

        A skew structure of odd size is singular: three components are one degree of freedom.
        """
        return self.size // 2

    @property
    def paired(self) -> bool:
        """Whether the state is made of pairs, (q, p) or (q, v), and can be split in halves."""
        return self.coordinates != "poisson"

    @property
    def size(self) -> int:
        """Length of the state vector."""
        return 2 * len(self.positions) if self.paired else len(self.positions)

    @property
    def names(self) -> tuple[str, ...]:
        """Names of all components, such as ``("theta", "p_theta")``."""
        if not self.paired:
            return self.positions
        prefix = _SECOND_HALF[self.coordinates]
        return self.positions + tuple(f"{prefix}_{name}" for name in self.positions)

    @property
    def angles(self) -> tuple[bool, ...]:
        """Which components of the whole state are angles: momenta and velocities never are."""
        return (*self.angular, *[False] * (self.size - len(self.angular)))

    @property
    def planes(self) -> tuple[tuple[int, int], ...]:
        """The pairs of components that pictures show against each other.

        The pairs of the state, or each component against the next, the last against the first.
        """
        if self.paired:
            return tuple((i, self.dof + i) for i in range(self.dof))
        return tuple((i, (i + 1) % self.size) for i in range(self.size))

    def pooled(self, scale: Float[Tensor, " state"]) -> Float[Tensor, " state"]:
        """Return the scales by which to measure components, from one of each alone.

        Where components are alike, the root mean square over their part of the state: where a
        field hardly ever comes, an error of its tiny spread there is none that matters.
        """
        if not self.alike:
            return scale
        parts = scale.reshape(2 if self.paired else 1, -1)
        size = parts.square().mean(-1, keepdim=True).sqrt()
        return size.expand_as(parts).reshape(scale.shape)

    def left_alone(self) -> StateSpec:
        """Return the same spec without inputs."""
        return replace(self, inputs=())

    def expressed_in(self, coordinates: Coordinates) -> StateSpec:
        """Return the same spec with other coordinates.

        Raises:
            ValueError: if there are pairs in the one and none in the other.
        """
        if (coordinates == "poisson") == self.paired:
            raise ValueError(
                f"a state can be expressed in other pairs (q, p) or (q, v) if it is made of pairs; "
                f"got {self.coordinates} ({', '.join(self.names[:4])}, ...) and {coordinates}. A "
                f"model that takes every state as it is: model=baseline."
            )
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
