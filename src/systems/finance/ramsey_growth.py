"""An economy that saves until it has all that capital can give."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import torch
from jaxtyping import Float
from torch import Tensor

from ...mechanics.state import StateSpec, split_state
from ..sampling import check_fraction, check_interval, check_positive, check_range
from .generator import FinanceSystem


@dataclass(frozen=True)
class RamseyGrowth(FinanceSystem):
    r"""Capital k of a nation whose saving loses as little happiness as can be, for ever.

    .. math:: L = c^* \frac{(c / c^*)^{1 - \gamma} - 1}{\gamma - 1} - \dot k, \qquad
        c = f(k) - \dot k,
        \qquad f(k) = \delta \left(\frac{k^\alpha}{\alpha} - k\right)

    What is not saved of the net income f is consumed. Capital is counted in that of the golden
    rule, where f is largest and the consumption :math:`c^* = f(1)` is bliss: the first term of L is
    what is missing to it, and the second, which changes no motion, makes the momentum vanish at
    bliss: p is the marginal utility less its value 1 there. The future counts as much as today, so
    that the energy is kept, and the best way to bliss has none: that is Keynes' rule, saving times
    marginal utility is what is missing to bliss.

    .. math:: H = (1 + p) f(k) - c^* \frac{\gamma (1 + p)^{1 - 1/\gamma} - 1}{\gamma - 1}

    Source:
        F. P. Ramsey, *A mathematical theory of saving*, Economic Journal 38 (1928) 543;
        Keynes' rule is told there.

    Raises:
        ValueError: if a parameter is out of its range, or a range is not one.
    """

    domain: ClassVar[str] = "asset pricing"

    share: float = 0.3
    """The share alpha of capital in income, between 0 and 1."""
    decay: float = 0.05
    """How fast capital wears out, delta, in 1/yr."""
    curvature: float = 2.0
    """gamma, above 1: how fast marginal utility falls."""
    today: float = 0.5
    """The capital of today, in that of the golden rule."""
    capital: Sequence[float] = (0.35, 1.5)
    """Range of the capital of training starts."""
    momenta: Sequence[float] = (-0.4, 1.8)
    """Range of the momenta of training starts, above -1."""

    def __post_init__(self) -> None:
        check_fraction(self, share="")
        check_positive(self, decay="1/yr", today="")
        check_range(self, capital="")
        check_interval(self, momenta="")
        if not self.curvature > 1:
            raise ValueError(f"system.curvature must be above 1; got {self.curvature}.")

    @property
    def spec(self) -> StateSpec:
        """Capital, in that of the golden rule, and marginal utility beyond that of bliss."""
        return StateSpec(positions=("k",), angular=(False,))

    @property
    def bounds(self) -> Sequence[tuple[float, float]]:
        """Capital and momenta of training starts."""
        k, p = self.capital, self.momenta
        return (k[0], k[1]), (p[0], p[1])

    @property
    def bliss(self) -> float:
        """The consumption c* that is best for ever, in capital of the golden rule a year."""
        return self.decay * (1 / self.share - 1)

    @property
    def nearing(self) -> float:
        """How fast the best way comes near bliss at its end, in 1/yr."""
        return self.decay * (1 - self.share) / (self.share * self.curvature) ** 0.5

    @property
    def time_scale(self) -> float:
        """One over that rate, in yr."""
        return 1 / self.nearing

    @property
    def training_horizon(self) -> float:
        """An eighth of it: motions that eat their capital up have none left soon after."""
        return self.time_scale / 8

    @property
    def energy_scale(self) -> float:
        """A sixth of what is consumed at bliss: about the mean of training."""
        return self.bliss / 6

    def income(self, k: Tensor) -> Tensor:
        """Return f, what can be consumed without losing capital, per year."""
        return self.decay * (k**self.share / self.share - k)

    def interest(self, k: Tensor) -> Tensor:
        """Return f', in 1/yr."""
        return self.decay * (k ** (self.share - 1) - 1)

    def hamiltonian(
        self, x: Float[Tensor, "*batch state"], t: Tensor | None = None
    ) -> Float[Tensor, "*batch"]:
        """Return H."""
        k, p = (part.squeeze(-1) for part in split_state(x))
        curve = self.curvature
        spent = (curve * (1 + p) ** (1 - 1 / curve) - 1) / (curve - 1)
        return (1 + p) * self.income(k) - self.bliss * spent

    def lagrangian(
        self, x: Float[Tensor, "*batch state"], t: Tensor | None = None
    ) -> Float[Tensor, "*batch"]:
        """Return L: what is missing to bliss, less what is saved."""
        k, v = split_state(x)
        lost = ((1 - self.curvature) * self._consumed(k, v)).expm1() / (self.curvature - 1)
        return (self.bliss * lost - v).squeeze(-1)

    def vector_field(
        self, x: Float[Tensor, "*batch state"], t: Tensor | None = None
    ) -> Float[Tensor, "*batch state"]:
        """Return ``(f - c, -(1 + p) f')``: the second is Ramsey's rule."""
        k, p = split_state(x)
        saved = split_state(self.to_velocity(x))[1]
        return torch.cat((saved, -(1 + p) * self.interest(k)), dim=-1)

    def to_velocity(self, x: Float[Tensor, "*batch state"]) -> Float[Tensor, "*batch state"]:
        """Return ``(k, f - c)`` with the consumption of that marginal utility."""
        k, p = split_state(x)
        return torch.cat(
            (k, self.income(k) - self.bliss * (1 + p) ** (-1 / self.curvature)), dim=-1
        )

    def to_canonical(self, x: Float[Tensor, "*batch state"]) -> Float[Tensor, "*batch state"]:
        """Return ``(k, p)`` with the marginal utility of what is consumed."""
        k, v = split_state(x)
        return torch.cat((k, (-self.curvature * self._consumed(k, v)).expm1()), dim=-1)

    def _consumed(self, k: Tensor, v: Tensor) -> Tensor:
        """Return ln c / c*; NaN where more is saved than is earned."""
        return ((self.income(k) - v) / self.bliss).log()
