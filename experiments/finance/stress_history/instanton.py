"""A linear Gaussian law of monthly states, and its most likely path to a given loss."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import linalg, stats

from ..series.data import Array


@dataclass(frozen=True)
class OU:
    """``x' = keep x + noise`` about a mean: an Ornstein-Uhlenbeck process, month by month."""

    mean: Array
    keep: Array
    noise: Array
    """Covariance of a month."""

    @classmethod
    def fitted(cls, before: Array, after: Array, mean: Array) -> OU:
        """Fit to pairs of neighbouring states ``[pair, state]`` by least squares."""
        x, y = before - mean, after - mean
        keep = np.linalg.lstsq(x, y, rcond=None)[0].T
        residual = y - x @ keep.T
        return cls(mean, keep, residual.T @ residual / (len(x) - len(mean)))

    def spreads(self, months: int) -> list[Array]:
        """Return the covariances after 0 to ``months`` months from a known state."""
        found = [np.zeros_like(self.noise)]
        for _ in range(months):
            found.append(self.keep @ found[-1] @ self.keep.T + self.noise)
        return found

    def stationary(self) -> Array:
        """Return the covariance in the long run; infinite if there is no way back to the mean."""
        if np.abs(np.linalg.eigvals(self.keep)).max() >= 1:
            return np.full_like(self.noise, np.inf)
        return linalg.solve_discrete_lyapunov(self.keep, self.noise)

    def path(self, weights: Array, level: float, months: int) -> Array:
        """Return the most likely path ``[month, state]`` from the mean to ``weights . x = level``.

        It minimises the Onsager-Machlup action, and is the mean of all paths that end there.
        """
        spreads = self.spreads(months)
        share = (level - weights @ self.mean) / (weights @ spreads[-1] @ weights)
        powers = [np.linalg.matrix_power(self.keep, months - t) for t in range(months + 1)]
        moves = [spreads[t] @ powers[t].T @ weights * share for t in range(months + 1)]
        return self.mean + np.stack(moves)

    def action(self, path: Array) -> float:
        """Return ``sum |x' - keep x|^2 / 2`` in units of the noise: minus its log likelihood."""
        moved = path - self.mean
        shocks = moved[1:] - moved[:-1] @ self.keep.T
        return float(np.einsum("ti,ij,tj->", shocks, np.linalg.inv(self.noise), shocks) / 2)

    def beyond(self, weights: Array, level: float, months: int | None) -> float:
        """Return the chance of ``weights . x >= level`` after months from the mean; None: ever."""
        spread = self.stationary() if months is None else self.spreads(months)[-1]
        away, used = level - weights @ self.mean, np.flatnonzero(weights)
        variance = weights[used] @ spread[np.ix_(used, used)] @ weights[used]
        return float(stats.norm.sf(away / np.sqrt(variance)))
