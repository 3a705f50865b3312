"""Two tanks of water that a pipe joins."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

import torch
from jaxtyping import Float
from torch import Tensor

from ..mechanics.state import StateSpec
from .constants import like
from .port_poisson import PortPoissonSystem
from .sampling import check_not_negative, check_positive, check_range, uniform
from .sketch import Sketch

HIGHER = 1.1
"""How much above the highest level of training the starts of higher energies may lie."""


@dataclass(frozen=True)
class CoupledTanks(PortPoissonSystem):
    r"""Water in two tanks, joined by a pipe at their bottoms; a pump fills one, the other leaks.

    .. math:: H = \frac{\rho g V_1^2}{2 A_1} + \frac{\rho g V_2^2}{2 A_2}
        + \frac{\Gamma^2}{2 I}, \qquad \dot V_1 = -Q + u, \quad \dot V_2 = Q - k\,p_2, \quad
        \dot\Gamma = p_1 - p_2 - r\,Q

    with volumes V, the flow :math:`Q = \Gamma / I` through the pipe, the pressures
    :math:`p_i = \rho g V_i / A_i` at the bottoms, and the inertia :math:`I = \rho l / a` of the
    water in the pipe. Friction in pipe and outlet is that of laminar flow. Without it the water
    swings to and fro, with :math:`\omega^2 = (g a / l)(1/A_1 + 1/A_2)`, and its whole volume is a
    Casimir function.

    Source:
        S. Eidnes, A. J. Stasik, C. Sterud, E. Bohn, S. Riemer-Sorensen, *Pseudo-Hamiltonian neural
        networks with state-dependent external forces*, Physica D 446 (2023), 133673:
        tanks and pipes as states, friction in the pipes, a leak.

    Raises:
        ValueError: if an area, the length, the density, gravity, the pump or the range of levels is
            not positive, or the friction of the pipe or the outlet is negative.
    """

    domain: ClassVar[str] = "control"

    area_1: float = 0.02
    """Area A1 of the first tank, in m^2: the pump fills it."""
    area_2: float = 0.01
    """Area A2 of the second tank, in m^2: it leaks."""
    pipe_area: float = 5e-4
    """Area a of the pipe, in m^2."""
    pipe_length: float = 1.0
    """Length l of the pipe, in m."""
    density: float = 1000.0
    """Density of water, in kg/m^3."""
    gravity: float = 9.81
    """Acceleration g, in m/s^2."""
    friction: float = 5e5
    """Pressure lost in the pipe per flow, r, in Pa s/m^3."""
    outlet: float = 3e-8
    """Flow through the leak per pressure, k, in m^3/(Pa s)."""
    pump: float = 2e-4
    """Typical flow of the pump, in m^3/s."""
    level: Sequence[float] = (0.15, 0.4)
    """Range of the levels of water from which training motions start, in m."""

    def __post_init__(self) -> None:
        check_positive(self, area_1="m^2", area_2="m^2", pipe_area="m^2", pipe_length="m")
        check_positive(self, density="kg/m^3", gravity="m/s^2", pump="m^3/s")
        check_not_negative(self, friction="Pa s/m^3", outlet="m^3/(Pa s)")
        check_range(self, level="m")

    @property
    def spec(self) -> StateSpec:
        """Two volumes, in m^3, the momentum Gamma of the pipe, in Pa s, and the inflow."""
        names = ("volume1", "volume2", "pipe")
        return StateSpec(names, (False,) * 3, coordinates="poisson", inputs=("inflow",))

    @property
    def inertia(self) -> float:
        """Pressure per rate of the flow through the pipe, in Pa s^2/m^3."""
        return self.density * self.pipe_length / self.pipe_area

    @property
    def stiffnesses(self) -> tuple[float, float]:
        """Pressure per volume in each tank, in Pa/m^3."""
        weight = self.density * self.gravity
        return weight / self.area_1, weight / self.area_2

    @property
    def frequency(self) -> float:
        """Angular frequency of the water that swings without friction, in rad/s."""
        return math.sqrt(sum(self.stiffnesses) / self.inertia)

    @property
    def time_scale(self) -> float:
        """The period of the water that swings without friction."""
        return 2 * math.pi / self.frequency

    @property
    def energy_scale(self) -> float:
        """The energy of both tanks at the highest level of training."""
        weight = self.density * self.gravity * (self.area_1 + self.area_2)
        return weight * self.level[1] ** 2 / 2

    @property
    def frictionless(self) -> bool:
        """Whether there is neither friction in the pipe nor a leak."""
        return self.friction == self.outlet == 0

    @property
    def input_scale(self) -> tuple[float, ...]:
        """The typical flow of the pump, in m^3/s."""
        return (self.pump,)

    def hamiltonian(
        self, x: Float[Tensor, "*batch state"], t: Tensor | None = None
    ) -> Float[Tensor, "*batch"]:
        """Return the energy of height in the tanks, and of motion in the pipe."""
        return (x * self.efforts(x)).sum(-1) / 2

    def efforts(self, x: Float[Tensor, "*batch state"]) -> Float[Tensor, "*batch state"]:
        """Return the pressures at the bottoms, and the flow through the pipe."""
        return x * like((*self.stiffnesses, 1 / self.inertia), x)

    def structure(self, x: Float[Tensor, "*batch state"]) -> Float[Tensor, "*batch state state"]:
        """Return J: what flows moves water, and pressures move what flows."""
        flat = like((0.0, 0.0, -1.0, 0.0, 0.0, 1.0, 1.0, -1.0, 0.0), x)
        return flat.reshape(3, 3).expand(*x.shape, 3)

    def vector_field(
        self, x: Float[Tensor, "*batch state"], t: Tensor | None = None
    ) -> Float[Tensor, "*batch state"]:
        """Return the motion without friction."""
        first, second, flow = self.efforts(x).unbind(-1)
        return torch.stack((-flow, flow, first - second), dim=-1)

    def dissipation(self, x: Float[Tensor, "*batch state"]) -> Float[Tensor, "*batch state state"]:
        """Return R: the outlet of the second tank, and the friction of the pipe."""
        return torch.diag(like((0.0, self.outlet, self.friction), x)).expand(*x.shape, 3)

    def actuation(
        self, x: Float[Tensor, "*batch state"], u: Float[Tensor, "*batch inputs"]
    ) -> Float[Tensor, "*batch state"]:
        """Return the inflow into the first tank."""
        none = torch.zeros_like(u)
        return torch.cat((u, none, none), dim=-1)

    def casimirs(self, x: Float[Tensor, "*batch state"]) -> Mapping[str, Float[Tensor, "*batch"]]:
        """Return the volume of all water in the tanks."""
        return {"volume": x[..., :2].sum(-1)}

    def sketch(self, x: Float[Tensor, "*batch state"]) -> Sketch:
        """Return the walls of the tanks, side by side, the pipe, and the levels of water."""
        top, wide = 1.5 * self.level[1], self.level[1] / (self.area_1 + self.area_2)
        sides = (0.0, wide * self.area_1, top, top + wide * self.area_2)
        walls = x.new_tensor([[side, height] for side in sides for height in (0.0, top)])
        levels = x[..., :2] / like((self.area_1, self.area_2), x)
        place = like(sides, x).expand(*levels.shape[:-1], 4)
        water = torch.stack((place, levels.repeat_interleave(2, dim=-1)), dim=-1)
        points = torch.cat((walls.expand(*levels.shape[:-1], 8, 2), water), dim=-2)
        uprights = ((0, 1), (2, 3), (4, 5), (6, 7))
        links = (*uprights, (0, 2), (2, 4), (4, 6), (8, 9), (10, 11))
        return Sketch(points, links, fixed=tuple(range(8)), trails=False)

    def sample_initial(
        self, count: int, generator: torch.Generator
    ) -> Float[Tensor, "count state"]:
        """Draw both levels uniformly in their range, and a flow of up to that of the pump."""
        return self._sample(self.level, count, generator)

    def sample_higher_energy(
        self, count: int, generator: torch.Generator
    ) -> Float[Tensor, "count state"]:
        """Draw both levels up to a tenth above the highest one of training."""
        high = self.level[1]
        return self._sample((high, HIGHER * high), count, generator)

    def _sample(self, level: Sequence[float], count: int, generator: torch.Generator) -> Tensor:
        levels = uniform(level, (count, 2), generator)
        flow = self.pump * uniform((-1, 1), (count, 1), generator)
        parts = torch.cat((levels, flow), dim=-1)
        return parts * like((self.area_1, self.area_2, self.inertia), parts)
