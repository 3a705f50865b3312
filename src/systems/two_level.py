"""A driven two-level atom."""

from __future__ import annotations

import cmath
import math
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from .quantum import LevelSystem
from .sampling import check_finite, check_fraction, check_positive


@dataclass(frozen=True)
class TwoLevel(LevelSystem):
    r"""An atom of two levels in resonant light, in the frame that turns with the light.

    .. math:: H = \hbar \left[ \delta + \tfrac12 \begin{pmatrix} \Delta & \Omega e^{-i\varphi} \\
        \Omega e^{i\varphi} & -\Delta \end{pmatrix} \right]

    An atom in one level is found in the other with the probability
    :math:`(\Omega / \Omega_e)^2 \sin^2(\Omega_e t / 2)`, :math:`\Omega_e = \sqrt{\Omega^2 +
    \Delta^2}`: Rabi's oscillations. Times are in microseconds, energies over hbar in rad/us. The
    energies lie about zero, so that H is not convex in the momenta and there is no Lagrangian. An
    offset :math:`\delta` above :math:`\sqrt{\Delta^2 + \Omega^2 \cos^2\varphi} / 2` turns all
    phases more quickly, which nobody can observe, and there is one.

    Source:
        C. Cohen-Tannoudji, B. Diu, F. Laloe, *Quantum Mechanics*, vol. 1, chapter IV, section C.

    Raises:
        ValueError: if the Rabi frequency is not positive, another parameter not finite, or the
            excitation not between 0 and 1.
    """

    domain: ClassVar[str] = "quantum mechanics"

    rabi: float = 1.0
    """Rabi frequency Omega / 2 pi, in MHz: the strength of the light."""
    detuning: float = 0.6
    """Detuning Delta / 2 pi of the light from the atom, in MHz."""
    phase: float = 0.0
    """Phase phi of the light, in rad; the matrix is real where it is zero."""
    offset: float = 0.0
    """Common energy delta / 2 pi of both levels, in MHz."""
    excitation: float = 0.8
    """Largest mean energy of training states, as a fraction of the way between the levels."""

    def __post_init__(self) -> None:
        check_positive(self, rabi="MHz")
        check_finite(self, detuning="MHz", phase="rad", offset="MHz")
        check_fraction(self, excitation="of the way between the levels")

    @property
    def time_unit(self) -> str:
        """Microseconds."""
        return "us"

    @property
    def remedy(self) -> str:
        """The least offset that makes the real part of the matrix positive definite."""
        least = math.hypot(self.detuning, self.rabi * math.cos(self.phase)) / 2
        return (
            f" An offset of all energies changes nothing that can be observed, and makes H convex: "
            f"set system.offset above {least:.4g} MHz."
        )

    @property
    def effective_rabi(self) -> float:
        """The angular frequency ``Omega_e`` of the oscillations, in rad/us."""
        return 2 * math.pi * math.hypot(self.rabi, self.detuning)

    def matrix(self) -> NDArray[np.complex128]:
        """Return H, in rad/us."""
        light = self.rabi * cmath.exp(1j * self.phase) if self.phase else self.rabi
        matrix = np.array(
            [[self.detuning, np.conj(light)], [light, -self.detuning]], dtype=np.complex128
        )
        return 2 * math.pi * (self.offset * np.eye(2) + matrix / 2)
