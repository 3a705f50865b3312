"""Van der Pol's oscillator: the negative control."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import torch
from jaxtyping import Float
from torch import Tensor

from ..mechanics.state import StateSpec, split_state
from .natural import SeparableSystem
from .ports import PortSystem
from .sampling import check_positive, check_range, uniform
from .sketch import Sketch, chain

STRONGEST = 10.0
"""Largest mu: beyond, the time scale is no period, and motions jump."""


@dataclass(frozen=True)
class VanDerPol(PortSystem, SeparableSystem):
    r"""An oscillator whose friction feeds small motions and brakes large ones.

    .. math:: \ddot q = \mu (1 - q^2)\, \dot q - q

    in natural units. All motions end on one cycle, so no energy is conserved and phase volume is
    not kept: there is no H and no L, and models that conserve an energy cannot fit. As a port it is
    the oscillator :math:`H = (q^2 + p^2)/2` with friction that is negative where :math:`|q| < 1`.

    Source:
        J. Guckenheimer, P. Holmes, *Nonlinear Oscillations, Dynamical Systems, and Bifurcations of
        Vector Fields*, section 2.1.

    Raises:
        ValueError: if mu is not positive or above 10, or the range of amplitudes is not positive.
    """

    domain: ClassVar[str] = "textbook mechanics"

    strength: float = 1.0
    """Strength mu of the friction."""
    amplitude: Sequence[float] = (0.5, 3.0)
    """Range of the radii ``sqrt(q^2 + p^2)`` from which motions start; the cycle has about 2."""

    def __post_init__(self) -> None:
        check_positive(self, strength="")
        check_range(self, amplitude="(the cycle has about 2)")
        if self.strength > STRONGEST:
            raise ValueError(f"system.strength must be at most {STRONGEST:g}; got {self.strength}.")

    @property
    def spec(self) -> StateSpec:
        """One coordinate, its momentum, and a driving force, all without units."""
        return StateSpec(positions=("q",), angular=(False,), inputs=("force",))

    @property
    def time_unit(self) -> str:
        """Natural units."""
        return ""

    @property
    def masses(self) -> tuple[float, ...]:
        """One."""
        return (1.0,)

    @property
    def time_scale(self) -> float:
        r"""The period of weak friction to the fourth power of mu, or that of strong friction.

        .. math:: T \approx 2\pi (1 + \mu^2/16 - 5\mu^4/3072), \qquad T \approx (3 - 2\ln 2)\mu
            + 7.0143\,\mu^{-1/3}

        Source:
            A. A. Dorodnicyn, *Asymptotic solution of van der Pol's equation*, 1947; C. M. Andersen,
            J. F. Geer, SIAM J. Appl. Math. 42 (1982), 678-693.
        """
        mu = self.strength
        if mu <= 2:
            return 2 * math.pi * (1 + mu**2 / 16 - 5 * mu**4 / 3072)
        return (3 - 2 * math.log(2)) * mu + 7.0143 * mu ** (-1 / 3)

    @property
    def energy_scale(self) -> float:
        """The energy of the largest start."""
        return self.amplitude[1] ** 2 / 2

    @property
    def frictionless(self) -> bool:
        """Never."""
        return False

    @property
    def input_scale(self) -> tuple[float, ...]:
        """The force of the spring on the cycle."""
        return (2.0,)

    def potential(self, q: Float[Tensor, "*batch dof"]) -> Float[Tensor, "*batch"]:
        """Return ``q^2 / 2``."""
        return q.square().sum(-1) / 2

    def force(self, q: Float[Tensor, "*batch dof"]) -> Float[Tensor, "*batch dof"]:
        """Return ``-q``."""
        return -q

    def friction(
        self, q: Float[Tensor, "*batch dof"], v: Float[Tensor, "*batch dof"]
    ) -> Float[Tensor, "*batch dof"]:
        """Return ``mu (1 - q^2) v``: along the motion where ``|q| < 1``."""
        return self.strength * (1 - q.square()) * v

    def actuation(
        self, q: Float[Tensor, "*batch dof"], u: Float[Tensor, "*batch inputs"]
    ) -> Float[Tensor, "*batch dof"]:
        """Return the driving force."""
        return u

    def sketch(self, x: Float[Tensor, "*batch state"]) -> Sketch:
        """Return the oscillator on a line."""
        q, _ = split_state(x)
        joint = torch.stack((q, torch.zeros_like(q)), dim=-1)
        return chain(joint, origin=(-1.5 * self.amplitude[1], 0.0))

    def sample_initial(
        self, count: int, generator: torch.Generator
    ) -> Float[Tensor, "count state"]:
        """Draw radii uniformly in their range, and uniform directions."""
        return self._sample(self.amplitude, count, generator)

    def sample_higher_energy(
        self, count: int, generator: torch.Generator
    ) -> Float[Tensor, "count state"]:
        """Draw radii up to a quarter above the largest training start."""
        return self._sample((self.amplitude[1], 1.25 * self.amplitude[1]), count, generator)

    def _sample(self, radius: Sequence[float], count: int, generator: torch.Generator) -> Tensor:
        size = uniform(radius, (count,), generator)
        phase = uniform((0, 2 * math.pi), (count,), generator)
        return torch.stack((size * phase.cos(), size * phase.sin()), dim=-1)
