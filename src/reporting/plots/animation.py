"""Systems in motion, side by side."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import matplotlib as mpl
import numpy as np
from matplotlib.animation import AbstractMovieWriter, FFMpegWriter, FuncAnimation, PillowWriter
from matplotlib.artist import Artist
from matplotlib.axes import Axes

from ..atomic import replacing_path
from .style import COLORS, STYLE, TRUTH, Array, new_figure

_SHADES = (*COLORS.values(), "#CC79A7", "#E69F00")
_TRAIL = 45
"""Samples that a trail reaches back."""
_FRAMES = 90
"""Most pictures in a film."""
_PER_SECOND = 15
_ROW = 3
"""Most scenes beside each other."""
FORMATS = (".mp4", ".gif")


@dataclass(frozen=True)
class Parts:
    """How points belong together, see ``systems.sketch``."""

    links: Sequence[tuple[int, int]] = ()
    """Which points are joined by lines."""
    fixed: Sequence[int] = ()
    """Points that never move."""
    axes: tuple[str, str] = ("x (m)", "y (m)")
    """What the two directions are."""
    trails: bool = True
    """Whether the other points leave trails."""


@dataclass(frozen=True)
class Scene:
    """One motion among those that are shown together."""

    title: str
    points: Array
    """Positions ``[time, points, 2]`` of the parts; NaN where it broke off."""
    color: str = TRUTH
    """Of the title."""
    behind: Array | None = None
    """Another motion of the same parts, seen faintly behind this one."""


def default_format() -> str:
    """Return how films are written where nobody says: MP4 needs ffmpeg, GIF does not."""
    return FORMATS[0] if FFMpegWriter.isAvailable() else FORMATS[1]


def save_animation(
    file: Path, t: Array, scenes: Sequence[Scene], parts: Parts, time_unit: str = "s"
) -> Path:
    """Write a film of some motions at the same times, whole or not at all, and return its path.

    All scenes show the same part of the plane: that in which the first one stays.

    Args:
        file: where to; its name ends in ``.gif``, or in ``.mp4`` where there is ffmpeg.
        t: times ``[time]``.
        scenes: the motions, row by row.
        parts: what they have in common.
        time_unit: the unit of all times; empty for natural units.
    """
    columns = min(len(scenes), _ROW)
    rows = -(-len(scenes) // columns)
    with mpl.rc_context(STYLE):
        figure = new_figure(3.6 * rows, 3.9 if columns == 1 else 3.3 * columns)
        planes = figure.subplots(rows, columns, squeeze=False).ravel()
        for plane in planes[len(scenes) :]:
            plane.set_axis_off()
        shows = []
        for plane, scene in zip(planes, scenes, strict=False):
            plane.set(xlabel=parts.axes[0], ylabel=parts.axes[1])
            _frame(plane, scenes[0].points, parts)
            plane.set_title(scene.title, loc="left", color=scene.color)
            if scene.behind is not None:
                shows.append(_actors(plane, scene.behind, parts, ghost=True))
            shows.append(_actors(plane, scene.points, parts))
        clock = planes[min(len(scenes), columns) - 1].set_title(
            "", loc="right", fontsize=8, color=TRUTH
        )
        figure.draw_without_rendering()
        figure.set_layout_engine("none")  # the frames need not find the same layout again

        def show(k: int) -> list[Artist]:
            clock.set_text(f"t = {t[k]:.2f} {time_unit}".rstrip())
            return [clock, *(artist for move in shows for artist in move(k))]

        frames = np.unique(np.linspace(0, len(t) - 1, _FRAMES).astype(int))
        film = FuncAnimation(figure, show, frames=frames.tolist())
        with replacing_path(file) as partial:
            film.save(str(partial), writer=_writer(file), dpi=90)
    return file


def _writer(file: Path) -> AbstractMovieWriter:
    if file.suffix == ".gif":
        return PillowWriter(fps=_PER_SECOND)
    # Players ask for whole pairs of pixels, and for this way to write colours.
    even = ["-pix_fmt", "yuv420p", "-vf", "pad=ceil(iw/2)*2:ceil(ih/2)*2:color=white"]
    return FFMpegWriter(fps=_PER_SECOND, extra_args=even)


def _frame(plane: Axes, points: Array, parts: Parts) -> None:
    low, high = (f(points, axis=(0, 1)) for f in (np.nanmin, np.nanmax))
    middle, half = (low + high) / 2, 0.58 * max(*(high - low), 1e-12)
    if parts.trails and parts.axes[0].partition("(")[2] == parts.axes[1].partition("(")[2]:
        plane.set_aspect("equal")
        reach = np.array([half, half])
    else:
        reach = np.maximum(0.58 * (high - low), 1e-12)
    plane.set(xlim=middle[0] + reach[0] * np.array([-1, 1]))
    plane.set(ylim=middle[1] + reach[1] * np.array([-1, 1]))


def _actors(
    plane: Axes, points: Array, parts: Parts, ghost: bool = False
) -> Callable[[int], list[Artist]]:
    """Put all parts on a plane, and return what moves them to a sample."""
    moving = [i for i in range(points.shape[1]) if i not in parts.fixed]
    trails = parts.trails and not ghost
    shades = {i: _SHADES[k % len(_SHADES) if parts.trails else 0] for k, i in enumerate(moving)}
    faint = {"alpha": 0.25, "zorder": 1} if ghost else {}
    lines = [
        plane.plot([], [], **{"color": TRUTH, "lw": 1.5, "zorder": 2} | faint)[0]
        for _ in parts.links
    ]
    tails = {i: plane.plot([], [], color=shades[i], lw=1, alpha=0.45)[0] for i in moving if trails}
    size = 8 if len(moving) < 8 else 5
    bodies = {
        i: plane.plot([], [], "o", ms=size, **{"color": shades[i], "zorder": 3} | faint)[0]
        for i in moving
    }
    for i in parts.fixed:
        plane.plot(*points[0, i], "s", color=TRUTH, ms=5, zorder=3)

    def move(k: int) -> list[Artist]:
        now = points[k]
        for line, (a, b) in zip(lines, parts.links, strict=True):
            line.set_data(now[[a, b], 0], now[[a, b], 1])
        for i, body in bodies.items():
            body.set_data(now[i : i + 1, 0], now[i : i + 1, 1])
        for i, tail in tails.items():
            past = points[max(0, k - _TRAIL) : k + 1, i]
            tail.set_data(past[:, 0], past[:, 1])
        return [*lines, *tails.values(), *bodies.values()]

    return move
