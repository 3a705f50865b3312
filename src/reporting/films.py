"""Runs in motion: truth and models side by side, from what runs keep in ``views.npz``."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from rich.console import Console

from .comparison import Settings, compare
from .group import Group
from .palette import colors_of, name_of
from .places import name_files
from .plots.animation import FORMATS, Parts, Scene, default_format, save_animation
from .record import find_records
from .views import read_views

MOST = 8
"""Models in a film."""


def publish_films(
    runs: Sequence[Path],
    folder: Path,
    configured: Callable[[Sequence[Path]], Settings],
    form: str | None = None,
) -> None:
    """Write a film for each system of all runs found below some folders.

    Of runs that differ in their seed alone, the one with the median drift is shown.

    Args:
        runs: the folders.
        folder: gets ``<system>.mp4``, or ``.gif``.
        configured: tells what the configurations of run folders say beyond their records.
        form: ``mp4`` or ``gif``; None for MP4 where there is ffmpeg.

    Raises:
        ValueError: if there is nothing to show, or no ffmpeg for an MP4.
    """
    suffix = default_format() if form is None else f".{form}"
    if suffix not in FORMATS:
        raise ValueError(f"format must be mp4 or gif; got {form}.")
    if suffix != default_format() == ".gif":
        raise ValueError("format=mp4 needs ffmpeg, which is not installed; format=gif does not.")
    found = find_records(runs)
    records = found.records
    groups = compare(records, configured([record.folder for record in records])).groups
    files, said = [], [*found.warnings]
    for system in dict.fromkeys(group.system for group in groups):
        alike = [group for group in groups if group.system == system]
        shown, left_out = _scenes(alike)
        said += left_out
        if shown is not None:
            files.append(save_animation(folder / f"{system}{suffix}", *shown))
    if not files:
        raise ValueError("no run has motions to show. " + " ".join(said))
    for line in said:
        Console().print(line, highlight=False, soft_wrap=True)
    name_files(folder, files)


Shown = tuple[NDArray, list[Scene], Parts, str]


def _scenes(groups: Sequence[Group]) -> tuple[Shown | None, list[str]]:
    """Return what a film shows of runs of one system, and words about what it does not."""
    views, said = [], []
    for group in groups[:MOST]:
        record = group.typical
        try:
            views.append((group, read_views(record.folder)["motion"], record.time_unit))
        except (ValueError, KeyError) as error:
            why = (
                error if isinstance(error, ValueError) else "nobody knows what recordings look like"
            )
            said.append(f"left out {group.system}, {group.label}: {why}")
    if groups[MOST:]:
        said.append(f"shown are the first {MOST} of {len(groups)} models of {groups[0].system}")
    if not views:
        return None, said
    tones = colors_of(group.model for group, *_ in views)
    # The longest that all of them have: runs may have been judged over different horizons.
    t = min((view["t"] for _, view, _ in views), key=lambda times: times[-1])
    first, unit = views[0][1], views[0][2]
    scenes = [Scene(f"{groups[0].system}, truth", _at(t, first, "truth"))]
    scenes += [
        Scene(
            ", ".join([name_of(group.model), *group.label.split(", ")[1:]]),
            _at(t, view, "model"),
            tones[group.model],
            _at(t, view, "truth"),
        )
        for group, view, _ in views
    ]
    parts = Parts(
        [(int(a), int(b)) for a, b in first["links"]],
        first["fixed"].tolist(),
        (str(first["axes"][0]), str(first["axes"][1])),
        bool(first["trails"]),
    )
    return (t, scenes, parts, unit), said


def _at(t: NDArray, view: dict[str, NDArray], whose: str) -> NDArray:
    """Return the points of a motion at the samples next to some times."""
    at = np.abs(view["t"][:, None] - t).argmin(axis=0)
    return view[whose][at].astype(float)
