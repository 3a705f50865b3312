"""Arrays whose entries are nodes, and operations on them entry by entry."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch

from .nodes import Algebra, Node

Symbols = np.ndarray
"""An array of nodes, ``dtype=object``."""


class Symbolic:
    """Makes arrays of nodes and computes with their entries."""

    def __init__(self, algebra: Algebra) -> None:
        self.algebra = algebra
        self.ufuncs = algebra.ufuncs
        self.rows: list[list[Any]] = []
        """Results of one operation on several entries each: what may be computed as one array."""

    def symbols(self, value: Any) -> Symbols:
        """Return numbers as constants, and nodes as they are."""
        if isinstance(value, np.ndarray | Node):
            return as_array(value)
        array = np.asarray(value.detach().tolist() if isinstance(value, torch.Tensor) else value)
        made = np.empty(array.shape, dtype=object)
        for place in np.ndindex(array.shape):
            made[place] = self.algebra.constant(array[place].item())
        return made

    def each(self, name: str, *values: Any) -> Symbols:
        """Apply an operation entry by entry."""
        result = self.ufuncs[name](*(self.symbols(value) for value in values))
        if not isinstance(result, np.ndarray):
            scalar = np.empty((), dtype=object)
            scalar[()] = result
            return scalar
        if result.size > 1:
            self.rows.append(list(result.flat))
        return result


def as_array(value: Any) -> Symbols:
    """Return a node as an array of no dimension, and an array as it is."""
    if isinstance(value, np.ndarray):
        return value
    scalar = np.empty((), dtype=object)
    scalar[()] = value
    return scalar
