"""Signals that are a function of time alone."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from ..systems.ports import OpenSystem
from .base import Law, Signal, check_number, scale


@dataclass(frozen=True)
class Zero(Signal):
    """No input: the system is left to itself."""

    @property
    def driven(self) -> bool:
        """There is none."""
        return False

    def draw(self, system: OpenSystem, count: int, generator: torch.Generator) -> Law:
        """Return zeros."""
        return lambda t, x: x.new_zeros(len(x), len(system.spec.inputs))


@dataclass(frozen=True)
class Constant(Signal):
    """The same input at all times, of a size drawn for each motion and input.

    Raises:
        ValueError: if the amplitude is not positive.
    """

    amplitude: float = 1.0
    """Largest size of an input, in the typical inputs of the system."""

    def __post_init__(self) -> None:
        check_number("amplitude", self.amplitude, 0)

    def draw(self, system: OpenSystem, count: int, generator: torch.Generator) -> Law:
        """Draw sizes uniformly up to the amplitude, of either sign."""
        sizes = self.amplitude * _uniform((-1, 1), count, system, generator) * scale(system)
        return lambda t, x: sizes.to(x)


@dataclass(frozen=True)
class Levels(Signal):
    """The same input at all times, one of a list for each motion: they take them in turn.

    Source:
        Zhong, Dey, Chakraborty, *Symplectic ODE-Net*, ICLR 2020, arXiv:1909.12077, section 4.

    Raises:
        ValueError: if there is no value, or one is not a finite number.
    """

    values: Sequence[float] = (-1.0, 0.0, 1.0)
    """Sizes of every input, in its unit."""

    def __post_init__(self) -> None:
        if len(self.values) == 0:
            raise ValueError("signal.values must hold one number at least; got none.")
        for value in self.values:
            check_number("values", value)
        object.__setattr__(self, "values", tuple(map(float, self.values)))

    def draw(self, system: OpenSystem, count: int, generator: torch.Generator) -> Law:
        """Deal the values out in turn; nothing is random."""
        values = torch.tensor(self.values, dtype=torch.float64)
        dealt = values[torch.arange(count) % len(values)]
        sizes = dealt.unsqueeze(-1).expand(-1, len(system.spec.inputs))
        return lambda t, x: sizes.to(x)


@dataclass(frozen=True)
class SumOfSines(Signal):
    r"""Waves of several frequencies, amplitudes and phases: they excite all that a system can do.

    .. math:: u(t) = A \sqrt{2/n} \sum_{k=1}^n \sin(2\pi t / T_k + \varphi_k)

    so that the rms is A on average. With ``waves=1`` and equal periods it is one sine.

    Raises:
        ValueError: if the amplitude or a period is not positive, or there is no wave.
    """

    amplitude: float = 0.5
    """The rms of each input, in the typical inputs of the system."""
    waves: int = 3
    """Number n of the waves of each input."""
    periods: Sequence[float] = (0.5, 4.0)
    """Range of the periods T, in time scales of the system."""

    def __post_init__(self) -> None:
        check_number("amplitude", self.amplitude, 0)
        object.__setattr__(self, "periods", check_periods(self.periods))
        if not (isinstance(self.waves, int) and self.waves >= 1):
            raise ValueError(f"signal.waves must be 1 at least; got {self.waves!r}.")

    def draw(self, system: OpenSystem, count: int, generator: torch.Generator) -> Law:
        """Draw logarithms of the periods, and phases, uniformly for each motion and input."""
        low, high = (math.log(period) for period in self.periods)
        logarithms = _uniform((low, high), count, system, generator, self.waves)
        phases = 2 * math.pi * _uniform((0, 1), count, system, generator, self.waves)
        rates = 2 * math.pi / (system.time_scale * logarithms.exp())
        size = self.amplitude * math.sqrt(2 / self.waves) * scale(system)
        return lambda t, x: (size * (rates * t + phases).sin().sum(0)).to(x)


@dataclass(frozen=True)
class Chirp(Signal):
    r"""A wave whose frequency rises from the first period to the second, and falls back, evenly.

    .. math:: u(t) = \sqrt 2 A \sin(\varphi(t) + \varphi_0)

    Raises:
        ValueError: if the amplitude, a period or the duration is not positive.
    """

    amplitude: float = 0.5
    """The rms of each input, in the typical inputs of the system."""
    periods: Sequence[float] = (0.5, 4.0)
    """The shortest and the longest period, in time scales of the system."""
    duration: float = 10.0
    """How long one rise takes, in time scales of the system."""

    def __post_init__(self) -> None:
        check_number("amplitude", self.amplitude, 0)
        check_number("duration", self.duration, 0)
        object.__setattr__(self, "periods", check_periods(self.periods))

    def draw(self, system: OpenSystem, count: int, generator: torch.Generator) -> Law:
        """Draw phases uniformly for each motion and input."""
        start = 2 * math.pi * _uniform((0, 1), count, system, generator)
        size = math.sqrt(2) * self.amplitude * scale(system)
        fast, slow = (1 / (period * system.time_scale) for period in self.periods)
        duration = self.duration * system.time_scale

        def law(t: float, x: Tensor) -> Tensor:
            turns, rest = divmod(t, 2 * duration)
            mirrored = min(rest, 2 * duration - rest)
            # The phase is the integral of a frequency that rises and falls like a triangle.
            part = slow * mirrored + (fast - slow) * mirrored**2 / (2 * duration)
            whole = (slow + fast) * duration
            cycles = turns * whole + (part if rest <= duration else whole - part)
            return (size * (2 * math.pi * cycles + start).sin()).to(x)

        return law


def check_periods(periods: Sequence[float]) -> tuple[float, ...]:
    """Return a range of periods as it is kept.

    Raises:
        ValueError: if it does not hold two positive values, the shorter one first.
    """
    low_high = tuple(periods)
    if len(low_high) != 2 or not 0 < low_high[0] <= low_high[1] < math.inf:
        raise ValueError(
            f"signal.periods must hold two positive values, the shorter one first; got "
            f"{list(low_high)} time scales."
        )
    return low_high


def _uniform(
    limits: tuple[float, float],
    count: int,
    system: OpenSystem,
    generator: torch.Generator,
    *more: int,
) -> Tensor:
    """Draw ``[*more, count, inputs]`` uniformly between two limits."""
    low, high = limits
    shape = (*more, count, len(system.spec.inputs))
    return low + (high - low) * torch.rand(shape, generator=generator, dtype=torch.float64)
