"""What the figures of a run are about."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..evaluation.evaluation import Evaluation
from ..integrators.base import Integrator
from ..models.base import Dynamics
from ..systems.base import Kinematics
from .rollouts import on_common_times


@dataclass(frozen=True)
class Subject:
    """A trained model, what it was judged on, and what came out."""

    system: str
    kind: str
    """The model's kind, which decides its colour."""
    model: Dynamics
    kinematics: Kinematics
    integrator: Integrator
    training_horizon: float
    """In the unit of time of the system."""
    evaluation: Evaluation

    @property
    def rolled_out(self) -> bool:
        """Whether rollouts were made, which most figures are of."""
        return bool(self.evaluation.rollouts)

    @property
    def arrays(self) -> dict[str, NDArray[np.float64]]:
        """The rollouts of the main test set, on one time grid."""
        return on_common_times(next(iter(self.evaluation.rollouts.values())))
