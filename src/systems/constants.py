"""Numbers of a system as tensors: systems themselves hold no tensors."""

from __future__ import annotations

from array import array
from functools import lru_cache

import torch
from torch import Tensor


def like(values: tuple[float, ...], x: Tensor) -> Tensor:
    """Return ``values`` as a vector in the type and on the device of ``x``. Not to be written to.

    Formulas are called thousands of times in a simulation, and making a tensor from numbers costs
    as much as a small matrix product.
    """
    return _vector(values).to(x)


@lru_cache(maxsize=256)
def _vector(values: tuple[float, ...]) -> Tensor:
    # One made under inference_mode could never be part of a gradient later; and torch.tensor under
    # torch.func would return a part of that transform, which must not outlive it.
    with torch.inference_mode(False):  # by place: torch.compile knows no names
        return torch.frombuffer(array("d", values), dtype=torch.float64)
