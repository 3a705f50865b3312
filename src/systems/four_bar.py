"""A crank that rocks a beam: the four-bar linkage."""

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
class FourBarParts:
    """The parameters of a crank-rocker linkage of uniform rods."""

    ground: float = 0.40
    """Distance d of the two pivots, in m."""
    crank: float = 0.12
    """Length a of the rod that turns round, in m."""
    coupler: float = 0.35
    """Length b of the rod between crank and rocker, in m."""
    rocker: float = 0.30
    """Length c of the rod that swings about the other pivot, in m."""
    density: float = 2.0
    """Mass of the rods per length, in kg/m."""
    gravity: float = 9.81
    """Acceleration g, in m/s^2."""
    excess: Sequence[float] = (0.1, 0.5)
    """By how much the crank, along the ground, is faster than the least speed that carries it
    round, as a fraction of that speed: the range of training motions."""


@dataclass(frozen=True)
class FourBar(FourBarParts, CrankMechanism):
    r"""Crank, coupler and rocker between two pivots: the crank turns round, the rocker swings.

    .. math::
        a \cos\theta_2 + b \cos\theta_3 = d + c \cos\theta_4, \qquad
        a \sin\theta_2 + b \sin\theta_3 = c \sin\theta_4

    All angles are measured from the ground. Three angles and two constraints leave one degree of
    freedom; in the angle of the crank alone it is four_bar_reduced.

    Source:
        R. L. Norton, *Design of Machinery*, 5th ed., chapters 2 (Grashof's condition) and 4 (loop
        closure); :class:`CrankMechanism` for the motion.

    Raises:
        ValueError: if a length, the density or gravity is not positive, the range of excess
            speeds does not increase from above zero, or the crank cannot turn round (Grashof).
    """

    domain: ClassVar[str] = "mechanical engineering"

    def __post_init__(self) -> None:
        lengths = {"ground": "m", "crank": "m", "coupler": "m", "rocker": "m"}
        check_positive(self, **lengths, density="kg/m", gravity="m/s^2")
        others = sorted((self.ground, self.coupler, self.rocker))
        if self.crank >= others[0] or self.crank + others[2] >= others[0] + others[1]:
            raise ValueError(
                f"system.crank must be the shortest rod, and with the longest one shorter than the "
                f"two others together, to turn round (Grashof); got a crank of {self.crank} m with "
                f"{others} m."
            )
        check_range(self, excess="of the least speed that carries the crank round")

    @property
    def spec(self) -> StateSpec:
        """Three angles, in rad, and their momenta, in kg m^2/s."""
        return StateSpec(positions=("theta2", "theta3", "theta4"), angular=(True, True, True))

    @property
    def rods(self) -> tuple[float, float]:
        """Crank and coupler."""
        return self.crank, self.coupler

    @property
    def follower_inertia(self) -> float:
        """That of the rocker about its pivot, in kg m^2."""
        return self.density * self.rocker**3 / 3

    @property
    def follower_weight(self) -> float:
        """That of the rocker, in N m."""
        return self.density * self.rocker**2 * self.gravity / 2

    def loop(self, q: Float[Tensor, "*batch 3"]) -> Loop:
        """Return crank, coupler, and the end of the rocker, which turns about the other pivot."""
        crank, coupler, rocker = (unit(angle) for angle in q.unbind(-1))
        arm = self.rocker * rocker
        pivot = torch.zeros_like(arm)
        pivot[..., 0] = self.ground
        turned = torch.stack((-arm[..., 1], arm[..., 0]), dim=-1)
        return Loop(self.crank * crank, self.coupler * coupler, pivot + arm, turned, -arm)

    def assembled(self, crank: Float[Tensor, "*batch"]) -> Float[Tensor, "*batch 3"]:
        """Return the angles with the joint of coupler and rocker above the line of the pivots.

        Pin, pivot and joint are a triangle of known sides; its angles come from the law of cosines.
        """
        b, c = self.coupler, self.rocker
        across, up = self.ground - self.crank * crank.cos(), -self.crank * crank.sin()
        square = across.square() + up.square()
        sight, distance = torch.atan2(up, across), square.sqrt()
        at_pin = ((square + b**2 - c**2) / (2 * b * distance)).acos()
        at_pivot = ((square + c**2 - b**2) / (2 * c * distance)).acos()
        return torch.stack((crank, sight + at_pin, sight + torch.pi - at_pivot), dim=-1)

    def sketch(self, x: Float[Tensor, "*batch state"]) -> Sketch:
        """Return the rods between the two pivots."""
        q, _ = split_state(x)
        return self.sketch_of(q)

    def sketch_of(self, q: Float[Tensor, "*batch 3"]) -> Sketch:
        """Return the rods at these angles."""
        loop = self.loop(q)
        pivot = torch.zeros_like(loop.pin)
        other = pivot.clone()
        other[..., 0] = self.ground
        points = torch.stack((pivot, loop.crank, loop.crank + loop.coupler, other), dim=-2)
        return Sketch(points, links=((0, 1), (1, 2), (2, 3)), fixed=(0, 3))
