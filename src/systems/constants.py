"""Numbers of a system as tensors: systems themselves hold no tensors."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import torch
from torch import Tensor


def like(values: tuple[float, ...], x: Tensor) -> Tensor:
    """Return ``values`` as a vector in the type and on the device of ``x``. Not to be written to.

    Formulas are called thousands of times in a simulation, and making a tensor from numbers costs
    as much as a small matrix product.
    """
    return torch.from_numpy(_vector(values)).to(x)


@lru_cache(maxsize=256)
def _vector(values: tuple[float, ...]) -> np.ndarray:
    # No tensor: one made inside torch.func's transforms, or under inference_mode, must not outlive
    # them, and nobody knows where a formula is called first.
    return np.array(values, dtype=np.float64)
