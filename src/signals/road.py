"""Roads, as a car that drives along them feels them."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from ..systems.ports import OpenSystem
from .base import Law, Signal, check_number

REFERENCE = 0.1
"""Spatial frequency n0 at which roughness is quoted, in cycles/m."""
LOWEST, HIGHEST = 0.011, 2.83
"""Spatial frequencies that the standard is about, in cycles/m."""
ROUGHNESS = {"A": 16e-6, "B": 64e-6, "C": 256e-6, "D": 1024e-6}
"""Displacement spectra Gd(n0) of the classes, in m^3: very good, good, average, poor roads."""


@dataclass(frozen=True)
class IsoRoad(Signal):
    r"""The vertical velocity of a random road below a wheel that drives over it.

    .. math:: G_d(n) = G_d(n_0) \left(\frac{n}{n_0}\right)^{-2}, \qquad
        w(t) = \sum_k 2\pi n_k v \sqrt{2 G_d(n_k) \Delta n}\, \cos(2\pi n_k v t + \varphi_k)

    The sum has a wave in each of many strips of equal width, of a frequency and a phase drawn for
    each motion; in velocities all have the same size. A filter of white noise has the same
    spectrum, and needs to know its past.

    Source:
        ISO 8608:2016, section 5 and annex B; C. J. Dodds, J. D. Robson, *The description of road
        surface roughness*, J. Sound Vib. 31 (1973) 175-183.

    Raises:
        ValueError: if the class is unknown, the speed not positive, or there is no wave.
    """

    roughness: str = "B"
    """Class of the road, from A, very good, to D, poor."""
    speed: float = 20.0
    """Speed v of the car, in m/s."""
    waves: int = 256
    """Number of strips."""

    def __post_init__(self) -> None:
        check_number("speed", self.speed, 0)
        if self.roughness not in ROUGHNESS:
            raise ValueError(
                f"signal.roughness must be one of {', '.join(ROUGHNESS)}; got {self.roughness!r}."
            )
        if not (isinstance(self.waves, int) and self.waves >= 1):
            raise ValueError(f"signal.waves must be 1 at least; got {self.waves!r}.")

    @property
    def size(self) -> float:
        """The amplitude of each wave of the velocity, in m/s."""
        strip = (HIGHEST - LOWEST) / self.waves
        return (
            2 * math.pi * REFERENCE * self.speed * math.sqrt(2 * ROUGHNESS[self.roughness] * strip)
        )

    def draw(self, system: OpenSystem, count: int, generator: torch.Generator) -> Law:
        """Draw a frequency in each strip and a phase, uniformly for each motion.

        Raises:
            ValueError: if no input of the system is a road.
        """
        if "road" not in system.spec.inputs:
            raise ValueError(
                f"signal=iso_8608 needs an input named road; {type(system).__name__} has "
                f"{', '.join(system.spec.inputs)}. Use system=quarter_car_road."
            )
        place = system.spec.inputs.index("road")
        inside, turns = torch.rand(2, self.waves, count, generator=generator, dtype=torch.float64)
        strips = torch.arange(self.waves, dtype=torch.float64).unsqueeze(-1)
        cycles = LOWEST + (HIGHEST - LOWEST) * (strips + inside) / self.waves
        rates, phases = 2 * math.pi * self.speed * cycles, 2 * math.pi * turns

        def law(t: float, x: Tensor) -> Tensor:
            u = x.new_zeros(count, len(system.spec.inputs))
            u[:, place] = (self.size * (rates * t + phases).cos().sum(0)).to(x)
            return u

        return law
