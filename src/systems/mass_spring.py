"""A mass on a spring."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from jaxtyping import Float
from torch import Tensor

from ..mechanics.state import StateSpec
from .harmonic import HarmonicOscillator
from .ports import DampedAndDriven
from .sampling import check_not_negative


@dataclass(frozen=True)
class MassSpring(DampedAndDriven, HarmonicOscillator):
    r"""One mass on a linear spring, with a damper and a driving force where they are wanted.

    .. math:: m \ddot q = -k q - c\,\dot q + u

    Undamped, it has an exact flow; with a damper it is simulated.

    Source:
        L. D. Landau, E. M. Lifshitz, *Mechanics*, 3rd ed., sections 21, 22, 25 and 26.

    Raises:
        ValueError: if the mass, the stiffness or the range of amplitudes is not positive, or the
            damping is negative.
    """

    domain: ClassVar[str] = "textbook mechanics"

    damping: float = 0.0
    """Coefficient c of the damper, in N s/m."""

    def __post_init__(self) -> None:
        super().__post_init__()
        check_not_negative(self, damping="N s/m")

    @property
    def spec(self) -> StateSpec:
        """One displacement q, in m, its momentum, in kg m/s, and a force, in N."""
        return StateSpec(positions=("q",), angular=(False,), inputs=("force",))

    @property
    def input_scale(self) -> tuple[float, ...]:
        """The force of the spring at the largest training amplitude, in N."""
        return (self.stiffness * self.amplitude[1],)

    def exact_flow(
        self, x0: Float[Tensor, "*batch state"], t: Float[Tensor, " time"]
    ) -> Float[Tensor, "time *batch state"] | None:
        """Return the rotation of the plane, if undamped."""
        return super().exact_flow(x0, t) if self.frictionless else None
