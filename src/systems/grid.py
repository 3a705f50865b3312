"""Functions on a circle, by their values at evenly spaced places."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor


@dataclass(frozen=True)
class Grid:
    """Evenly spaced places of a periodic line; a function is the Fourier series through its values.

    Source:
        L. N. Trefethen, *Spectral Methods in MATLAB*, 2000, chapter 3.
    """

    points: int
    """Number of places."""
    length: float
    """Length after which everything repeats."""

    @property
    def spacing(self) -> float:
        """Distance between neighbours; the weight of each value in an integral over the line."""
        return self.length / self.points

    def places(self, like: Tensor) -> Float[Tensor, " points"]:
        """Return the places, from ``-length / 2`` on, in the type and on the device of ``like``."""
        return torch.arange(self.points, dtype=like.dtype, device=like.device).mul(self.spacing) - (
            self.length / 2
        )

    def wave_numbers(self, like: Tensor) -> Float[Tensor, " modes"]:
        """Return the wave numbers k of the real Fourier series, from 0 on, in 1/length."""
        modes = torch.arange(self.points // 2 + 1, dtype=like.dtype, device=like.device)
        return 2 * math.pi / self.length * modes

    def multiply(
        self, u: Float[Tensor, "*batch points"], factor: Float[Tensor, " modes"]
    ) -> Float[Tensor, "*batch points"]:
        """Return u with every mode of its real Fourier series multiplied by a factor."""
        return torch.fft.irfft(factor * torch.fft.rfft(u), n=self.points)

    def derivative(
        self, u: Float[Tensor, "*batch points"], order: int = 1
    ) -> Float[Tensor, "*batch points"]:
        """Return the derivative of the Fourier series through the values, at the places.

        The highest mode of an even number of points has no odd derivative there: it vanishes.
        """
        factor = (1j * self.wave_numbers(u)) ** order
        if order % 2 and self.points % 2 == 0:
            factor[-1] = 0
        return torch.fft.irfft(factor * torch.fft.rfft(u), n=self.points)
