"""Where simulated motions start, if not where their system says."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TypeVar

import torch
from jaxtyping import Float
from torch import Tensor

from ..mechanics.state import Coordinates
from ..systems.base import System
from .bounds import check_choice, check_count

S = TypeVar("S", bound=System)


@dataclass(frozen=True)
class Starts(ABC):
    """A distribution of starts. Subclasses are frozen dataclasses of ``data.starts.*``."""

    @property
    def shared(self) -> int:
        """How many motions in a row have one start; a split keeps them together."""
        return 1

    @abstractmethod
    def draw(
        self, system: System, count: int, generator: torch.Generator
    ) -> Float[Tensor, "count state"]:
        """Return starts in the reference coordinates of a system, float64.

        Raises:
            ValueError: if they do not fit the state of the system.
            TypeError: if they are made for a system of another kind.
        """

    def expect(self, system: System, kind: type[S], named: str) -> S:
        """Return the system, of the kind that these starts are made for.

        Raises:
            TypeError: if it is another one.
        """
        if not isinstance(system, kind):
            raise TypeError(f"{type(self).__name__} needs {named}; got {type(system).__name__}.")
        return system


@dataclass(frozen=True)
class Box(Starts):
    """Uniform between two corners, each coordinate by itself.

    Raises:
        ValueError: if the corners do not hold as many numbers, or lie the wrong way round.
    """

    low: Sequence[float]
    """The lowest value of each coordinate, in its unit."""
    high: Sequence[float]
    """The highest one."""
    coordinates: Coordinates = "canonical"
    """Of the corners: canonical (q, p) or velocity (q, v)."""
    motions: int = 1
    """From each start, one after the other: under signal=levels each gets an input of its own."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "low", tuple(float(x) for x in self.low))
        object.__setattr__(self, "high", tuple(float(x) for x in self.high))
        check_choice("data.starts.coordinates", self.coordinates, ("canonical", "velocity"))
        check_count("data.starts.motions", self.motions, 1)
        if len(self.low) != len(self.high) or any(
            not (math.isfinite(a) and math.isfinite(b) and a <= b)
            for a, b in zip(self.low, self.high, strict=False)
        ):
            raise ValueError(
                f"data.starts.low and high must hold a number for each coordinate of the state, "
                f"the lower ones first; got {list(self.low)} and {list(self.high)}."
            )

    @property
    def shared(self) -> int:
        """``motions``; see :class:`Starts`."""
        return self.motions

    def draw(
        self, system: System, count: int, generator: torch.Generator
    ) -> Float[Tensor, "count state"]:
        """Return points of the box; see :class:`Starts`."""
        points = self._points(system, -(-count // self.motions), generator)
        return points.repeat_interleave(self.motions, dim=0)[:count]

    def _points(
        self, system: System, count: int, generator: torch.Generator
    ) -> Float[Tensor, "count state"]:
        size = system.spec.size
        if len(self.low) != size:
            raise ValueError(
                f"data.starts.low and high must hold {size} numbers, one for each of "
                f"{', '.join(system.spec.names)}; got {len(self.low)}."
            )
        low, high = (torch.tensor(x, dtype=torch.float64) for x in (self.low, self.high))
        points = low + (high - low) * self._places(count, size, generator)
        wanted = system.coordinates if system.spec.paired else self.coordinates
        if self.coordinates == wanted:
            return points
        return system.to_canonical(points) if wanted == "canonical" else system.to_velocity(points)

    def _places(
        self, count: int, size: int, generator: torch.Generator
    ) -> Float[Tensor, "count state"]:
        """Return points of the unit cube."""
        return torch.rand(count, size, generator=generator, dtype=torch.float64)


@dataclass(frozen=True)
class Grid(Box):
    """Points of a regular grid between two corners, each of them once, in random order.

    Source:
        Sosanya, Greydanus, *Dissipative Hamiltonian Neural Networks*, 2022, arXiv:2201.10085, whose
        damped spring is measured so.

    Raises:
        ValueError: as :class:`Box`, or if there are no two points in a row.
    """

    points: int = field(kw_only=True)
    """Along each coordinate, both ends among them."""

    def __post_init__(self) -> None:
        super().__post_init__()
        check_count("data.starts.points", self.points, 2)

    def _places(
        self, count: int, size: int, generator: torch.Generator
    ) -> Float[Tensor, "count state"]:
        """Return some of the points, all of them if so many are wanted."""
        if count > self.points**size:
            raise ValueError(
                f"data.starts=Grid has {self.points**size} points, each of which starts one "
                f"motion; got {count} motions. Set data.starts.points higher, or "
                f"data.trajectories lower."
            )
        along = torch.linspace(0.0, 1.0, self.points, dtype=torch.float64)
        # The number of a point, written to the base `points`, tells where it lies.
        number = torch.randperm(self.points**size, generator=generator)[:count].unsqueeze(-1)
        return along[number // self.points ** torch.arange(size) % self.points]


@dataclass(frozen=True)
class Annulus(Starts):
    """One position and its momentum between two circles, q and p in their own units.

    The radius is uniform, so that inner circles are as often drawn as outer ones.

    Source:
        Greydanus, Dzamba, Yosinski, *Hamiltonian Neural Networks*, 2019, arXiv:1906.01563, whose
        springs and pendulums start so.

    Raises:
        ValueError: if the radii do not grow from a positive one.
    """

    radius: Sequence[float]
    """The smaller and the larger one."""
    motions: int = 1
    """From each start; see :class:`Box`."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "radius", tuple(float(x) for x in self.radius))
        check_count("data.starts.motions", self.motions, 1)
        if len(self.radius) != 2 or not 0 < self.radius[0] < self.radius[1] < math.inf:
            raise ValueError(
                f"data.starts.radius must be [smaller, larger], both positive; got "
                f"{list(self.radius)}."
            )

    @property
    def shared(self) -> int:
        """``motions``; see :class:`Starts`."""
        return self.motions

    def draw(
        self, system: System, count: int, generator: torch.Generator
    ) -> Float[Tensor, "count state"]:
        """Return points of the annulus; see :class:`Starts`."""
        if system.spec.size != 2:
            raise ValueError(
                f"data.starts=Annulus needs one position and its momentum; the state of "
                f"{type(system).__name__} holds {', '.join(system.spec.names)}. Use Box."
            )
        different = -(-count // self.motions)
        draws = torch.rand(different, 2, generator=generator, dtype=torch.float64)
        low, high = self.radius
        size, angle = low + (high - low) * draws[:, 0], 2 * math.pi * draws[:, 1]
        points = size.unsqueeze(-1) * torch.stack((angle.cos(), angle.sin()), dim=-1)
        return points.repeat_interleave(self.motions, dim=0)[:count]
