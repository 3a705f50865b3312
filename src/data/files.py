"""Data recorded by somebody: CSV, NPZ and whitespace tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import torch

from ..mechanics.state import Coordinates
from ..mechanics.traits import Trait
from ..systems.base import Kinematics
from .bounds import check_choice, check_count, check_number, nearest
from .columns import Columns, named_columns
from .derivatives import METHODS
from .description import Description, check_fit, check_trial
from .estimator import Estimator, check_states
from .noise import generator
from .recordings import Recording, find_files, read_columns, read_recordings
from .source import Horizons, Source
from .splits import SHORTEST, Parts, Splits, by_time, by_trajectory
from .states import joined, motions
from .symmetries import check_symmetries
from .trajectories import Motion, Trajectories, stack


@dataclass(frozen=True)
class FileData(Source):
    """Recordings of a motion, read from files.

    Three trials or more are split by trial; fewer are each cut into contiguous blocks of time. Each
    part is then cut at its gaps, and rates are estimated within the uninterrupted stretches only,
    so that no sample enters two parts and no estimate reaches across a gap. Stretches of fewer
    samples than an estimate needs, three (five for smoothing_spline), are left out.

    Raises:
        ValueError: naming the setting that is out of range, and what was got.
    """

    path: str | Sequence[str]
    """A file, a pattern such as ``runs/*.csv``, or a list of them; ``.npz`` or text."""
    columns: Columns | Mapping[str, object] | None = None
    """Names (or numbers, from 1) of columns under trial, time, q, v, p, a, u; what is left out is
    found by the conventions of :class:`~src.data.columns.Columns`."""
    angles: Sequence[str] = ()
    """Positions that are angles, in rad; jumps by full turns are undone on reading."""
    mass: Sequence[float] | float | None = None
    """Inertia of each position, in kg (kg m^2 for angles): makes momenta of velocities."""
    derivatives: str = "savitzky_golay"
    """Derivative targets: a method of estimation, or ``recorded`` (columns v and a)."""
    derivative_window: int = 13
    """Samples per fit, for savitzky_golay."""
    derivative_degree: int = 4
    """Degree of the fits, for savitzky_golay."""
    states: str = "observed"
    """States to train on: observed, or smoothed by the fits that estimate the rates, so that both
    belong to one smooth motion. Test motions stay as observed."""
    gap: float = 2.5
    """Longest spacing within an uninterrupted stretch, in median spacings of the recording."""
    judged_on: str | Sequence[str] | None = None
    """Files that rollouts are compared with, in place of the held-out part: the same system, seen
    better or for longer. They may hold columns that ``path`` lacks. None: the held-out part."""
    horizon: float | None = None
    """Length of the pieces of held-out motion that rollouts follow, in s; None: all in one."""
    train: float = 0.8
    """Fraction of the samples (of the trials, if there are three or more) before the test."""
    validation: float = 0.15
    """Fraction of that which validates: its last part."""
    seed: int = 0
    """Deals out the trials, if there are three or more."""
    batch_size: int = 256
    coordinates: Coordinates | None = None
    """Pairs that every model is given as if they were its own: ``velocity`` feeds (q, v) to a model
    of H(q, p), on purpose. None: what each model asks for."""
    symmetries: Sequence[str] = ()
    """Of the law: training motions stand for their images as well; see :mod:`.symmetries`."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "symmetries", check_symmetries(self.symmetries))
        for key in ("path", "judged_on"):
            files = getattr(self, key)
            if files is not None and not isinstance(files, str):
                object.__setattr__(self, key, tuple(files))
        angles = (self.angles,) if isinstance(self.angles, str) else tuple(self.angles)
        object.__setattr__(self, "angles", tuple(str(name) for name in angles))
        if not isinstance(self.columns, Columns):
            object.__setattr__(self, "columns", named_columns(self.columns))
        if self.mass is not None:
            mass = tuple(self.mass) if isinstance(self.mass, Sequence) else (self.mass,)
            object.__setattr__(self, "mass", mass)
            for value in mass:
                check_number("data.mass", value, "kg (kg m^2 for angles)", low=0)
        if not self.path:
            raise ValueError("data=files needs a file: data.path=<file.csv>; got none.")
        check_choice("data.derivatives", self.derivatives, (*METHODS, "recorded"))
        check_states(self.states, self.derivatives)
        check_number("data.gap", self.gap, "(in median spacings)", low=1)
        if self.horizon is not None:
            check_number("data.horizon", self.horizon, "s", low=0)
        check_number("data.train", self.train, "", low=0, high=1)
        check_number("data.validation", self.validation, "", low=0, high=1)
        check_count("data.seed", self.seed, 0)
        check_count("data.batch_size", self.batch_size, 1)
        if self.coordinates is not None:
            check_choice("data.coordinates", self.coordinates, ("canonical", "velocity"))
        Estimator(METHODS[0], self.derivative_window, self.derivative_degree)

    def describe(self) -> Description:
        """Return names, angles and masses of the state, as the first file and the settings tell.

        Raises:
            ValueError: if the file cannot be read, or the settings do not fit its columns.
        """
        file = find_files(self.path)[0]
        _, roles = read_columns(file, self._columns)
        for name in self.angles:
            if name not in roles.q:
                raise ValueError(
                    f"data.angles must name positions of {file}; got {name!r}"
                    f"{nearest(name, roles.q)}. Positions: {', '.join(roles.q)}."
                )
        masses = None if self.mass is None else cast(tuple[float, ...], self.mass)
        if masses is not None and len(masses) != len(roles.q):
            raise ValueError(
                f"data.mass must hold one mass for each of the {len(roles.q)} positions "
                f"{', '.join(roles.q)}; got {list(masses)}."
            )
        return Description(
            # A number makes no name for a component.
            positions=tuple(f"q{name}" if name.isdigit() else name for name in roles.q),
            angular=tuple(name in self.angles for name in roles.q),
            masses=masses,
            inputs=roles.u,
        )

    def traits(self, kinematics: Kinematics) -> frozenset[Trait]:
        """Return whether inputs were recorded."""
        return frozenset({"inputs"}) if self.describe()["inputs"] else frozenset()

    def load(self, kinematics: Kinematics, cache: Path) -> Splits:
        """Return the stretches of each part; see :class:`Source`. Nothing is kept in ``cache``."""
        parts = self._parts(kinematics)
        train, validation, test = (
            self._stack(part, kinematics, name)
            for name, part in zip(("training", "validation", "test"), parts, strict=True)
        )
        if self.states == "smoothed":
            assert self._rates is not None
            train, validation = (self._rates.applied(part, True) for part in (train, validation))
        return Splits(train, validation, test)

    def load_test_sets(
        self, kinematics: Kinematics, settings: Horizons, cache: Path
    ) -> dict[str, Trajectories]:
        """Return ``held_out``: the part that tests, or ``judged_on``, as observed, gaps and all.

        Each held-out trial is one motion, or several of ``horizon`` s. What rollouts are compared
        with is then the recording itself, with its noise and its friction: nobody knows the
        noise-free motion, and the settings ``evaluation.*`` cannot make it longer.
        """
        held_out = []
        for recording in self._judging(kinematics):
            pieces = [recording] if self.horizon is None else recording.pieces(self.horizon)
            for piece in pieces:
                parts = motions(piece, kinematics, self._rates, self._gap(recording))
                held_out += [joined(parts)] if parts else []
        self._check_found(held_out, "test")
        return {"held_out": stack(kinematics.spec, held_out, "observed")}

    def training_horizon(self, kinematics: Kinematics) -> float:
        """Return the length of the longest trial in the training part, in s, gaps included."""
        return max(recording.duration for recording in self._parts(kinematics)[0])

    def noise_level(self, kinematics: Kinematics) -> None:
        """Return None: nobody knows the noise of a recording."""

    @property
    def _columns(self) -> Columns:
        return cast(Columns, self.columns)

    @property
    def _rates(self) -> Estimator | None:
        if self.derivatives == "recorded":
            return None
        return Estimator(self.derivatives, self.derivative_window, self.derivative_degree)

    def _gap(self, recording: Recording) -> float:
        """Return the longest spacing within a stretch, in s."""
        return self.gap * float(torch.diff(recording.t).median())

    def _judging(self, kinematics: Kinematics) -> list[Recording]:
        if self.judged_on is None:
            return self._parts(kinematics)[2]
        return self._trials(self.judged_on, kinematics)

    def _trials(self, path: str | Sequence[str], kinematics: Kinematics) -> list[Recording]:
        trials = [
            trial.unwrapped(kinematics.spec.angular)
            for file in find_files(path)
            for trial in read_recordings(file, self._columns)
        ]
        for trial in trials:
            check_trial(trial, kinematics)
        return trials

    def _parts(self, kinematics: Kinematics) -> tuple[list[Recording], ...]:
        """Return the recordings, or blocks of recordings, of the three parts."""
        check_fit(self.describe(), kinematics)
        trials = self._trials(self.path, kinematics)
        if len(trials) >= 3:
            dealt = by_trajectory(
                len(trials),
                self.validation * self.train,
                1 - self.train,
                generator(self.seed, "split"),
            )
            return tuple([trials[i] for i in part.tolist()] for part in dealt)
        blocks = [(trial, self._blocks(trial)) for trial in trials]
        return tuple([trial.select(part[i]) for trial, part in blocks] for i in range(3))

    def _blocks(self, trial: Recording) -> Parts:
        try:
            return by_time(len(trial), self.train, self.validation)
        except ValueError as error:
            raise ValueError(f"{trial.name}: {error}") from error

    def _stack(self, part: list[Recording], kinematics: Kinematics, name: str) -> Trajectories:
        found = [
            one
            for trial in part
            for one in motions(trial, kinematics, self._rates, self._gap(trial))
        ]
        self._check_found(found, name)
        return stack(kinematics.spec, found, "observed")

    def _check_found(self, found: list[Motion], name: str) -> None:
        if not found:
            shortest = SHORTEST if self._rates is None else self._rates.shortest
            raise ValueError(
                f"the {name} part of {self.path} must hold {shortest} samples in a row without a "
                f"gap; got none. Allow longer gaps: data.gap is {self.gap:g} median spacings."
            )
