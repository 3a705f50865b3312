"""What every source of data supplies."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch

from ..mechanics.state import Coordinates
from ..mechanics.traits import Trait
from ..systems.base import Kinematics
from .bounds import check_count, check_number
from .splits import Splits
from .trajectories import Trajectories


@dataclass(frozen=True)
class Horizons:
    """How long, and on how many motions, models are judged. The settings ``evaluation.*``.

    Raises:
        ValueError: if a length, a factor or the number of motions is not positive.
    """

    horizon: float | None = None
    """Length of the rollouts, in s; None: ``horizon_over_training`` training horizons."""
    horizon_over_training: float = 10.0
    """Length of the rollouts, in training horizons."""
    trajectories: int = 25
    """Motions per test set."""
    longer_factor: float = 10.0
    """Length of the rollouts of ``longer_horizon``, in lengths of the others."""

    def __post_init__(self) -> None:
        if self.horizon is not None:
            check_number("evaluation.horizon", self.horizon, "s", low=0)
        check_number("evaluation.horizon_over_training", self.horizon_over_training, "", low=0)
        check_count("evaluation.trajectories", self.trajectories, 1)
        check_number("evaluation.longer_factor", self.longer_factor, "", low=0)

    def length(self, training_horizon: float) -> float:
        """Return the length of the rollouts, in s."""
        if self.horizon is not None:
            return float(self.horizon)
        return self.horizon_over_training * training_horizon


class Source(ABC):
    """Where motions come from. Subclasses are frozen dataclasses of the settings ``data.*``."""

    seed: int
    """Seed of the data: starts, noise, split. Models and training seeds share one data set."""
    batch_size: int
    """Windows per training step."""
    coordinates: Coordinates | None
    """What the model is given as its own coordinates, on purpose; None: those that it asks for."""
    symmetries: Sequence[str] = ()
    """Of the law, by name: training motions stand for their images as well."""

    def describe(self) -> Mapping[str, object]:
        """Return what the data tell of their system, by parameter of it; nothing by default."""
        return {}

    def traits(self, kinematics: Kinematics) -> frozenset[Trait]:
        """Return what the motions have beside what their system gives them.

        Raises:
            ValueError: if the system cannot be driven as the settings say.
        """
        return frozenset()

    @abstractmethod
    def load(self, kinematics: Kinematics, cache: Path) -> Splits:
        """Return the motions to train on, to validate on and to test on.

        In the reference coordinates of ``kinematics``, float64, the same for each call. ``cache``
        is the folder under which ``data/`` may keep what was costly to make.

        Raises:
            ValueError: if the settings do not fit each other, the kinematics or the files.
        """

    @abstractmethod
    def load_test_sets(
        self, kinematics: Kinematics, settings: Horizons, cache: Path
    ) -> dict[str, Trajectories]:
        """Return the motions to judge rollouts against, by name of the test set.

        Raises:
            ValueError: if the settings do not fit each other, the kinematics or the files.
        """

    @abstractmethod
    def training_horizon(self, kinematics: Kinematics) -> float:
        """Return the length of a training motion, in s: the unit of evaluation horizons."""

    @abstractmethod
    def noise_level(self, kinematics: Kinematics) -> float | None:
        """Return the noise, as a fraction of each coordinate's scale; None if nobody knows."""

    def summary(self, kinematics: Kinematics, splits: Splits) -> dict[str, float | int | None]:
        """Return the part ``data`` of a run's record; ``step`` is the median spacing, in s."""
        parts = (splits.train, splits.validation, splits.test)
        spacings = torch.cat(
            [torch.diff(part.t, dim=1)[part.mask[:, 1:]].flatten() for part in parts]
        )
        return {
            "seed": self.seed,
            "trajectories": sum(len(part) for part in parts),
            "samples": sum(part.samples for part in parts),
            "step": float(spacings.median()),
            "horizon": self.training_horizon(kinematics),
            "noise": self.noise_level(kinematics),
        }
