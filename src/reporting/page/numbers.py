"""Curves as few numbers, and numbers as text."""

from __future__ import annotations

import base64
import math
from collections.abc import Sequence

import contourpy
import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..drift import Drift

Array = NDArray[np.float64]


def packed(values: ArrayLike) -> str:
    """Return numbers as the base64 of their float32, row by row; infinities and NaN stay."""
    with np.errstate(over="ignore"):
        flat = np.asarray(values, dtype=float).ravel().astype("<f4")
    return base64.b64encode(flat.tobytes()).decode("ascii")


def extremes(y: Array, most: int) -> NDArray[np.intp]:
    """Return the indices of at most ``most`` points of a curve: least and greatest of each part.

    No peak is lost, however few points are kept. The ends are always kept.
    """
    if len(y) <= most:
        return np.arange(len(y))
    ranked = np.where(np.isnan(y), np.inf, y)
    parts = np.array_split(np.arange(1, len(y) - 1), (most - 2) // 2)
    inner = [part[[ranked[part].argmin(), ranked[part].argmax()]] for part in parts]
    return np.unique(np.concatenate([[0], *inner, [len(y) - 1]]))


def curve(x: Array, y: Array, most: int) -> dict[str, str]:
    """Return a curve of at most ``most`` points."""
    kept = extremes(y, most)
    return {"x": packed(x[kept]), "y": packed(y[kept])}


def band(drift: Drift, most: int) -> dict[str, str]:
    """Return a median within its band, at most ``most`` points of it.

    Between two points that are kept the band is as wide as it was anywhere between them.
    """
    kept = extremes(drift.median, most)
    ends = np.append(kept[1:], len(drift.t))
    pieces = [slice(start, max(start + 1, end)) for start, end in zip(kept, ends, strict=True)]
    return {
        "x": packed(drift.t[kept]),
        "y": packed(drift.median[kept]),
        "low": packed([drift.low[piece].min() for piece in pieces]),
        "high": packed([drift.high[piece].max() for piece in pieces]),
    }


def level_lines(q: Array, p: Array, energy: Array, levels: Sequence[float], most: int) -> Array:
    """Return level sets as one chain of points ``[points, 2]``, with NaN between two lines."""
    maker = contourpy.contour_generator(q, p, np.ma.masked_invalid(energy))
    lines = [line for level in levels for line in maker.lines(level)]
    share = most / max(1, sum(len(line) ** 0.5 for line in lines))
    gap = np.full((1, 2), np.nan)
    kept: list[Array] = [np.empty((0, 2))]
    for line in lines:  # short lines keep more of their points, and stay round
        apart = max(1, math.ceil(len(line) ** 0.5 / share))
        kept += [line[:-1:apart], line[-1:], gap]
    return np.concatenate(kept)[: 2 * most]
