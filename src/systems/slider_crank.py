"""A crank that moves a slider to and fro: the mechanism of a piston."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import torch
from jaxtyping import Float
from torch import Tensor

from ..mechanics.state import StateSpec, split_state
from .crank_mechanism import CrankMechanism
from .loop import Loop, unit
from .sampling import check_positive, check_range
from .sketch import Sketch


@dataclass(frozen=True)
class SliderCrank(CrankMechanism):
    r"""Crank, connecting rod, and a slider on a level guide through the pivot of the crank.

    .. math::
        a \cos\theta + b \cos\phi = s, \qquad a \sin\theta + b \sin\phi = 0

    Angles are measured from the guide, at the side of the slider. Three coordinates and two
    constraints leave one degree of freedom.

    Source:
        R. L. Norton, *Design of Machinery*, 5th ed., chapter 4 (loop closure);
        :class:`CrankMechanism` for the motion.

    Raises:
        ValueError: if a length, a mass, the density or gravity is not positive, the range of excess
            speeds does not increase from above zero, or the crank is not shorter than the rod.
    """

    domain: ClassVar[str] = "mechanical engineering"

    crank: float = 0.10
    """Length a of the crank, in m."""
    rod: float = 0.30
    """Length b of the connecting rod, in m."""
    slider: float = 0.5
    """Mass of the slider, in kg."""
    density: float = 2.0
    """Mass of crank and rod per length, in kg/m."""
    gravity: float = 9.81
    """Acceleration g, in m/s^2, across the guide."""
    excess: Sequence[float] = (0.2, 0.6)
    """By how much the crank, along the guide, is faster than the least speed that carries it
    round, as a fraction of that speed: the range of training motions."""

    def __post_init__(self) -> None:
        check_positive(self, crank="m", rod="m", slider="kg", density="kg/m", gravity="m/s^2")
        if self.crank >= self.rod:
            raise ValueError(
                f"system.crank must be shorter than system.rod = {self.rod} m, to turn round; "
                f"got {self.crank} m."
            )
        check_range(self, excess="of the least speed that carries the crank round")

    @property
    def spec(self) -> StateSpec:
        """Two angles, in rad, and the place of the slider, in m; their momenta."""
        return StateSpec(positions=("theta", "phi", "s"), angular=(True, True, False))

    @property
    def rods(self) -> tuple[float, float]:
        """Crank and connecting rod."""
        return self.crank, self.rod

    @property
    def follower_inertia(self) -> float:
        """The mass of the slider, in kg."""
        return self.slider

    @property
    def follower_weight(self) -> float:
        """None: the guide is level."""
        return 0.0

    def loop(self, q: Float[Tensor, "*batch 3"]) -> Loop:
        """Return crank, rod, and the pin of the slider, which moves along the guide."""
        crank, rod, place = q.unbind(-1)
        none = torch.zeros_like(place)
        along = torch.stack((torch.ones_like(place), none), dim=-1)
        return Loop(
            self.crank * unit(crank),
            self.rod * unit(rod),
            place.unsqueeze(-1) * along,
            along,
            torch.zeros_like(along),
        )

    def assembled(self, crank: Float[Tensor, "*batch"]) -> Float[Tensor, "*batch 3"]:
        """Return the coordinates with the rod towards the slider."""
        rod = -(self.crank / self.rod * crank.sin()).asin()
        place = self.crank * crank.cos() + self.rod * rod.cos()
        return torch.stack((crank, rod, place), dim=-1)

    def sketch(self, x: Float[Tensor, "*batch state"]) -> Sketch:
        """Return crank, rod and slider, and the guide from end to end of the stroke."""
        q, _ = split_state(x)
        loop = self.loop(q)
        pivot = torch.zeros_like(loop.pin)
        near, far = pivot.clone(), pivot.clone()
        near[..., 0], far[..., 0] = self.rod - self.crank, self.rod + self.crank
        points = torch.stack((near, far, pivot, loop.crank, loop.pin), dim=-2)
        return Sketch(points, links=((0, 1), (2, 3), (3, 4)), fixed=(0, 1, 2))
