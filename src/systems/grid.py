"""Points on a line, and functions that are known there."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

import torch
from jaxtyping import Float
from torch import Tensor

BOUNDARIES = ("periodic", "fixed")
"""periodic: the line is closed to a ring; fixed: the field vanishes at both ends."""


@dataclass(frozen=True)
class Grid:
    r"""Evenly spaced points, and derivatives that are exact for every wave that fits on them.

    The points of a ring start at 0; between fixed ends they are those inside, since the field
    vanishes at the ends. A field with fixed ends is continued as an odd one to twice the length,
    where it is periodic. Derivatives are those of the Fourier series through the points: the wave
    :math:`e^{i k x}` has the derivative :math:`i k e^{i k x}`, and odd derivatives of the shortest
    wave of an even number of points, which is a cosine there, vanish.

    Source:
        L. N. Trefethen, *Spectral Methods in MATLAB*, SIAM 2000, chapter 3.

    Raises:
        ValueError: if the boundary is unknown.
    """

    points: int
    """Number of points."""
    length: float
    """Length of the ring, or from one end to the other."""
    boundary: str = "periodic"
    """What the ends are: one of ``BOUNDARIES``."""

    def __post_init__(self) -> None:
        if self.boundary not in BOUNDARIES:
            raise ValueError(
                f"system.boundary must be one of {', '.join(BOUNDARIES)}; got {self.boundary}."
            )

    @property
    def spacing(self) -> float:
        """The distance of neighbours, in the unit of the length."""
        return self.length / (self.points + (self.boundary == "fixed"))

    @property
    def places(self) -> tuple[float, ...]:
        """Where the points are, in the unit of the length, from 0 or the first one inside on."""
        first = int(self.boundary == "fixed")
        return tuple(self.spacing * (i + first) for i in range(self.points))

    def wave_numbers(self, like: Tensor) -> Float[Tensor, " modes"]:
        """Return the wave numbers k of the real Fourier series of a ring, from 0 on."""
        modes = torch.arange(self.points // 2 + 1, dtype=like.dtype, device=like.device)
        return 2 * math.pi / self.length * modes

    def derivative(
        self, u: Float[Tensor, "*batch points"], order: int = 1
    ) -> Float[Tensor, "*batch points"]:
        """Return the derivative of the series through the values ``u``, at the points."""
        if self.boundary == "fixed":
            end = torch.zeros_like(u[..., :1])
            ring = Grid(2 * (self.points + 1), 2 * self.length)
            there_and_back = torch.cat((end, u, end, -u.flip(-1)), dim=-1)
            return ring.derivative(there_and_back, order)[..., 1 : self.points + 1]
        waves = torch.fft.rfft(u)
        factor = _factors(self.points, self.spacing, order, waves.dtype, waves.device)
        return torch.fft.irfft(factor * waves, n=self.points)


@lru_cache(maxsize=64)
def _factors(
    points: int, spacing: float, order: int, dtype: torch.dtype, device: torch.device
) -> Tensor:
    """Return what a derivative multiplies each wave by, ``(i k)^order``. Not to be written to."""
    # One made under inference_mode could never be part of a gradient later.
    with torch.inference_mode(False):  # by place: torch.compile knows no names
        wave_number = 2 * math.pi * torch.fft.rfftfreq(points, spacing, dtype=torch.float64)
        factor = (1j * wave_number) ** order
        if order % 2 and points % 2 == 0:
            factor[-1] = 0
        return factor.to(dtype=dtype, device=device)


def resample(u: Float[Tensor, "*batch points"], points: int) -> Float[Tensor, "*batch other"]:
    """Return the values of a periodic field at another number of points over the same length.

    More points: those of the Fourier series. Fewer: waves that no longer fit are left out. Numbers
    of points are odd, or the shortest wave is not known from its values.
    """
    return torch.fft.irfft(torch.fft.rfft(u), n=points) * (points / u.shape[-1])


def random_waves(grid: Grid, most: int, count: int, generator: torch.Generator) -> Tensor:
    """Draw smooth complex fields on a ring, ``[count, points]``, complex128, of unit variance.

    All waves have the same share, from the constant one to ``most`` wavelengths either way round.
    """
    numbers = torch.arange(-most, most + 1, dtype=torch.float64)
    draws = torch.randn(count, 2, len(numbers), generator=generator, dtype=torch.float64)
    weights = torch.complex(draws[:, 0], draws[:, 1]) / math.sqrt(2 * len(numbers))
    places = torch.tensor(grid.places, dtype=torch.float64)
    angle = 2 * math.pi / grid.length * numbers[:, None] * places
    return weights @ torch.complex(angle.cos(), angle.sin())
