"""What watches a training."""

from __future__ import annotations

import math
from typing import Any

import pytorch_lightning as pl

from ..data.source import Horizons
from ..data.trajectories import Trajectories
from ..evaluation.drift import energy_drift_of
from .datamodule import TrajectoryData
from .modules import DynamicsModule


class EnergyDriftDuringTraining(pl.Callback):
    """Rolls the model out now and then, and logs the energy drift of the median rollout.

    Args:
        every: validations between two looks.
        trajectories: rollouts.
        horizon_over_training: their length in units of the training horizon.
    """

    def __init__(
        self, every: int = 5, trajectories: int = 8, horizon_over_training: float = 2.0
    ) -> None:
        if every < 1 or trajectories < 1 or not horizon_over_training > 0:
            raise ValueError(
                f"callbacks.energy_drift needs every >= 1, trajectories >= 1 and "
                f"horizon_over_training > 0; got {every}, {trajectories}, {horizon_over_training}."
            )
        self.every = every
        # One set of motions is looked at: the longer ones must not cost what nobody sees.
        self.horizons = Horizons(
            horizon_over_training=horizon_over_training, trajectories=trajectories, longer_factor=1
        )
        self.validations = 0
        self._truth: Trajectories | None = None

    def on_validation_epoch_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        """Look, every so many validations."""
        assert isinstance(pl_module, DynamicsModule)
        self.validations += 1
        if self.validations % self.every:
            return
        drift = energy_drift_of(
            pl_module.model,
            self._data(trainer).kinematics,
            pl_module.integrator,
            self._starts(trainer),
        )
        if drift is not None:
            pl_module.log("validation/energy_drift", drift)

    def _data(self, trainer: pl.Trainer) -> TrajectoryData:
        data = trainer.datamodule  # pyright: ignore[reportAttributeAccessIssue]
        assert isinstance(data, TrajectoryData)
        return data

    def _starts(self, trainer: pl.Trainer) -> Trajectories:
        if self._truth is None:
            data = self._data(trainer)
            sets = data.source.load_test_sets(data.kinematics, self.horizons, data.cache)
            self._truth = next(iter(sets.values()))
        return self._truth

    def state_dict(self) -> dict[str, Any]:
        """Keep the rhythm over a resume."""
        return {"validations": self.validations}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Take the rhythm up again."""
        self.validations = state_dict["validations"]


class FiniteGradients(pl.Callback):
    """Skips and counts steps whose gradient is not finite; stops when they persist.

    Args:
        patience: such steps in a row before training stops.
    """

    def __init__(self, patience: int = 50) -> None:
        if patience < 1:
            raise ValueError(f"callbacks.finite_gradients.patience must be >= 1; got {patience}.")
        self.patience = patience
        self.skipped = 0
        self.in_a_row = 0

    def accepts(self, norm: float, step: int) -> bool:
        """Return whether a gradient of this norm may be stepped with, and keep count.

        Raises:
            ValueError: if too many in a row may not.
        """
        if math.isfinite(norm):
            self.in_a_row = 0
            return True
        self.skipped += 1
        self.in_a_row += 1
        if self.in_a_row >= self.patience:
            raise ValueError(
                f"training needs finite gradients; got none in {self.in_a_row} steps in a row "
                f"(step {step}, {self.skipped} skipped in all). Lower optimizer.lr, "
                f"set trainer.gradient_clip_val=1, or train with trainer.precision=64-true."
            )
        return False

    def state_dict(self) -> dict[str, Any]:
        """Keep the counts over a resume."""
        return {"skipped": self.skipped, "in_a_row": self.in_a_row}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Take the counts up again."""
        self.skipped, self.in_a_row = state_dict["skipped"], state_dict["in_a_row"]
