"""A portfolio that is moved to its aim while trading costs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from ...mechanics.state import StateSpec
from ..constants import like
from ..natural import ConstantMassSystem
from ..sampling import check_not_negative, check_positive, random_directions, uniform
from .generator import FinanceSystem

ABOVE = 0.3
"""Energy scales above the highest energy of training up to which higher ones are drawn."""


@dataclass(frozen=True)
class GarleanuPedersen(FinanceSystem, ConstantMassSystem):
    r"""Holdings x of n assets, with quadratic costs of trading and of being away from the aim a.

    .. math:: L = \tfrac12 v^T \Lambda v + \tfrac12 \gamma (x - a)^T S (x - a), \qquad
        a = (\gamma S)^{-1} \mu

    Markowitz' portfolio a is approached along the slow directions of
    :math:`\Lambda \ddot x = \gamma S (x - a)`. With a free end p(T) = 0; without an end along the
    stable manifold H = 0. There is no discount: with one the energy would not be kept.

    Source:
        N. Garleanu, L. Pedersen, *Dynamic trading with predictable returns and transaction costs*,
        J. Finance 68 (2013), 2309-2340.

    Raises:
        ValueError: if assets are not counted alike, or risks and costs are not positive definite.
    """

    domain: ClassVar[str] = "portfolio management"

    volatility: Sequence[float] = (0.16, 0.10, 0.12)
    """Standard deviations of the returns, per square root of a year."""
    correlation: Sequence[float] = (0.3, 0.2, -0.1)
    """Of each pair of assets: 12, 13, ..., 23, ..."""
    expected: Sequence[float] = (0.06, 0.03, 0.04)
    """Expected returns mu beyond the riskless rate, per year."""
    risk_aversion: float = 5.0
    """gamma."""
    trading_cost: Sequence[float] = (0.02, 0.05, 0.03)
    """Of each asset alone: the diagonal of Lambda less what is shared, in yr."""
    shared_cost: float = 0.005
    """Every entry of the rest of Lambda, in yr."""
    horizon: float = 2.0
    """Time T of the investment, in yr."""
    reach: float = 0.6
    """Largest distance of a training start from the aim, in each asset."""

    def __post_init__(self) -> None:
        for name in ("volatility", "correlation", "expected", "trading_cost"):
            object.__setattr__(self, name, tuple(getattr(self, name)))
        check_positive(self, risk_aversion="", horizon="yr", reach="")
        check_not_negative(self, shared_cost="yr")
        n = len(self.volatility)
        sizes = len(self.expected), len(self.trading_cost), len(self.correlation)
        if n < 1 or sizes != (n, n, n * (n - 1) // 2):
            raise ValueError(
                f"system.volatility, system.expected and system.trading_cost must hold one number "
                f"for each asset, and system.correlation one for each pair; got {n} volatilities "
                f"and {sizes[0]}, {sizes[1]} and {sizes[2]} of the others."
            )
        for name, matrix in (("volatility and correlation", self.covariance), ("cost", self.costs)):
            smallest = float(np.linalg.eigvalsh(matrix).min())
            if not smallest > 0:
                raise ValueError(
                    f"the matrix that is made of system.{name} must be positive definite; its "
                    f"smallest eigenvalue is {smallest:.3g}."
                )

    @cached_property
    def covariance(self) -> np.ndarray:
        """S, per year."""
        n = len(self.volatility)
        matrix = np.eye(n)
        matrix[np.triu_indices(n, 1)] = self.correlation
        matrix = np.triu(matrix) + np.triu(matrix, 1).T
        return matrix * np.outer(self.volatility, self.volatility)

    @cached_property
    def costs(self) -> np.ndarray:
        """Lambda, in yr."""
        return np.diag(self.trading_cost) + self.shared_cost

    @cached_property
    def aim(self) -> tuple[float, ...]:
        """Markowitz' portfolio a, in fractions of the wealth."""
        return tuple(np.linalg.solve(self.risk_aversion * self.covariance, self.expected).tolist())

    @cached_property
    def rates(self) -> tuple[float, ...]:
        """How fast the aim is approached along each direction, slow ones first, per year."""
        pull = np.linalg.solve(self.costs, self.risk_aversion * self.covariance)
        return tuple(np.sqrt(np.sort(np.linalg.eigvals(pull).real)).tolist())

    @property
    def spec(self) -> StateSpec:
        """Holdings, in fractions of the wealth, and the marginal costs of trading them."""
        names = tuple(f"asset_{i + 1}" for i in range(len(self.volatility)))
        return StateSpec(positions=names, angular=(False,) * len(names))

    @property
    def reversible(self) -> bool:
        """Buying costs as much as selling."""
        return True

    @property
    def bounds(self) -> Sequence[tuple[float, float]]:
        """Holdings about the aim; momenta of the largest cost of trading, in any direction."""
        holdings = [(a - self.reach, a + self.reach) for a in self.aim]
        largest = [float(np.sqrt(2 * self._trading * cost)) for cost in np.diag(self.costs)]
        return (*holdings, *((-p, p) for p in largest))

    @property
    def time_scale(self) -> float:
        """The relaxation time of the fastest direction, in yr."""
        return 1 / self.rates[-1]

    @property
    def training_horizon(self) -> float:
        """Half of that, in yr: motions part fast."""
        return self.time_scale / 2

    @property
    def _trading(self) -> float:
        """The largest kinetic energy of starts: twice the mean cost of being away from the aim."""
        return self.risk_aversion * float(np.trace(self.covariance)) * self.reach**2 / 3

    @property
    def energy_scale(self) -> float:
        """Half of the largest kinetic energy: what both costs leave of each other."""
        return self._trading / 2

    def mass_matrix(self, q: Float[Tensor, "*batch dof"]) -> Float[Tensor, "*batch dof dof"]:
        """Return Lambda."""
        return _matrix(self.costs, q).expand(*q.shape, q.shape[-1])

    def velocity(self, p: Float[Tensor, "*batch dof"]) -> Float[Tensor, "*batch dof"]:
        """Return ``Lambda^-1 p``."""
        return p @ _matrix(self._inverse_costs, p)

    def momentum(self, v: Float[Tensor, "*batch dof"]) -> Float[Tensor, "*batch dof"]:
        """Return ``Lambda v``."""
        return v @ _matrix(self.costs, v)

    def potential(self, q: Float[Tensor, "*batch dof"]) -> Float[Tensor, "*batch"]:
        """Return ``-gamma (x - a) . S (x - a) / 2``: the cost of the risk, with its sign turned."""
        away = q - like(self.aim, q)
        return -(away * self.force(q)).sum(-1) / 2

    def force(self, q: Float[Tensor, "*batch dof"]) -> Float[Tensor, "*batch dof"]:
        """Return ``gamma S (x - a)``."""
        away = q - like(self.aim, q)
        return self.risk_aversion * (away @ _matrix(self.covariance, q))

    @cached_property
    def _inverse_costs(self) -> np.ndarray:
        return np.linalg.inv(self.costs)

    def sample_initial(
        self, count: int, generator: torch.Generator
    ) -> Float[Tensor, "count state"]:
        """Draw holdings about the aim, directions of trading, and its cost, all uniformly."""
        holdings = self._holdings(count, generator)
        return self._moving(holdings, uniform((0, self._trading), (count,), generator), generator)

    def sample_higher_energy(
        self, count: int, generator: torch.Generator
    ) -> Float[Tensor, "count state"]:
        """Draw the same holdings, traded faster."""
        holdings = self._holdings(count, generator)
        above = (self._trading, self._trading + ABOVE * self.energy_scale)
        energy = uniform(above, (count,), generator)
        return self._moving(holdings, energy - self.potential(holdings), generator)

    def _holdings(self, count: int, generator: torch.Generator) -> Tensor:
        away = uniform((-self.reach, self.reach), (count, len(self.aim)), generator)
        return away + like(self.aim, away)

    def _moving(self, q: Tensor, kinetic: Tensor, generator: torch.Generator) -> Tensor:
        """Return states with these kinetic energies, in every direction."""
        direction = random_directions(len(q), q.shape[-1], generator)
        root = torch.linalg.cholesky(_matrix(self.costs, q))
        return torch.cat((q, (2 * kinetic).sqrt().unsqueeze(-1) * direction @ root.mT), dim=-1)


def _matrix(values: np.ndarray, x: Tensor) -> Tensor:
    return like(tuple(values.ravel().tolist()), x).reshape(values.shape)
