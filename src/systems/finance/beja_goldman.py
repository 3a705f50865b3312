"""A price between those who follow its trend and those who know a value."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import torch
from jaxtyping import Float
from torch import Tensor

from ...mechanics.state import StateSpec
from ..natural import SeparableSystem
from ..ports import DampedAndDriven
from ..sampling import check_positive, check_range, uniform


@dataclass(frozen=True)
class BejaGoldman(DampedAndDriven, SeparableSystem):
    r"""The logarithm x of a price over its value, moved by fundamentalists and trend followers.

    .. math:: \ddot x + (a + c - b c)\, \dot x + a c\, x = 0

    Fundamentalists pull with the strength a, trend followers push with b and learn the trend at the
    rate c. Only at :math:`b^* = 1 + a/c` is an energy kept, :math:`(\dot x^2 + a c x^2)/2`. With
    weaker trend followers prices settle, and the energy is lost as to friction; with stronger ones
    they explode. It is a model: on real prices no such cycle predicts a trend.

    Source:
        A. Beja, M. Goldman, *On the dynamic behavior of prices in disequilibrium*, J. Finance 35
        (1980), 235-248.

    Raises:
        ValueError: if a strength, the rate or the range of mispricings is not positive.
    """

    domain: ClassVar[str] = "market trend prediction"

    fundamentalists: float = 0.5
    """a, in 1/d."""
    trend_followers: float = 1.1
    """b; prices cycle for ever at 1 + a/c, which is 1.25."""
    adaptation: float = 2.0
    """c, in 1/d."""
    mispricing: Sequence[float] = (0.02, 0.1)
    """Range of the largest logarithms of price over value of training motions."""

    def __post_init__(self) -> None:
        check_positive(self, fundamentalists="1/d", trend_followers="", adaptation="1/d")
        check_range(self, mispricing="")

    @property
    def damping(self) -> float:  # pyright: ignore[reportIncompatibleVariableOverride]
        """``a + c - b c``, in 1/d; below zero prices explode."""
        return self.adaptation * (self.critical - self.trend_followers)

    @property
    def critical(self) -> float:
        """The strength b* of trend followers at which prices cycle for ever."""
        return 1 + self.fundamentalists / self.adaptation

    @property
    def stiffness(self) -> float:
        """``a c``, in 1/d^2."""
        return self.fundamentalists * self.adaptation

    @property
    def spec(self) -> StateSpec:
        """The mispricing, how fast it changes, and news that push it, in 1/d^2."""
        return StateSpec(positions=("mispricing",), angular=(False,), inputs=("news",))

    @property
    def time_unit(self) -> str:
        """Days."""
        return "d"

    @property
    def training_noise(self) -> float:
        """None: the model is known exactly, and no series is fitted."""
        return 0.0

    @property
    def masses(self) -> tuple[float, ...]:
        """One."""
        return (1.0,)

    @property
    def input_scale(self) -> tuple[float, ...]:
        """What a usual mispricing would push back with."""
        return (self.stiffness * sum(self.mispricing) / 2,)

    @property
    def time_scale(self) -> float:
        """The period of the cycle that goes on for ever, in d."""
        return 2 * math.pi / math.sqrt(self.stiffness)

    @property
    def energy_scale(self) -> float:
        """The energy of the largest mispricing."""
        return self.stiffness * self.mispricing[1] ** 2 / 2

    def potential(self, q: Float[Tensor, "*batch dof"]) -> Float[Tensor, "*batch"]:
        """Return ``a c x^2 / 2``."""
        return self.stiffness * q.square().sum(-1) / 2

    def force(self, q: Float[Tensor, "*batch dof"]) -> Float[Tensor, "*batch dof"]:
        """Return ``-a c x``."""
        return -self.stiffness * q

    def sample_initial(
        self, count: int, generator: torch.Generator
    ) -> Float[Tensor, "count state"]:
        """Draw largest mispricings uniformly, and any phase of the cycle."""
        return self._sample(self.mispricing, count, generator)

    def sample_higher_energy(
        self, count: int, generator: torch.Generator
    ) -> Float[Tensor, "count state"]:
        """Draw mispricings up to a quarter above the largest one in training."""
        top = self.mispricing[1]
        return self._sample((top, 1.25 * top), count, generator)

    def _sample(self, size: Sequence[float], count: int, generator: torch.Generator) -> Tensor:
        radius = uniform(size, (count,), generator)
        phase = uniform((0, 2 * math.pi), (count,), generator)
        speed = -math.sqrt(self.stiffness) * radius * phase.sin()
        return torch.stack((radius * phase.cos(), speed), dim=-1)
