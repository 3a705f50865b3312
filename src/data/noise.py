"""Measurement noise, and where its randomness comes from."""

from __future__ import annotations

import hashlib

import torch
from jaxtyping import Float
from torch import Tensor


def generator(seed: int, purpose: str) -> torch.Generator:
    """Return a stream of random numbers of its own for each seed and purpose.

    The two are hashed together, so that streams of neighbouring seeds, or of two purposes with one
    seed, have nothing in common: test starts never repeat training starts.
    """
    digest = hashlib.sha256(f"{seed}:{purpose}".encode()).digest()
    return torch.Generator().manual_seed(int.from_bytes(digest[:8], "big") >> 1)


def add_noise(
    x: Float[Tensor, "*batch state"],
    level: float,
    scale: Float[Tensor, " state"],
    generator: torch.Generator,
) -> Float[Tensor, "*batch state"]:
    """Return the states with independent Gaussian noise of standard deviation ``level * scale``.

    Angles are treated as any coordinate. The draw does not depend on the level: a set with twice
    the level has twice the same errors.
    """
    draw = torch.randn(x.shape, generator=generator, dtype=x.dtype)
    return x + level * scale * draw
