"""All runs below some folders as a page shows them, read again only where something changed."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..comparison import Settings, compare
from ..drift import Energies, relative_energies
from ..group import Comparison, Group
from ..palette import colors_of
from ..record import FILE_NAME, Record, search_records
from ..rollouts import read_main_set
from .group_data import group_energy, group_training, reference
from .run_data import (
    energy_curves,
    failures,
    figures,
    training_curves,
    training_series,
    view_data,
)

FILES = (FILE_NAME, "rollouts.npz", "views.npz", "metrics.csv", "config.yaml")
"""What is read of a run's folder."""
Stamp = tuple[tuple[int, int] | None, ...]


class Configs(ABC):
    """What the configurations of runs say beyond their records."""

    @abstractmethod
    def settings(self, folders: Sequence[Path]) -> Settings:
        """Return by folder what may differ within a system and model, by dotted key."""

    @abstractmethod
    def choices(self, folder: Path) -> Mapping[str, str]:
        """Return what was chosen for a run, such as its model; nothing where that is not known."""


@dataclass(frozen=True)
class Unfinished:
    """A run without a whole record: still running, stopped, or half-written."""

    name: str
    choices: Mapping[str, str]
    training: Mapping[str, Any]


@dataclass(frozen=True)
class Collected:
    """What there is to show."""

    comparison: Comparison | None
    """None where no run is finished yet."""
    runs: Mapping[str, dict[str, Any]]
    """By the name of the run: its folder, from the folder on that all have in common."""
    groups: Sequence[dict[str, Any]]
    truths: Mapping[str, Any]
    systems: Sequence[dict[str, Any]]
    unfinished: Sequence[Unfinished]
    unreadable: Sequence[str]
    settings: Settings


class Collector:
    """Reads the runs below some folders, again and again if need be.

    Only what lies below the folders is read: links out of them are not followed.
    """

    def __init__(self, folders: Sequence[Path], configs: Configs) -> None:
        self.folders = [folder.resolve() for folder in folders]
        self.configs = configs
        self._views: dict[Path, tuple[Stamp, dict[str, Any], dict[str, Any]]] = {}
        self._groups: dict[tuple[tuple[Path, Stamp], ...], tuple[dict[str, Any], ...]] = {}

    def collect(self) -> Collected:
        """Return what there is just now; a run that vanishes meanwhile is left out.

        Raises:
            ValueError: if a record was written by a later version.
        """
        found = search_records(self.folders)
        records = [record for record in found.records if self._is_ours(record.folder)]
        folders = [record.folder for record in records]
        settings = self.configs.settings(folders)
        comparison = compare(records, settings) if records else None
        groups = [] if comparison is None else comparison.groups
        read = {self._key(group): self._group(group) for group in groups}
        self._groups = read
        kept = set(folders)
        self._views = {k: v for k, v in self._views.items() if k in kept}
        tones = colors_of(dict.fromkeys(group.model for group in groups))
        runs: dict[str, dict[str, Any]] = {}
        truths: dict[str, Any] = {}
        shown = []
        for group, (data, *_) in zip(groups, read.values(), strict=True):
            names = [self.name(record.folder) for record in group.records]
            for name, record in zip(names, group.records, strict=True):
                _, run, truth = self._views[record.folder]
                runs[name] = run | {"group": _id(group)}
                truths |= truth
            about = {"id": _id(group), "system": group.system, "model": group.model}
            about |= {"label": group.label, "color": tones[group.model], "runs": names}
            shown.append(about | {"typical": self.name(group.typical.folder), **data})
        unfinished = list(self._unfinished(kept))
        broken = [self.name(file.parent) for file in found.unreadable]
        systems = _systems(groups, [entry for _, entry in read.values()])
        return Collected(comparison, runs, shown, truths, systems, unfinished, broken, settings)

    def name(self, folder: Path) -> str:
        """Return what a run is called: its folder below the first of ours that holds it."""
        for root in self.folders:
            if folder == root:
                return root.name
            if folder.is_relative_to(root):
                inner = folder.relative_to(root).as_posix()
                return f"{root.name}/{inner}" if len(self.folders) > 1 else inner
        return folder.name

    def _is_ours(self, folder: Path) -> bool:
        """Tell whether a run and all its files lie below our folders, wherever links point."""
        places = [folder, *(folder / name for name in FILES)]
        return all(
            any(place.resolve().is_relative_to(root) for root in self.folders) for place in places
        )

    def _key(self, group: Group) -> tuple[tuple[Path, Stamp], ...]:
        return tuple((record.folder, _stamp(record.folder)) for record in group.records)

    def _group(self, group: Group) -> tuple[dict[str, Any], ...]:
        """Return the data of a group and of the truth beside it, and keep those of its runs."""
        key = self._key(group)
        if key in self._groups and all(folder in self._views for folder, _ in key):
            return self._groups[key]
        parts: list[Energies] = []
        training = []
        for (folder, stamp), record in zip(key, group.records, strict=True):
            energies = _energies(record)
            parts += [] if energies is None else [energies]
            training.append(training_series(record))
            own, truth = view_data(record)
            data = {
                "system": group.system,
                "seed": record.text("run.seed"),
                "values": figures(record),
                "failures": failures(record),
                **energy_curves(energies),
                **training_curves(record),
                **own,
            }
            self._views[folder] = (stamp, data, truth)
        return {**group_energy(parts), **group_training(training)}, reference(parts)

    def _unfinished(self, finished: set[Path]) -> Iterator[Unfinished]:
        files = {file for root in self.folders for file in root.rglob("metrics.csv")}
        files |= {file for root in self.folders for file in root.rglob("config.yaml")}
        for folder in sorted({file.parent for file in files} - finished):
            choices = self.configs.choices(folder) if self._is_ours(folder) else {}
            if choices.get("model"):  # others have files of these names, too
                curves = training_curves(Record(folder, {}))["training"]
                yield Unfinished(self.name(folder), choices, curves)


def _id(group: Group) -> str:
    return f"{group.system}: {group.label}"


def _energies(record: Record) -> Energies | None:
    try:
        return relative_energies(record, read_main_set(record.folder))
    except ValueError:
        return None


def _stamp(folder: Path) -> Stamp:
    """Return what changes whenever a file of the run does."""

    def of(file: Path) -> tuple[int, int] | None:
        try:
            found = file.stat()
        except OSError:
            return None
        return found.st_mtime_ns, found.st_size

    return tuple(of(folder / name) for name in FILES)


def _systems(groups: Sequence[Group], references: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    for group, truth in zip(groups, references, strict=True):
        horizons = {record.value("data.horizon") for record in group.records}
        entry = found.setdefault(
            group.system, {"unit": group.records[0].time_unit, "horizons": set(), "energy": None}
        )
        entry["horizons"] |= horizons
        entry["energy"] = entry["energy"] or truth.get("energy")
    return [
        {
            "name": name,
            "unit": entry["unit"],
            "horizon": entry["horizons"].pop() if len(entry["horizons"]) == 1 else None,
            "energy": entry["energy"],
        }
        for name, entry in found.items()
    ]
