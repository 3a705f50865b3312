"""A bond of a firm that may fail, under a rate that moves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

import torch
from jaxtyping import Float
from torch import Tensor

from ...mechanics.state import StateSpec
from .cir_intensity import CIRIntensity
from .generator import GeneratorSystem
from .vasicek import Vasicek


@dataclass(frozen=True)
class DefaultableBond(GeneratorSystem):
    r"""A short rate r of :class:`~.vasicek.Vasicek` and, beside it, an intensity of default.

    .. math:: H = H_r(r, p_r) + H_\lambda(\lambda, p_\lambda), \qquad R = r + \lambda

    Claims vanish at the sum of both: they are discounted, and may not be paid. Independent, so that
    both energies are conserved.

    Source:
        D. Duffie, K. Singleton, *Modeling term structures of defaultable bonds*, Review of
        Financial Studies 12 (1999), eq. (1) with nothing recovered.

    Raises:
        ValueError: as both parts do.
    """

    domain: ClassVar[str] = "credit risk"

    rate_pull: float = 0.25
    """k of the rate, in 1/yr."""
    rate_mean: float = 0.05
    """theta of the rate, per year."""
    rate_volatility: float = 0.015
    """s of the rate, per year and square root of a year."""
    rate_today: float = 0.02
    """The rate of today, per year."""
    rates: Sequence[float] = (-0.02, 0.15)
    """Range of r in training starts, per year."""
    rate_momenta: Sequence[float] = (-4.6, 0.4)
    """Range of its momentum, in yr."""
    hazard_pull: float = 0.5
    """k of the intensity, in 1/yr."""
    hazard_mean: float = 0.03
    """theta of the intensity, per year."""
    hazard_volatility: float = 0.12
    """s of the intensity, per year."""
    hazard_today: float = 0.02
    """The intensity of today, per year."""
    hazards: Sequence[float] = (0.0025, 0.1)
    """Range of the intensity in training starts, per year."""
    hazard_momenta: Sequence[float] = (-2.6, 0.3)
    """Range of its momentum, in yr."""

    def __post_init__(self) -> None:
        for name in ("rates", "rate_momenta", "hazards", "hazard_momenta"):
            object.__setattr__(self, name, tuple(getattr(self, name)))
        _ = self.rate_part, self.hazard_part  # which refuse what makes no sense

    @property
    def rate_part(self) -> Vasicek:
        """The short rate alone."""
        return Vasicek(
            self.rate_pull,
            self.rate_mean,
            self.rate_volatility,
            self.rate_today,
            self.rates,
            self.rate_momenta,
        )

    @property
    def hazard_part(self) -> CIRIntensity:
        """The intensity alone."""
        return CIRIntensity(
            self.hazard_pull,
            self.hazard_mean,
            self.hazard_volatility,
            self.hazard_today,
            self.hazards,
            self.hazard_momenta,
        )

    @property
    def spec(self) -> StateSpec:
        """The rate and the intensity, per year, and their momenta, in yr."""
        return StateSpec(positions=("r", "h"), angular=(False, False))

    @property
    def bounds(self) -> Sequence[tuple[float, float]]:
        """Those of both parts."""
        (r, p), (h, s) = self.rate_part.bounds, self.hazard_part.bounds
        return r, h, p, s

    @property
    def time_scale(self) -> float:
        """The shorter relaxation time, in yr."""
        return min(self.rate_part.time_scale, self.hazard_part.time_scale)

    @property
    def training_horizon(self) -> float:
        """A quarter of it, in yr."""
        return self.time_scale / 4

    @property
    def energy_scale(self) -> float:
        """Those of both parts together, per year."""
        return self.rate_part.energy_scale + self.hazard_part.energy_scale

    def invariants(self, x: Float[Tensor, "*batch state"]) -> Mapping[str, Float[Tensor, "*batch"]]:
        """Return the energies of both parts."""
        parts = {
            "rate_energy": (self.rate_part, [0, 2]),
            "hazard_energy": (self.hazard_part, [1, 3]),
        }
        return {name: part.hamiltonian(x[..., pair]) for name, (part, pair) in parts.items()}

    def drift(self, q: Float[Tensor, "*batch 2"]) -> Float[Tensor, "*batch 2"]:
        """Return both drifts."""
        r, h = q[..., :1], q[..., 1:]
        return torch.cat((self.rate_part.drift(r), self.hazard_part.drift(h)), dim=-1)

    def covariance(self, q: Float[Tensor, "*batch 2"]) -> Float[Tensor, "*batch 2 2"]:
        """Return both variances; nothing couples them."""
        r, h = q[..., :1], q[..., 1:]
        variances = self.rate_part.covariance(r), self.hazard_part.covariance(h)
        return torch.cat(variances, dim=-1).squeeze(-2).diag_embed()

    def killing(self, q: Float[Tensor, "*batch 2"]) -> Float[Tensor, "*batch"]:
        """Return the sum of both."""
        return q.sum(-1)
