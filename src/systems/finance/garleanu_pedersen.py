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

from ...mechanics.state import StateSpec, split_state
from ..constants import like
from ..natural import ConstantMassSystem
from ..sampling import check_interval, check_not_negative, check_positive, uniform
from .generator import FinanceSystem

ABOVE = 0.5
"""Energy scales above the highest energy of training up to which higher ones are drawn."""
HASTE = 1.2
"""Fastest training starts, in the speed that is best where there is no end."""
MANY = 1000
"""Starts that tell the box of training and its energies."""


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
    holdings: Sequence[float] = (-0.15, 0.75)
    """Range of the holdings of each asset in training starts, in fractions of the wealth."""

    def __post_init__(self) -> None:
        for name in ("volatility", "correlation", "expected", "trading_cost"):
            object.__setattr__(self, name, tuple(getattr(self, name)))
        check_positive(self, risk_aversion="", horizon="yr")
        check_interval(self, holdings="of the wealth")
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
    def modes(self) -> tuple[np.ndarray, np.ndarray]:
        """Directions R and the rates w at which the aim is approached along each, slow ones first.

        With ``Lambda = R R^T`` and ``gamma S = R w^2 R^T`` the coordinates ``y = R^T (x - a)`` move
        apart: ``y'' = w^2 y``.
        """
        root = np.linalg.cholesky(self.costs)
        half = np.linalg.solve(root, self.risk_aversion * self.covariance)
        square, directions = np.linalg.eigh(np.linalg.solve(root, half.T))
        return root @ directions, np.sqrt(square)

    @property
    def spec(self) -> StateSpec:
        """Holdings, in fractions of the wealth, and the marginal costs of trading them."""
        names = tuple(f"asset_{i + 1}" for i in range(len(self.volatility)))
        return StateSpec(positions=names, angular=(False,) * len(names))

    @property
    def reversible(self) -> bool:
        """Buying costs as much as selling."""
        return True

    @cached_property
    def bounds(self) -> Sequence[tuple[float, float]]:  # pyright: ignore[reportIncompatibleMethodOverride]
        """The box that many training starts fill."""
        low, high = self._many.amin(0).tolist(), self._many.amax(0).tolist()
        return tuple(zip(low, high, strict=True))

    @property
    def time_scale(self) -> float:
        """The relaxation time of the fastest direction, in yr."""
        return 1 / float(self.modes[1][-1])

    @property
    def training_horizon(self) -> float:
        """The same, in yr: motions towards the aim stay near it for so long."""
        return self.time_scale

    @cached_property
    def energy_scale(self) -> float:  # pyright: ignore[reportIncompatibleMethodOverride]
        """One and a half times the mean energy of training starts without its sign, per year."""
        return 1.5 * float(self.hamiltonian(self._many).abs().mean())

    @cached_property
    def _many(self) -> Tensor:
        return self.sample_initial(MANY, torch.Generator().manual_seed(0))

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
        """Draw holdings, and trades towards the aim up to a little faster than is ever best.

        Each direction at a speed of its own, as if each had a horizon of its own.
        """
        directions, rates = (_matrix(part, torch.zeros(()).double()) for part in self.modes)
        q = uniform(self.holdings, (count, len(self.aim)), generator)
        haste = uniform((0, HASTE), q.shape, generator)
        away = (q - like(self.aim, q)) @ directions
        return torch.cat((q, -(haste * rates * away) @ directions.mT), dim=-1)

    def sample_higher_energy(
        self, count: int, generator: torch.Generator
    ) -> Float[Tensor, "count state"]:
        """Draw the same holdings, traded faster."""
        q, p = split_state(self.sample_initial(count, generator))
        highest = float(self.hamiltonian(self._many).max())
        above = (highest, highest + ABOVE * self.energy_scale)
        wanted = uniform(above, (count,), generator) - self.potential(q)
        kinetic = self.hamiltonian(torch.cat((q, p), dim=-1)) - self.potential(q)
        return torch.cat((q, p * (wanted / kinetic).sqrt().unsqueeze(-1)), dim=-1)


def _matrix(values: np.ndarray, x: Tensor) -> Tensor:
    return like(tuple(values.ravel().tolist()), x).reshape(values.shape)
