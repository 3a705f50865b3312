"""A system in motion."""

from __future__ import annotations

from pathlib import Path

import matplotlib as mpl
import numpy as np
from matplotlib.animation import FuncAnimation, PillowWriter
from matplotlib.artist import Artist

from ..atomic import replacing_path
from .style import COLORS, STYLE, TRUTH, Array, new_figure

_SHADES = (*COLORS.values(), "#CC79A7", "#E69F00")
_TRAIL = 45
"""Samples that a trail reaches back."""
_FRAMES = 90
"""Most pictures in a film."""
_PER_SECOND = 15


def save_animation(
    file: Path,
    t: Array,
    points: Array,
    *,
    links: tuple[tuple[int, int], ...] = (),
    fixed: tuple[int, ...] = (),
    axes: tuple[str, str] = ("x (m)", "y (m)"),
    trails: bool = True,
    title: str = "",
    time_unit: str = "s",
) -> Path:
    """Write a GIF of one motion, whole or not at all, and return its path.

    Args:
        file: where to; its name ends in ``.gif``.
        t: times ``[time]``.
        points: positions ``[time, points, 2]`` of the parts, see ``systems.sketch``.
        links: which points are joined by lines.
        fixed: points that never move.
        axes: what the two directions are.
        trails: whether the other points leave trails.
        title: what is shown, such as the system's name.
        time_unit: the unit of all times; empty for natural units.
    """
    with mpl.rc_context(STYLE):
        figure = new_figure(3.9, 3.6)
        plane = figure.add_subplot(xlabel=axes[0], ylabel=axes[1])
        low, high = (f(points, axis=(0, 1)) for f in (np.min, np.max))
        middle, half = (low + high) / 2, 0.58 * max(*(high - low), 1e-12)
        if trails and axes[0].partition("(")[2] == axes[1].partition("(")[2]:
            plane.set_aspect("equal")
            reach = np.array([half, half])
        else:
            reach = np.maximum(0.58 * (high - low), 1e-12)
        plane.set(xlim=middle[0] + reach[0] * np.array([-1, 1]))
        plane.set(ylim=middle[1] + reach[1] * np.array([-1, 1]))
        moving = [i for i in range(points.shape[1]) if i not in fixed]
        shades = {i: _SHADES[k % len(_SHADES) if trails else 0] for k, i in enumerate(moving)}
        lines = [plane.plot([], [], color=TRUTH, lw=1.5, zorder=2)[0] for _ in links]
        tails = {
            i: plane.plot([], [], color=shades[i], lw=1, alpha=0.45)[0] for i in moving if trails
        }
        bodies = {
            i: plane.plot([], [], "o", color=shades[i], ms=8 if len(moving) < 8 else 5, zorder=3)[0]
            for i in moving
        }
        for i in fixed:
            plane.plot(*points[0, i], "s", color=TRUTH, ms=5, zorder=3)
        clock = plane.set_title("", loc="right", fontsize=8, color=TRUTH)
        plane.set_title(title, loc="left")
        figure.draw_without_rendering()
        figure.set_layout_engine("none")  # the frames need not find the same layout again

        def show(k: int) -> list[Artist]:
            now = points[k]
            for line, (a, b) in zip(lines, links, strict=True):
                line.set_data(now[[a, b], 0], now[[a, b], 1])
            for i, body in bodies.items():
                body.set_data(now[i : i + 1, 0], now[i : i + 1, 1])
            for i, tail in tails.items():
                past = points[max(0, k - _TRAIL) : k + 1, i]
                tail.set_data(past[:, 0], past[:, 1])
            clock.set_text(f"t = {t[k]:.2f} {time_unit}".rstrip())
            return [*lines, *tails.values(), *bodies.values(), clock]

        frames = np.unique(np.linspace(0, len(t) - 1, _FRAMES).astype(int))
        film = FuncAnimation(figure, show, frames=frames.tolist())
        with replacing_path(file) as partial:
            film.save(str(partial), writer=PillowWriter(fps=_PER_SECOND), dpi=90)
    return file
