"""Where the motions of Finzi et al. start."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from src.data.simulation import simulate
from src.data.starts import Starts
from src.mechanics.constraints import combine
from src.mechanics.state import split_state
from src.systems.base import System
from src.systems.gyroscope import Gyroscope
from src.systems.n_link_cartesian import NLinkCartesian
from src.systems.rotor import Rotor
from src.systems.sampling import random_signs, uniform
from src.systems.spherical_bobs import SphericalBobs


@dataclass(frozen=True)
class Thrown(Starts):
    """Chains in motion: angles and their rates are normal, scattered, and put back on the rods."""

    def draw(
        self, system: System, count: int, generator: torch.Generator
    ) -> Float[Tensor, "count state"]:
        """Return starts of a chain in Cartesian coordinates, as the paper's code draws them."""
        system = self.expect(system, NLinkCartesian, "system=n_link_cartesian")

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
        """Return starts of bobs on rods in space."""
        system = self.expect(system, SphericalBobs, "bobs in space")
        spread = torch.tensor([*[*self.tilt] * system.bobs, *[*self.rate] * system.bobs]).double()
        draws = torch.randn(count, len(spread), generator=generator, dtype=torch.float64)
        return system.from_angles(spread * draws)


def turned(
    angles: Float[Tensor, "count 3"], rates: Float[Tensor, "count 3"]
) -> tuple[Float[Tensor, "count 3 3"], Float[Tensor, "count 3"]]:
    """Return axes in columns and angular velocities, in space, for Euler's angles and their rates.

    A body turns about its third axis, then its first, then its third again.

    Source:
        L. D. Landau, E. M. Lifshitz, *Mechanics*, 3rd ed., section 35.
    """
    basis = torch.eye(3, dtype=torch.float64)

    def about(axis: int, angle: Tensor) -> Tensor:
        turn = torch.linalg.cross(basis[axis].expand(3, 3), basis).mT
        return torch.linalg.matrix_exp(angle[:, None, None] * turn)

    precession, tilt, spin = angles.unbind(-1)
    first = about(2, precession)
    axes = first @ about(0, tilt) @ about(2, spin)
    turns = torch.stack((basis[2].expand_as(rates), first[..., 0], axes[..., 2]), dim=-1)
    return axes, combine(turns, rates)


@dataclass(frozen=True)
class Tumbling(Starts):
    """A free body: places, Euler's angles and the rates of both are normal, cut off."""

    def draw(
        self, system: System, count: int, generator: torch.Generator
    ) -> Float[Tensor, "count state"]:
        """Return starts of a rotor as the paper's code draws them, in m and rad."""
        system = self.expect(system, Rotor, "system=rotor")
        draws = 2 * torch.randn(4, count, 3, generator=generator, dtype=torch.float64)
        centre, moving, angles, rates = draws.clamp(-3, 3)
        axes, turning = turned(angles, rates)
        return system.of_body(axes, 0.1 * centre, turning, 0.1 * moving)


@dataclass(frozen=True)
class Spinning(Starts):
    """A gyroscope on its pivot: Euler's angles up to 1.5 rad, a fast spin either way."""

    def draw(
        self, system: System, count: int, generator: torch.Generator
    ) -> Float[Tensor, "count state"]:
        """Return starts of a gyroscope as the paper's code draws them, in rad and rad/s."""
        system = self.expect(system, Gyroscope, "system=gyroscope")
        angles = uniform((-1.5, 1.5), (count, 3), generator)
        precession = uniform((-4.5, 4.5), (count, 1), generator)
        tilting = uniform((-0.3, 0.3), (count, 1), generator)
        size = 1.5 * (7 + torch.randn(count, 1, generator=generator, dtype=torch.float64))
        spin = random_signs((count, 1), generator) * size
        return system.about_pivot(*turned(angles, torch.cat((precession, tilting, spin), -1)))


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
