"""The mean position and momentum of a quantum oscillator."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from jaxtyping import Float
from torch import Tensor

from ..mechanics.state import StateSpec, split_state
from .constants import like
from .harmonic import HarmonicOscillator
from .sampling import check_positive, check_range
from .sketch import Sketch, curve


@dataclass(frozen=True)
class QuantumOscillatorEhrenfest(HarmonicOscillator):
    r"""What can be seen of a quantum oscillator by measuring many: the means move classically.

    .. math:: \frac{d\langle x\rangle}{dt} = \frac{\langle p\rangle}{m}, \qquad
        \frac{d\langle p\rangle}{dt} = -\langle V'(x)\rangle = -k \langle x\rangle

    The last step needs a force that is linear, and then the means are the state of a
    :class:`HarmonicOscillator`, whatever the wave function. H is the energy of the means; the mean
    energy exceeds it by that of the fluctuations, which is :math:`\omega / 2` in a coherent state.
    Units are natural, with :math:`\hbar = 1`.

    Source:
        P. Ehrenfest, Z. Phys. 45, 455 (1927); C. Cohen-Tannoudji, B. Diu, F. Laloe, *Quantum
        Mechanics*, vol. 1, chapter III, section D.1.d.

    Raises:
        ValueError: if the mass, the stiffness or the range of amplitudes is not positive.
    """

    domain: ClassVar[str] = "quantum mechanics"

    mass: float = 1.0
    """Mass m, in natural units."""
    stiffness: float = 1.0
    """Spring constant k, in natural units."""
    amplitude: Sequence[float] = (0.4, 2.0)
    """Range of the amplitudes of the mean position in training motions, in natural units."""

    def __post_init__(self) -> None:
        check_positive(self, mass="units of mass", stiffness="units of stiffness")
        check_range(self, amplitude="units of length")

    @property
    def spec(self) -> StateSpec:
        """The mean position and the mean momentum, in natural units."""
        return StateSpec(positions=("mean_x",), angular=(False,))

    @property
    def time_unit(self) -> str:
        """None: natural units."""
        return ""

    @property
    def width(self) -> float:
        """The standard deviation of the position in a coherent state, in natural units."""
        return 1 / math.sqrt(2 * self.mass * self.frequency)

    def sketch(self, x: Float[Tensor, "*batch state"]) -> Sketch:
        """Return the density of probability of the coherent state with these means."""
        reach = 1.25 * self.amplitude[1] + 4 * self.width
        at = like(tuple(reach * (i / 40 - 1) for i in range(81)), x)
        mean, _ = split_state(x)
        density = (-((at - mean) / self.width).square() / 2).exp()
        density = density / (math.sqrt(2 * math.pi) * self.width)
        return curve(at, density, ("x", "density"))
