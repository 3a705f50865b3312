"""A plane of states, and the values that energies have on it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Section:
    """A plane of states through a typical one: a grid of ``q_i`` and ``p_i``, the rest fixed.

    Or of two other components, where the state has no pairs.
    """

    q: Array
    """``[columns]``"""
    p: Array
    """``[rows]``"""
    states: Array
    """``[rows, columns, state]``: where to ask energies for their values."""


def section(paths: Array, typical: Array, *, plane: tuple[int, int], points: int = 81) -> Section:
    """Return the plane of two components that holds all paths, seen from above.

    Args:
        paths: true motions ``[trajectories, time, state]``, which set the size.
        typical: the state ``[state]`` that the other coordinates are fixed at.
        plane: the indices of q and p in the state.
        points: grid points along each side.

    Raises:
        ValueError: if the state has no two such components.
    """
    size = paths.shape[-1]
    if len({*plane} & {*range(size)}) != 2:
        raise ValueError(
            f"a section needs two components of the state; got states of size {size} and "
            f"components {plane}."
        )
    q, p = (_axis(paths[..., column], points) for column in plane)
    states = np.broadcast_to(typical, (points, points, size)).copy()
    states[..., plane[0]], states[..., plane[1]] = np.meshgrid(q, p)
    return Section(q, p, states)


def round_turns(angles: Array) -> Array:
    """Return angles ``[trajectories, time]`` within a turn, NaN where a motion passes its end.

    A line through them breaks there, where it would run back across the whole picture.
    """
    wrapped = (angles + np.pi) % (2 * np.pi) - np.pi
    jumps = np.abs(np.diff(wrapped, axis=1)) > np.pi
    wrapped[:, 1:][jumps] = np.nan
    return wrapped


def jumps(momenta: Array, size: float) -> NDArray[np.bool_]:
    """Return where motions ``[trajectories, time]`` have just been hit: by over half of a size.

    A line that breaks there does not run across states that a motion never had.
    """
    hit = np.zeros(momenta.shape, dtype=bool)
    hit[:, 1:] = abs(np.diff(momenta, axis=1)) > 0.5 * size
    return hit


def align(learned: Array, true: Array, most: float) -> Array:
    """Return ``a learned + b``, fitted to the true energy where that is at most ``most``.

    A learned energy is free up to a constant (a Lagrangian up to a factor, too), so that its
    values say nothing before this.
    """
    known = np.isfinite(learned) & np.isfinite(true) & (true <= most)
    if known.sum() < 2:
        return learned
    columns = np.stack((learned[known], np.ones(int(known.sum()))), -1)
    (factor, shift), *_ = np.linalg.lstsq(columns, true[known], rcond=None)
    return factor * learned + shift


def levels_of(energy: Array, count: int = 8) -> Array:
    """Return levels evenly spaced up to the highest that is closed inside of the plane."""
    held = energy[np.isfinite(energy)]
    low, high = np.quantile(held, (0.001, 0.8))  # 0.001: a potential may have a pole
    return low + (high - low) * np.linspace(0.03, 1, count) if high > low else np.array([low])


def _axis(values: Array, points: int) -> Array:
    held = values[np.isfinite(values)]
    low, high = held.min(), held.max()
    margin = 0.2 * (high - low) or 1.0
    return np.linspace(low - margin, high + margin, points)
