"""The four-bar linkage in the angle of its crank alone."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from functools import cached_property
from typing import ClassVar

import torch
from jaxtyping import Float
from torch import Tensor

from ..mechanics.state import StateSpec, split_state
from .constants import like
from .four_bar import FourBar, FourBarParts
from .natural import NaturalSystem
from .sketch import Sketch


@dataclass(frozen=True)
class FourBarReduced(FourBarParts, NaturalSystem):
    r"""The linkage of :class:`FourBar` without constraints: one angle, whose inertia varies.

    .. math:: L = \tfrac12 I(\theta_2)\, \dot\theta_2^2 - V(\theta_2), \qquad
              I = \frac{dq}{d\theta_2}^T M\, \frac{dq}{d\theta_2}

    Coupler and rocker follow the crank, :math:`q = (\theta_2, \theta_3(\theta_2),
    \theta_4(\theta_2))`, by the closed loop. There are no constraints left, so HNN and LNN fit it.

    Source:
        As :class:`FourBar`; R. Eksergian, *Dynamical analysis of machines*, J. Franklin Inst. 209
        to 211 (1930-1931): the inertia of a machine of one freedom.

    Raises:
        ValueError: as :class:`FourBar`.
    """

    domain: ClassVar[str] = "mechanical engineering"

    def __post_init__(self) -> None:
        object.__setattr__(self, "excess", self.linkage.excess)

    @cached_property
    def linkage(self) -> FourBar:
        """The same linkage with all its angles."""
        return FourBar(**asdict(self))

    @property
    def spec(self) -> StateSpec:
        """The angle of the crank, in rad, and its momentum, in kg m^2/s."""
        return StateSpec(positions=("theta2",), angular=(True,))

    @property
    def time_scale(self) -> float:
        """That of the linkage."""
        return self.linkage.time_scale

    @property
    def energy_scale(self) -> float:
        """That of the linkage."""
        return self.linkage.energy_scale

    def mass_matrix(self, q: Float[Tensor, "*batch dof"]) -> Float[Tensor, "*batch dof dof"]:
        """Return I."""
        return self.linkage.inertia(q[..., 0])[..., None, None]

    def potential(self, q: Float[Tensor, "*batch dof"]) -> Float[Tensor, "*batch"]:
        """Return V of the linkage."""
        return self.linkage.potential(self.linkage.assembled(q[..., 0]))

    def vector_field(
        self, x: Float[Tensor, "*batch state"], t: Tensor | None = None
    ) -> Float[Tensor, "*batch state"]:
        r"""Return ``(p/I, I' (p/I)^2 / 2 - V')`` in closed form.

        The slopes of I and V follow from those of the ratios :math:`\kappa = dq/d\theta_2`.
        """
        crank, momentum = x.unbind(-1)
        q = self.linkage.assembled(crank)
        loop = self.linkage.loop(q)
        ratios = loop.ratios()
        slopes = loop.ratio_slopes(ratios)
        upper, lower, between, follower = self.linkage.inertias
        apart = q[..., 0] - q[..., 1]
        cos, sin = between * apart.cos(), between * apart.sin()
        (_, second, third), (_, second_slope, third_slope) = ratios.unbind(-1), slopes.unbind(-1)
        inertia = upper + lower * second.square() + follower * third.square() + 2 * cos * second
        half_slope = (lower * second + cos) * second_slope + follower * third * third_slope
        half_slope = half_slope - sin * (1 - second) * second
        rise = (like(self.linkage.weights, q) * q.cos() * ratios).sum(-1)
        speed = momentum / inertia
        return torch.stack((speed, half_slope * speed.square() - rise), dim=-1)

    def sketch(self, x: Float[Tensor, "*batch state"]) -> Sketch:
        """Return the rods between the two pivots."""
        q, _ = split_state(x)
        return self.linkage.sketch_of(self.linkage.assembled(q[..., 0]))

    def sample_initial(
        self, count: int, generator: torch.Generator
    ) -> Float[Tensor, "count state"]:
        """Draw the starts of the linkage."""
        return self._moving(*self.linkage.draw(count, generator, higher=False))

    def sample_higher_energy(
        self, count: int, generator: torch.Generator
    ) -> Float[Tensor, "count state"]:
        """Draw the starts of the linkage with higher energies."""
        return self._moving(*self.linkage.draw(count, generator, higher=True))

    def _moving(self, crank: Tensor, speed: Tensor) -> Tensor:
        return torch.stack((crank, self.linkage.inertia(crank) * speed), dim=-1)
