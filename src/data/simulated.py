"""Data made by a system whose energy is known."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

import torch
from torch import Tensor

from ..mechanics.state import Coordinates
from ..mechanics.traits import Trait
from ..signals.base import Signal, with_inputs
from ..signals.open_loop import Zero
from ..systems.base import Kinematics, System
from .bounds import check_choice, check_count, check_number
from .coordinates import express
from .derivatives import METHODS
from .estimator import Estimator, check_states, refined
from .noise import add_noise, generator
from .recipe import Draw, Recipe
from .simulation import Solver
from .source import Horizons, Source
from .splits import Parts, Splits, by_trajectory
from .starts import Starts
from .symmetries import check_symmetries
from .trajectories import Trajectories

MOST_MOTIONS = 900
TEST_SETS = ("in_distribution", "higher_energy", "longer_horizon")


@dataclass(frozen=True)
class SimulatedData(Source):
    """Motions of a known system, with measurement noise on the states.

    Raises:
        ValueError: naming the setting that is out of range, and what was got.
    """

    seed: int = 0
    trajectories: int | None = None
    """Motions in all: training, validation and test; None: ``system.training_motions``, and not
    more than 900, so that a training on a system of any size is one of minutes."""
    step: float | None = None
    """Time between samples, in s; None: a thirtieth of the system's time scale."""
    horizon: float | None = None
    """Length of a motion, in s; None: the system's own training horizon. 0: single states and their
    rates, as losses without a time step need no more; models are judged as with None."""
    noise: float | None = None
    """Standard deviation of the measurement noise, as a fraction of each coordinate's own standard
    deviation over the noise-free training motions; None: ``system.training_noise``, mostly 0.05."""
    error: float | None = None
    """Standard deviation of the measurement noise in the unit of each coordinate, instead."""
    starts: Starts | None = None
    """Where motions start, those of ``higher_energy`` apart; None: where the system says."""
    derivatives: str = "analytic"
    """Derivative targets: analytic (of the noise-free motion) or a method of estimation."""
    derivative_window: int = 13
    """Samples per fit, for savitzky_golay."""
    derivative_degree: int = 4
    """Degree of the fits, for savitzky_golay."""
    estimated_in: Coordinates | None = None
    """Pairs whose rates are estimated: velocity, where (q, v) are measured, so that no mass enters
    the estimate; None: those of the system."""
    states: str = "observed"
    """States to train on: observed, or smoothed by the fits that estimate the rates, so that both
    belong to one smooth motion; beside exact rates smoothed by splines, or integrated from these.
    Test motions stay as observed."""
    integrator: Solver = "reference"
    """What makes the motions."""
    signal: Signal = field(default_factory=Zero)
    """What drives the system, where it has inputs."""
    batch_size: int = 256
    coordinates: Coordinates | None = None
    """Pairs that every model is given as if they were its own: ``velocity`` feeds (q, v) to a model
    of H(q, p), on purpose. None: what each model asks for."""
    validation: float = 0.15
    """Fraction of the motions that validate."""
    test: float = 0.15
    """Fraction of the motions that test."""
    test_sets: Sequence[str] = TEST_SETS
    """Which test sets rollouts are judged on."""
    symmetries: Sequence[str] = ()
    """Of the law: training motions stand for their images as well; see :mod:`.symmetries`."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "symmetries", check_symmetries(self.symmetries))
        if isinstance(self.test_sets, str):
            raise ValueError(f"data.test_sets must be a list of names; got {self.test_sets!r}.")
        object.__setattr__(self, "test_sets", tuple(self.test_sets))
        check_count("data.seed", self.seed, 0)
        if self.trajectories is not None:
            check_count("data.trajectories", self.trajectories, 3)
        check_count("data.batch_size", self.batch_size, 1)
        for key in ("coordinates", "estimated_in"):
            if getattr(self, key) is not None:
                check_choice(f"data.{key}", getattr(self, key), ("canonical", "velocity"))
        if self.step is not None:
            check_number("data.step", self.step, "s", low=0)
        if self.horizon is not None:
            check_number("data.horizon", self.horizon, "s", low=0, open_low=False)
        if self.noise is not None:
            unit = "(a fraction of each scale)"
            check_number("data.noise", self.noise, unit, low=0, open_low=False)
        if self.error is not None:
            unit = "(in the unit of each coordinate)"
            check_number("data.error", self.error, unit, low=0, open_low=False)
            if self.noise is not None:
                raise ValueError(
                    f"noise is given relative to the motions by data.noise, or in units by "
                    f"data.error, and not by both; got {self.noise:g} and {self.error:g}."
                )
        check_number("data.validation", self.validation, "", low=0, high=1)
        check_number("data.test", self.test, "", low=0, high=1)
        check_choice("data.derivatives", self.derivatives, ("analytic", *METHODS))
        check_states(self.states, self.derivatives)
        if isinstance(self.integrator, str):
            check_choice("data.integrator", self.integrator, ("reference",))
        for name in self.test_sets:
            check_choice("data.test_sets", name, TEST_SETS)
        Estimator(METHODS[0], self.derivative_window, self.derivative_degree)
        self._split(self.trajectories or 100)

    def traits(self, kinematics: Kinematics) -> frozenset[Trait]:
        """Return whether the motions are driven."""
        if not self.signal.driven:
            return frozenset()
        with_inputs(_known(kinematics))
        return frozenset({"inputs"})

    def load(self, kinematics: Kinematics, cache: Path) -> Splits:
        """Return noisy motions with derivative targets, split by motion; see :class:`Source`."""
        system = _known(kinematics)
        count = self.trajectories or min(system.training_motions, MOST_MOTIONS)
        recipe = self._recipe(system, "train", self._draw(system), count, self._horizon(system))
        truth = recipe.made(cache)
        parts = self._split(count)
        noisy = add_noise(
            truth.x, *self._noise(system, truth.select(parts.train)), generator(self.seed, "noise")
        )
        observed = replace(truth, x=noisy)
        if self.derivatives == "analytic":
            train, validation, test = (observed.select(part) for part in parts)
            return Splits(refined(train, self.states), refined(validation, self.states), test)
        estimator = Estimator(self.derivatives, self.derivative_window, self.derivative_degree)
        own = system.spec.coordinates
        seen = express(observed, system, self.estimated_in or own)
        train, validation, test = (seen.select(part) for part in parts)
        smooth = self.states == "smoothed"
        fitted = (
            estimator.applied(train, smooth),
            estimator.applied(validation, smooth),
            estimator.applied(test),
        )
        return Splits(*(express(part, system, own) for part in fitted))

    def load_test_sets(
        self, kinematics: Kinematics, settings: Horizons, cache: Path
    ) -> dict[str, Trajectories]:
        """Return noise-free motions at the training step, from starts of their own.

        ``in_distribution`` starts where training motions start, ``higher_energy`` above them, and
        ``longer_horizon`` follows starts of the first kind ``longer_factor`` times as long.
        """
        system = _known(kinematics)
        horizon = settings.length(self.training_horizon(system))
        sets: dict[str, tuple[Draw, float]] = {
            "in_distribution": (self._draw(system), horizon),
            "higher_energy": (system.sample_higher_energy, horizon),
            "longer_horizon": (self._draw(system), settings.longer_factor * horizon),
        }
        made = {}
        for name in self.test_sets:
            draw, length = sets[name]
            recipe = self._recipe(system, name, draw, settings.trajectories, length)
            made[name] = recipe.made(cache)
        return made

    def training_horizon(self, kinematics: Kinematics) -> float:
        """Return the length of a motion, in s; of single states, that of the system's own."""
        system = _known(kinematics)
        return self._horizon(system) or system.training_horizon

    def noise_level(self, kinematics: Kinematics) -> float | None:
        """Return ``noise``, or that of the system; None where ``error`` gives it in units."""
        if self.error is not None:
            return None
        return _known(kinematics).training_noise if self.noise is None else self.noise

    def _noise(self, system: System, training: Trajectories) -> tuple[float, Tensor]:
        """Return a level, and what it is relative to for each coordinate."""
        level = self.noise_level(system)
        if level is None:
            assert self.error is not None
            return self.error, torch.ones_like(training.scale)
        return level, training.scale

    def _split(self, count: int) -> Parts:
        together = 1 if self.starts is None else self.starts.shared
        return by_trajectory(
            count, self.validation, self.test, generator(self.seed, "split"), together
        )

    def _draw(self, system: System) -> Draw:
        return system.sample_initial if self.starts is None else partial(self.starts.draw, system)

    def _step(self, system: System) -> float:
        return system.time_scale / 30 if self.step is None else float(self.step)

    def _horizon(self, system: System) -> float:
        horizon = system.training_horizon if self.horizon is None else float(self.horizon)
        if 0 < horizon < self._step(system):
            raise ValueError(
                f"data.horizon must be at least one data.step = {self._step(system):g} s; "
                f"got {horizon:g} s."
            )
        return horizon

    def _recipe(
        self, system: System, purpose: str, draw: Draw, count: int, horizon: float
    ) -> Recipe:
        # A horizon of 30 steps ends on the 30th step, whatever the rounding of the quotient.
        steps = int(horizon / self._step(system) * (1 + 1e-9))
        return Recipe(
            system=system,
            solver=self.integrator,
            signal=self.signal,
            starts=self.starts,
            draw=draw,
            seed=self.seed,
            purpose=purpose,
            count=count,
            step=self._step(system),
            steps=steps,
        )


def _known(kinematics: Kinematics) -> System:
    if isinstance(kinematics, System):
        return kinematics
    raise ValueError(
        f"data=simulated needs a system whose energy is known; got {type(kinematics).__name__}. "
        f"Name one with system=, or read recordings with data=files data.path=<file>."
    )
