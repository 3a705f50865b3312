"""The law of motion in the relativistic data of the paper on Lagrangian networks."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar

import torch
from jaxtyping import Float
from torch import Tensor

from .relativistic import ConstantForce, slowness
from .sampling import check_fraction, check_positive


@dataclass(frozen=True)
class RelativisticLNNPaper(ConstantForce):
    r"""What the code of Cranmer et al. calls special relativity, and is not; for comparisons.

    .. math:: L = \gamma - 1 + g q, \qquad p = \gamma^3 v, \qquad
        \ddot q = g \frac{(1 - v^2)^{5/2}}{1 + 2 v^2}, \qquad
        H = \gamma^3 - 2 \gamma + 1 - g q

    with :math:`\gamma = (1 - v^2)^{-1/2}` and :math:`m = c = 1`. This puts the kinetic *energy*
    :math:`\gamma - 1` where a Lagrangian has :math:`1 - 1/\gamma`; the relativistic one is
    system=relativistic_particle. It is a regular Lagrangian all the same. With
    :math:`u = \gamma v`, momenta are :math:`p = u + u^3`, which has the root

    .. math:: u = \frac{2}{\sqrt 3} \sinh\left(\tfrac13 \operatorname{arsinh}
        \frac{3 \sqrt 3\, p}{2}\right)

    The code draws speeds up to 0.99; at that speed p is 353, and one start outweighs all others.
    The default stops at 0.9, where p is 10.9.

    Source:
        Cranmer et al., *Lagrangian Neural Networks*, 2020, arXiv:2003.04630, the experiment
        on a relativistic particle, and its code; the law follows from L by the Euler-Lagrange
        equation.

    Raises:
        ValueError: if a parameter is not positive, or the largest speed reaches that of light.
    """

    domain: ClassVar[str] = "particle physics"

    acceleration: float = 1.0
    """Acceleration g at rest, in units of c^2 over the unit of length."""
    speed: float = 0.9
    """Largest initial speed of training motions, as a fraction of c."""
    position: float = 2.0
    """Largest initial position, in the unit of length."""

    def __post_init__(self) -> None:
        check_positive(self, acceleration="c^2 per unit of length", position="units of length")
        check_fraction(self, speed="of the speed of light")

    @property
    def time_unit(self) -> str:
        """None: natural units, in which light has the speed 1."""
        return ""

    @property
    def push(self) -> float:
        """The acceleration g, of a unit mass."""
        return self.acceleration

    @property
    def limit(self) -> float:
        """One, the unit of speeds."""
        return 1.0

    @property
    def inertia(self) -> float:
        """One, the unit of masses."""
        return 1.0

    def kinetic(self, p: Float[Tensor, "*batch 1"]) -> Float[Tensor, "*batch"]:
        """Return ``gamma^3 - 2 gamma + 1``, as ``u^2 (gamma - 1 / (gamma + 1))``."""
        square = self._celerity(p).square().squeeze(-1)
        gamma = (1 + square).sqrt()
        return square * (gamma - 1 / (gamma + 1))

    def free(self, v: Float[Tensor, "*batch 1"]) -> Float[Tensor, "*batch"]:
        """Return ``gamma - 1``, as ``v^2 gamma^2 / (gamma + 1)``."""
        root = slowness(v, self.limit).squeeze(-1)
        return v.square().sum(-1) / (root * (1 + root))

    def velocity(self, p: Float[Tensor, "*batch 1"]) -> Float[Tensor, "*batch 1"]:
        """Return ``u / gamma``."""
        u = self._celerity(p)
        return u / (1 + u.square()).sqrt()

    def momentum(self, v: Float[Tensor, "*batch 1"]) -> Float[Tensor, "*batch 1"]:
        """Return ``gamma^3 v``."""
        return v / slowness(v, self.limit) ** 3

    def _celerity(self, p: Tensor) -> Tensor:
        """Return ``u = gamma v``, the root of ``p = u + u^3``."""
        return 2 / math.sqrt(3) * (torch.asinh(1.5 * math.sqrt(3) * p) / 3).sinh()

    def _momentum_at(self, kinetic: Float[Tensor, "*batch 1"]) -> Float[Tensor, "*batch 1"]:
        """Return p from the largest root of ``gamma^3 - 2 gamma + 1 = T``, by Cardano's cosine.

        The depressed cubic ``gamma^3 - 2 gamma = T - 1`` has one real root beyond
        ``T - 1 > sqrt(32 / 27)``, by the hyperbolic cosine; below it the cosine gives the largest.
        """
        ratio = (kinetic - 1) * math.sqrt(27 / 32)
        cosine = torch.where(
            ratio > 1,
            (torch.acosh(ratio.clamp(min=1)) / 3).cosh(),
            (torch.acos(ratio.clamp(-1, 1)) / 3).cos(),
        )
        gamma = 2 * math.sqrt(2 / 3) * cosine
        return gamma.square() * (gamma.square() - 1).sqrt()
