"""Wages and employment that chase each other."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import torch
from jaxtyping import Float
from torch import Tensor

from ...mechanics.problem import Split
from ...mechanics.state import StateSpec, split_state
from ..base import System
from ..sampling import check_positive, check_range, uniform


@dataclass(frozen=True)
class GoodwinCycle(System):
    r"""The share u of wages and the rate v of employment, with q = ln u and p = ln v.

    .. math:: \dot q = \rho v - (\alpha + \gamma), \qquad
        \dot p = \frac{1 - u}{s} - (\alpha + \beta)

    High employment raises wages, high wages leave little to invest, and employment falls: a cycle
    about :math:`u^* = 1 - s(\alpha + \beta)` and :math:`v^* = (\alpha + \gamma)/\rho`. It is
    Hamilton's motion of the energy

    .. math:: H = \rho e^p - (\alpha + \gamma) p + \frac{e^q}{s}
        - \left(\frac1s - \alpha - \beta\right) q

    which is counted from its smallest value. It is a model; no series of wage shares is fitted.

    Source:
        R. Goodwin, *A growth cycle*, 1967; A. Madotto, M. Gaudenzi, F. Zanolin, Adv. Nonlinear
        Studies 16 (2016), for the Hamiltonian form.

    Raises:
        ValueError: if a parameter is not positive, employment does not lie above its rest and
            below 1, or growth leaves nothing for wages.
    """

    domain: ClassVar[str] = "market trend prediction"

    productivity: float = 0.02
    """Growth of output per worker alpha, in 1/yr."""
    labour: float = 0.015
    """Growth of the labour force beta, in 1/yr."""
    capital: float = 2.6
    """Capital per yearly output s, in yr."""
    wage_drift: float = 0.95
    """How fast real wages would fall without employment, gamma, in 1/yr."""
    wage_push: float = 1.02
    """How much employment raises them, rho, in 1/yr."""
    employment: Sequence[float] = (0.955, 0.999)
    """Range of the highest employment of training motions."""

    def __post_init__(self) -> None:
        check_positive(
            self,
            productivity="1/yr",
            labour="1/yr",
            capital="yr",
            wage_drift="1/yr",
            wage_push="1/yr",
        )
        check_range(self, employment="")
        if not self.wage_share > 0:
            raise ValueError(
                f"system.capital must be below 1 / (productivity + labour) = "
                f"{1 / (self.productivity + self.labour):.4g} yr, or growth leaves nothing for "
                f"wages; got {self.capital} yr."
            )

    @property
    def wage_share(self) -> float:
        """The share of wages at rest, u*."""
        return 1 - self.capital * (self.productivity + self.labour)

    @property
    def full(self) -> float:
        """The employment at rest, v*."""
        return (self.productivity + self.wage_drift) / self.wage_push

    @property
    def time_unit(self) -> str:
        """Years."""
        return "yr"

    @property
    def training_noise(self) -> float:
        """None: the model is known exactly, and no series is fitted."""
        return 0.0

    @property
    def spec(self) -> StateSpec:
        """Logarithms: of the share of wages, and of employment, which is its momentum."""
        return StateSpec(positions=("log_wage_share",), angular=(False,))

    @property
    def reversible(self) -> bool:
        """Wages and employment turn one way round."""
        return False

    @property
    def time_scale(self) -> float:
        """The period of small cycles, in yr."""
        stiffness = (self.productivity + self.wage_drift) * self.wage_share / self.capital
        return 2 * math.pi / math.sqrt(stiffness)

    @property
    def training_horizon(self) -> float:
        """Nearly three cycles, in yr."""
        return 2.8 * self.time_scale

    @property
    def energy_scale(self) -> float:
        """The energy in the middle of the range, per year."""
        return self._above_rest(sum(self.employment) / 2)

    def hamiltonian(
        self, x: Float[Tensor, "*batch state"], t: Tensor | None = None
    ) -> Float[Tensor, "*batch"]:
        """Return H, written so that it loses no digits near its smallest value."""
        q, p = split_state(x)
        return (self._motion(p) + self._place(q)).sum(-1)

    def lagrangian(
        self, x: Float[Tensor, "*batch state"], t: Tensor | None = None
    ) -> Float[Tensor, "*batch"]:
        """Return ``p v - H``."""
        q, v = split_state(x)
        _, p = split_state(self.to_canonical(x))
        return (p * v - self._motion(p) - self._place(q)).sum(-1)

    def to_velocity(self, x: Float[Tensor, "*batch state"]) -> Float[Tensor, "*batch state"]:
        """Return ``(q, rho (e^p - v*))``: how fast wages grow beyond productivity."""
        q, p = split_state(x)
        return torch.cat((q, self._velocity(p)), dim=-1)

    def to_canonical(self, x: Float[Tensor, "*batch state"]) -> Float[Tensor, "*batch state"]:
        """Return ``(q, ln(v* + v / rho))``: the employment that makes wages grow so fast."""
        q, v = split_state(x)
        return torch.cat((q, (self.full + v / self.wage_push).log()), dim=-1)

    def vector_field(
        self, x: Float[Tensor, "*batch state"], t: Tensor | None = None
    ) -> Float[Tensor, "*batch state"]:
        """Return ``(rho (e^p - v*), (u* - e^q) / s)``."""
        q, p = split_state(x)
        return torch.cat((self._velocity(p), self._force(q)), dim=-1)

    def split(self) -> Split:
        """Return how wages move with employment alone, and employment with wages alone."""
        return Split(velocity=self._velocity, force=self._force)

    def sample_initial(
        self, count: int, generator: torch.Generator
    ) -> Float[Tensor, "count state"]:
        """Draw the highest employment of cycles, where wages have their share at rest."""
        return self._at(uniform(self.employment, (count,), generator))

    def sample_higher_energy(
        self, count: int, generator: torch.Generator
    ) -> Float[Tensor, "count state"]:
        """Draw cycles that would pass full employment a little: the model does not mind."""
        top = self.employment[1]
        reach = top - self.full
        return self._at(uniform((top + 0.01 * reach, top + 0.1 * reach), (count,), generator))

    def _velocity(self, p: Tensor) -> Tensor:
        return self.wage_push * self.full * torch.expm1(p - math.log(self.full))

    def _force(self, q: Tensor) -> Tensor:
        return -self.wage_share * torch.expm1(q - math.log(self.wage_share)) / self.capital

    def _motion(self, p: Tensor) -> Tensor:
        away = p - math.log(self.full)
        return self.wage_push * self.full * (torch.expm1(away) - away)

    def _place(self, q: Tensor) -> Tensor:
        away = q - math.log(self.wage_share)
        return self.wage_share * (torch.expm1(away) - away) / self.capital

    def _above_rest(self, employment: float) -> float:
        return float(self._motion(torch.tensor(employment, dtype=torch.float64).log()))

    def _at(self, employment: Tensor) -> Tensor:
        wages = torch.full_like(employment, math.log(self.wage_share))
        return torch.stack((wages, employment.log()), dim=-1)
