"""What a car has on level ground and on a road."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from .base import System
from .sampling import check_not_negative, check_positive, check_range


@dataclass(frozen=True)
class CarParts(System):
    """A quarter of a car: body, suspension, wheel and tyre, and how they oscillate.

    Raises:
        ValueError: if a mass, a stiffness or the range of travels is not positive, or the damper
            is negative.
    """

    body_mass: float = 300.0
    """Mass m_s of a quarter of the body, in kg."""
    wheel_mass: float = 40.0
    """Mass m_u of wheel and axle, in kg."""
    suspension: float = 16000.0
    """Stiffness k_s of the suspension, in N/m."""
    tyre: float = 190000.0
    """Stiffness k_t of the tyre, in N/m."""
    damper: float = 0.0
    """Coefficient c of the damper, in N s/m; about 1000 in a car."""
    travel: Sequence[float] = (0.01, 0.05)
    """Range of the energies of training motions, as heights of the body held still, in m."""

    def __post_init__(self) -> None:
        check_positive(self, body_mass="kg", wheel_mass="kg", suspension="N/m", tyre="N/m")
        check_not_negative(self, damper="N s/m")
        check_range(self, travel="m")

    @property
    def masses(self) -> tuple[float, ...]:
        """Body and wheel."""
        return self.body_mass, self.wheel_mass

    @property
    def frequencies(self) -> tuple[float, ...]:
        """The angular frequencies of the undamped body and wheel, in rad/s."""
        return tuple(modes(self)[0].tolist())

    @property
    def damping_ratios(self) -> tuple[float, ...]:
        """How much of the critical damping body and wheel have: ``-Re(s) / |s|`` of their modes.

        One is shared by two modes that do not oscillate.
        """
        inverse = np.diag(1 / np.array(self.masses))
        coupling = self.damper * np.array([[1.0, -1.0], [-1.0, 1.0]])
        upper = np.hstack((np.zeros((2, 2)), np.eye(2)))
        lower = np.hstack((-inverse @ self.stiffness(), -inverse @ coupling))
        roots = np.linalg.eigvals(np.vstack((upper, lower)))
        roots = roots[np.argsort(np.abs(roots))]
        return tuple((-roots.real / np.abs(roots))[::2].tolist())

    @property
    def ride_rate(self) -> float:
        """The stiffness of suspension and tyre in series, in N/m."""
        return self.suspension * self.tyre / (self.suspension + self.tyre)

    @property
    def time_scale(self) -> float:
        """The geometric mean of both periods: samples must follow the wheel."""
        return 2 * math.pi / math.sqrt(math.prod(self.frequencies))

    @property
    def training_horizon(self) -> float:
        """The period of the body."""
        return 2 * math.pi / self.frequencies[0]

    @property
    def energy_scale(self) -> float:
        """The largest energy of training motions."""
        return self.ride_rate * self.travel[1] ** 2 / 2

    @property
    def frictionless(self) -> bool:
        """Whether there is no damper."""
        return self.damper == 0

    def stiffness(self) -> np.ndarray:
        """Return the stiffness matrix of the heights of body and wheel, in N/m."""
        k_s, k_t = self.suspension, self.tyre
        return np.array([[k_s, -k_s], [-k_s, k_s + k_t]])


@lru_cache(maxsize=32)
def modes(car: CarParts) -> tuple[np.ndarray, np.ndarray]:
    """Return the angular frequencies, in rad/s, and in columns the shapes over root masses."""
    root = np.sqrt(np.array(car.masses))
    squares, shapes = np.linalg.eigh(car.stiffness() / np.outer(root, root))
    return np.sqrt(squares), shapes
