"""Orders that are worked off over some days: what trading costs, and what waiting risks."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence

import torch
from jaxtyping import Float
from torch import Tensor

from ...mechanics.problem import Split
from ...mechanics.state import StateSpec, split_state
from ..sampling import uniform
from .generator import FinanceSystem

ABOVE = 0.4
"""Energy scales above that of training up to which higher energies are drawn."""


class ExecutionSystem(FinanceSystem):
    r"""A holding x that is sold, at a cost of trading and a cost of the risk of what is left.

    .. math:: L = \eta |v|^{1+b} + \ell x^2, \qquad
        H = \eta b \left(\frac{|p|}{\eta (1+b)}\right)^{1 + 1/b} - \ell x^2

    x is the fraction of the order that is left, v how fast that changes. Prices move against the
    trader by :math:`|v|^b`. The schedule of least cost is the motion from 1 to 0 in the time at
    hand; the marginal cost of trading, p, falls as the holding does. An inverted oscillator, on
    the energies H > 0 of orders that are finished in finite time. Without impact at rest, L is
    singular there for b < 1: data keep to motions that never rest.
    """

    finish: Sequence[float]
    """Range of the speeds at which training schedules finish, in orders per day."""
    holdings: Sequence[float]
    """Range of x in training starts."""
    horizon: float
    """Days within which the order must be done."""

    @property
    @abstractmethod
    def cost(self) -> float:
        """The coefficient eta of trading a whole order in a day."""

    @property
    @abstractmethod
    def exponent(self) -> float:
        """The exponent b of price impact."""

    @property
    @abstractmethod
    def risk(self) -> float:
        """The coefficient l of holding the whole order for a day."""

    @property
    @abstractmethod
    def money(self) -> str:
        """The unit of costs; empty for pure numbers."""

    @property
    def time_unit(self) -> str:
        """Days."""
        return "d"

    @property
    def reversible(self) -> bool:
        """Buying costs as much as selling."""
        return True

    @property
    def spec(self) -> StateSpec:
        """What is left of the order, and its marginal cost."""
        return StateSpec(positions=("x",), angular=(False,))

    @property
    def bounds(self) -> Sequence[tuple[float, float]]:
        """Holdings, and the momenta of the fastest sale of training."""
        largest = torch.tensor(max(self.holdings), dtype=torch.float64)
        fastest = float(self._momentum(largest, self.energy(self.finish[1])))
        return (self.holdings[0], self.holdings[1]), (fastest, 0.0)

    @property
    def time_scale(self) -> float:
        """How long an order takes that costs as much by trading as by waiting, in d."""
        return (self.cost / self.risk) ** (1 / (1 + self.exponent))

    @property
    def training_horizon(self) -> float:
        """Half of that, in d: longer motions go far beyond an empty book."""
        return self.time_scale / 2

    @property
    def energy_scale(self) -> float:
        """The mean energy of training motions, which finish at speeds that are evenly drawn."""
        return self.energy(self.finish[1]) / (2 + self.exponent)

    def energy(self, finish: float) -> float:
        """Return the energy of an order that is finished at this speed."""
        return self.cost * self.exponent * finish ** (1 + self.exponent)

    def to_velocity(self, x: Float[Tensor, "*batch state"]) -> Float[Tensor, "*batch state"]:
        """Return ``(q, v)`` with ``eta (1 + b) |v|^b = |p|``."""
        q, p = split_state(x)
        speed = (p.abs() / (self.cost * (1 + self.exponent))) ** (1 / self.exponent)
        return torch.cat((q, p.sign() * speed), dim=-1)

    def to_canonical(self, x: Float[Tensor, "*batch state"]) -> Float[Tensor, "*batch state"]:
        """Return ``(q, p)`` with ``p = eta (1 + b) |v|^b``, along v."""
        q, v = split_state(x)
        p = self.cost * (1 + self.exponent) * v.sign() * v.abs() ** self.exponent
        return torch.cat((q, p), dim=-1)

    def hamiltonian(
        self, x: Float[Tensor, "*batch state"], t: Tensor | None = None
    ) -> Float[Tensor, "*batch"]:
        """Return ``eta b |v|^(1 + b) - l x^2``."""
        q, p = split_state(x)
        speed = (p.abs() / (self.cost * (1 + self.exponent))) ** (1 / self.exponent)
        trading = self.cost * self.exponent * speed ** (1 + self.exponent)
        return (trading - self.risk * q.square()).sum(-1)

    def lagrangian(
        self, x: Float[Tensor, "*batch state"], t: Tensor | None = None
    ) -> Float[Tensor, "*batch"]:
        """Return ``eta |v|^(1 + b) + l x^2``: the cost of a day."""
        q, v = split_state(x)
        return (self.cost * v.abs() ** (1 + self.exponent) + self.risk * q.square()).sum(-1)

    def vector_field(
        self, x: Float[Tensor, "*batch state"], t: Tensor | None = None
    ) -> Float[Tensor, "*batch state"]:
        """Return ``(v, 2 l x)``."""
        q, v = split_state(self.to_velocity(x))
        return torch.cat((v, 2 * self.risk * q), dim=-1)

    def split(self) -> Split:
        """Return how holdings change with p alone, and p with holdings alone."""

        def velocity(p: Tensor) -> Tensor:
            return split_state(self.to_velocity(torch.cat((p, p), dim=-1)))[1]

        return Split(velocity=velocity, force=lambda q: 2 * self.risk * q)

    def sample_initial(
        self, count: int, generator: torch.Generator
    ) -> Float[Tensor, "count state"]:
        """Draw holdings, and the speeds at which the orders would finish, uniformly."""
        finish = uniform(self.finish, (count,), generator)
        energy = self.cost * self.exponent * finish ** (1 + self.exponent)
        return self._selling(energy, generator)

    def sample_higher_energy(
        self, count: int, generator: torch.Generator
    ) -> Float[Tensor, "count state"]:
        """Draw the same holdings, sold faster."""
        highest = self.energy(self.finish[1])
        above = (highest, highest + ABOVE * self.energy_scale)
        return self._selling(uniform(above, (count,), generator), generator)

    def _selling(self, energy: Tensor, generator: torch.Generator) -> Tensor:
        holding = uniform(self.holdings, energy.shape, generator)
        return torch.stack((holding, self._momentum(holding, energy)), dim=-1)

    def _momentum(self, holding: Tensor, energy: Tensor | float) -> Tensor:
        """Return the momentum of a sale with this energy."""
        power = (energy + self.risk * holding.square()) / (self.cost * self.exponent)
        speed = power ** (1 / (1 + self.exponent))
        return -self.cost * (1 + self.exponent) * speed**self.exponent
