"""Where the motions of Finzi et al. start."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from src.data.simulation import simulate
from src.data.starts import Starts
from src.mechanics.state import split_state
from src.systems.base import System
from src.systems.n_link_cartesian import NLinkCartesian
from src.systems.rotor import Rotor
from src.systems.spherical_bobs import SphericalBobs


@dataclass(frozen=True)
class Thrown(Starts):
    """Chains in motion: angles and their rates are normal, scattered, and put back on the rods."""

    def draw(
        self, system: System, count: int, generator: torch.Generator
    ) -> Float[Tensor, "count state"]:
        """Return starts of a chain in Cartesian coordinates, as the paper's code draws them.

        Raises:
            TypeError: if the system is another one.
        """
        if not isinstance(system, NLinkCartesian):
            raise TypeError(f"Thrown needs system=n_link_cartesian; got {type(system).__name__}.")

        def normal(size: int) -> Tensor:
            return torch.randn(count, size, generator=generator, dtype=torch.float64)

        hanging = system.to_velocity(system.from_angles(normal(2 * system.number)))
        q, v = split_state(hanging)
        rods = system.rods(q + 0.2 * normal(q.shape[1]))
        # Back to their lengths, each along itself: Newton's method fails where rods nearly fold.
        rods = rods / rods.norm(dim=-1, keepdim=True) * rods.new_tensor(system.lengths)[:, None]
        q = rods.cumsum(dim=-2).flatten(-2)
        v = 3 * (0.5 * v + 0.4 * normal(v.shape[1]))
        return system.project(system.to_canonical(torch.cat((q, v), dim=-1)))


@dataclass(frozen=True)
class Tilted(Starts):
    """Bobs in space whose two tilts, and their rates, are normal about rest."""

    tilt: Sequence[float]
    """Standard deviations of the tilts along x and along y, in rad."""
    rate: Sequence[float]
    """And of their rates, in rad/s."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "tilt", tuple(self.tilt))
        object.__setattr__(self, "rate", tuple(self.rate))

    def draw(
        self, system: System, count: int, generator: torch.Generator
    ) -> Float[Tensor, "count state"]:
        """Return starts of bobs on rods in space.

        Raises:
            TypeError: if the system is another one.
        """
        if not isinstance(system, SphericalBobs):
            raise TypeError(f"Tilted needs bobs in space; got {type(system).__name__}.")
        spread = torch.tensor([*self.tilt * system.bobs, *self.rate * system.bobs]).double()
        draws = torch.randn(count, len(spread), generator=generator, dtype=torch.float64)
        return system.from_angles(spread * draws)


def turned(angles: Float[Tensor, "*batch 3"]) -> Float[Tensor, "*batch 3 3"]:
    """Return the axes of a body, in columns, for Euler's angles about z, x and z."""
    cos, sin = angles.cos(), angles.sin()
    none, one = torch.zeros_like(cos[..., 0]), torch.ones_like(cos[..., 0])

    def about_z(c: Tensor, s: Tensor) -> Tensor:
        rows = (torch.stack((c, -s, none), -1), torch.stack((s, c, none), -1))
        return torch.stack((*rows, torch.stack((none, none, one), -1)), -2)

    # The axes x, y, z are those of a turn about z, moved on by one.
    about_x = about_z(cos[..., 1], sin[..., 1]).roll((1, 1), (-1, -2))
    first, last = (about_z(cos[..., i], sin[..., i]) for i in (0, 2))
    return first @ about_x @ last


@dataclass(frozen=True)
class Tumbling(Starts):
    """Free bodies whose places, Euler's angles and rates are normal, and cut off."""

    spread: float = 2.0
    """Standard deviation, in m, rad and the same per s."""
    most: float = 3.0
    """Where they are cut off."""

    def draw(
        self, system: System, count: int, generator: torch.Generator
    ) -> Float[Tensor, "count state"]:
        """Return starts of a rigid body of four points.

        Raises:
            TypeError: if the system is another one.
        """
        if not isinstance(system, Rotor):
            raise TypeError(f"Tumbling needs system=rotor; got {type(system).__name__}.")
        draws = self.spread * torch.randn(count, 12, generator=generator, dtype=torch.float64)
        centre, angles, moving, rates = draws.clamp(-self.most, self.most).split(3, dim=-1)
        axes, change = torch.func.jvp(turned, (angles,), (rates,))
        spin = change @ axes.mT
        turning = torch.stack((spin[:, 2, 1], spin[:, 0, 2], spin[:, 1, 0]), dim=-1)
        return system.of_body(axes, centre, turning, moving)


@dataclass(frozen=True)
class Midway(Starts):
    """Somewhere along a motion: each chunk of the paper is one of 20 of a motion of its own."""

    first: Starts
    """Where the motions start."""
    every: float = 0.15
    """The time between the starts of chunks, in s."""
    chunks: int = 20
    """Of each motion."""

    def draw(
        self, system: System, count: int, generator: torch.Generator
    ) -> Float[Tensor, "count state"]:
        """Return one state of each motion, at the start of a chunk chosen by chance."""
        t = self.every * torch.arange(self.chunks, dtype=torch.float64)
        motions = simulate(system, self.first.draw(system, count, generator), t, "reference")
        chosen = torch.randint(self.chunks, (count,), generator=generator)
        return motions[torch.arange(count), chosen]
