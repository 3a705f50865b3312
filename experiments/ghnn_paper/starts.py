"""Where the pairs of samples of Horn et al. start, and those of Jin et al."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from src.data.simulation import simulate
from src.data.starts import Starts
from src.systems.base import System
from src.systems.pendulum import Pendulum

WIDEST = 0.95 * math.pi
"""The largest angle from which a pendulum is released, in rad."""


def released(count: int, generator: torch.Generator) -> Float[Tensor, "count state"]:
    """Return pendulums at rest, at angles uniform on both sides."""
    draws = torch.rand(count, 1, generator=generator, dtype=torch.float64)
    return torch.nn.functional.pad(WIDEST * (2 * draws - 1), (0, 1))


@dataclass(frozen=True)
class Quarters(Starts):
    """Samples from the first quarter of swings: until the pendulum first hangs straight down.

    What is learned from them is only ever seen moving towards rest. The paper takes all samples of
    each quarter, about twenty; here each swing gives as many.
    """

    places: int = 18
    """Of each swing, spread evenly over its samples."""
    step: float = 0.1
    """Time between the samples."""

    @property
    def shared(self) -> int:
        """All of a swing stay in one part of the data."""
        return self.places

    def draw(
        self, system: System, count: int, generator: torch.Generator
    ) -> Float[Tensor, "count state"]:
        """Return samples, swing by swing."""
        system = self.expect(system, Pendulum, "system=pendulum")
        starts = released(-(-count // self.places), generator)
        longest = system.period(WIDEST) / 4
        t = torch.arange(0.0, longest, self.step, dtype=torch.float64)
        motions = simulate(system, starts, t, "reference")
        before = (motions[..., 0] * starts[:, :1] > 0).long().cumprod(1).sum(1, keepdim=True)
        chosen = torch.arange(self.places) * before // self.places
        return motions.gather(1, chosen.unsqueeze(-1).expand(-1, -1, 2)).flatten(0, 1)[:count]


@dataclass(frozen=True)
class Along(Starts):
    """The samples of one motion in a row: a pendulum that passes its rest at a unit of momentum.

    Source:
        Jin, Zhang, Zhu, Tang, Karniadakis, *SympNets*, 2020, arXiv:2001.03750, whose pendulum
        begins at (q, p) = (0, 1).
    """

    step: float = 0.1
    """Time between the samples."""

    def draw(
        self, system: System, count: int, generator: torch.Generator
    ) -> Float[Tensor, "count state"]:
        """Return the first samples of the motion; nothing is drawn."""
        t = self.step * torch.arange(count, dtype=torch.float64)
        return simulate(system, torch.tensor([[0.0, 1.0]]).double(), t, "reference")[0]
