"""A ball that falls and bounces."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import torch
from jaxtyping import Float
from torch import Tensor

from ..mechanics.impacts import Impact
from ..mechanics.state import StateSpec, split_state
from .natural import SeparableSystem
from .sampling import check_positive, check_range, is_positive, uniform
from .sketch import Sketch


@dataclass(frozen=True)
class BouncingBall(SeparableSystem):
    r"""A ball above a floor, seen as a point; each bounce reverses its velocity and takes a share.

    .. math:: H = \frac{p^2}{2m} + m g z, \qquad z = 0,\; p < 0: \quad p \to -e\, p

    From rest at the height h it bounces with the period :math:`2\sqrt{2h/g}` if e = 1. Otherwise
    each bounce reaches :math:`e^2` of the height of the last one, and infinitely many of them end
    after the time :math:`\sqrt{2h/g}\,(1+e)/(1-e)`: the ball then lies on the floor.

    What a model learns is the free fall; the bounce is given.

    Source:
        A. van der Schaft, H. Schumacher, *An Introduction to Hybrid Dynamical Systems*, 2000,
        section 2.2.3.

    Raises:
        ValueError: if a parameter is not positive, or the restitution exceeds 1.
    """

    domain: ClassVar[str] = "textbook mechanics"

    mass: float = 1.0
    """Mass m, in kg."""
    restitution: float = 1.0
    """Coefficient e: the speed just after a bounce over that just before it. 1 loses no energy."""
    gravity: float = 9.81
    """Acceleration g, in m/s^2."""
    height: Sequence[float] = (0.5, 1.5)
    """Range of the heights that motions would fall from at rest, with their energies, in m."""

    def __post_init__(self) -> None:
        check_positive(self, mass="kg", gravity="m/s^2")
        check_range(self, height="m")
        if not (is_positive(self.restitution) and self.restitution <= 1):
            raise ValueError(
                f"system.restitution must be above 0 and at most 1; got {self.restitution} (1 "
                f"loses no energy)."
            )

    @property
    def spec(self) -> StateSpec:
        """The height z above the floor, in m, and its momentum, in kg m/s."""
        return StateSpec(positions=("z",), angular=(False,))

    @property
    def masses(self) -> tuple[float, ...]:
        """The mass."""
        return (self.mass,)

    @property
    def time_scale(self) -> float:
        """The period of bounces without loss, from the middle of the heights."""
        return self.period(sum(self.height) / 2)

    @property
    def energy_scale(self) -> float:
        """The largest energy of training motions."""
        return self.mass * self.gravity * self.height[1]

    def period(self, height: float) -> float:
        """Return the time between two bounces that both reach a height, in s."""
        return 2 * math.sqrt(2 * height / self.gravity)

    @property
    def impact(self) -> Impact:
        """The floor, and the bounce."""
        return Impact(surface=lambda x: x[..., 0], reset=self._bounce, rest=torch.zeros_like)

    def potential(self, q: Float[Tensor, "*batch dof"]) -> Float[Tensor, "*batch"]:
        """Return ``m g z``."""
        return self.mass * self.gravity * q[..., 0]

    def force(self, q: Float[Tensor, "*batch dof"]) -> Float[Tensor, "*batch dof"]:
        """Return the weight."""
        return torch.full_like(q, -self.mass * self.gravity)

    def sketch(self, x: Float[Tensor, "*batch state"]) -> Sketch:
        """Return the ball, and the floor below it."""
        height, half = x[..., 0], self.height[1] / 2
        floor = x.new_tensor([[-half, 0.0], [half, 0.0]]).expand(*height.shape, 2, 2)
        ball = torch.stack((torch.zeros_like(height), height), dim=-1).unsqueeze(-2)
        return Sketch(
            torch.cat((floor, ball), dim=-2), ((0, 1),), (0, 1), ("x (m)", "height z (m)")
        )

    def sample_initial(
        self, count: int, generator: torch.Generator
    ) -> Float[Tensor, "count state"]:
        """Draw energies uniformly in their range, and moments of the flight uniformly."""
        return self._sample(self.height, count, generator)

    def sample_higher_energy(
        self, count: int, generator: torch.Generator
    ) -> Float[Tensor, "count state"]:
        """Draw energies up to a quarter above the largest one."""
        return self._sample((self.height[1], 1.25 * self.height[1]), count, generator)

    def _sample(self, heights: Sequence[float], count: int, generator: torch.Generator) -> Tensor:
        height = uniform(heights, (count,), generator)
        moment = uniform((-1, 1), (count,), generator)  # of the flight: the top is 0
        momentum = -self.mass * (2 * self.gravity * height).sqrt() * moment
        return torch.stack((height * (1 - moment.square()), momentum), dim=-1)

    def _bounce(self, x: Tensor) -> Tensor:
        q, p = split_state(x)
        return torch.cat((q, -self.restitution * p), dim=-1)
