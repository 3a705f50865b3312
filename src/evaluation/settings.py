"""How models are judged."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from ..data.source import Horizons


@dataclass(frozen=True)
class EvaluationSettings(Horizons):
    """Lengths and numbers of the rollouts, which the data supply, and of the looks at the flow.

    Raises:
        ValueError: if a length or a factor is not positive, or a count is below one.
    """

    geometry_starts: int = 8
    """States at which flows are differentiated and reversed; fewer of large states."""

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.geometry_starts < 1:
            raise ValueError(
                f"evaluation.geometry_starts must be 1 at least; got {self.geometry_starts}."
            )


@dataclass(frozen=True)
class BoundaryValue:
    """No rollouts: only the field, and the curves that follow from the energy."""

    reason: ClassVar[str] = (
        "no rollouts: motions of this system part like exp(t), and what is asked of its energy are "
        "two-point problems (evaluation=default makes rollouts all the same)"
    )
