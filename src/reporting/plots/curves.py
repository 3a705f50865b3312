"""What follows from a learned energy, beside what it should be, and the errors below."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from textwrap import fill

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ..curves import ShownCurve
from .style import DASHES, TRUTH, color_of, legend, name_of, new_figure, styled

ACROSS = 2
"""Curves side by side."""
OTHERS = ("#CC79A7", "#E69F00", "#56B4E9")
NARROW = 14
"""Letters in a line of what an axis of errors is called: it is short."""


@styled
def curves_against_exact(curves: Sequence[ShownCurve], model: str, title: str = "") -> Figure:
    """Draw curves of a model over the exact ones, and their errors; or why there are none."""
    across = min(ACROSS, len(curves))
    down = -(-len(curves) // across)
    figure = new_figure(0.6 + 3.1 * down)
    heights = [2.0, 1.0] * down
    grid = figure.subplots(
        2 * down, across, squeeze=False, gridspec_kw={"height_ratios": heights}, sharex=False
    )
    names = dict.fromkeys(name for curve in curves for name in curve.others)
    left = [tone for tone in OTHERS if tone != color_of(model)]
    tones = {name: left[k % len(left)] for k, name in enumerate(names)}
    for k, curve in enumerate(curves):
        row, column = divmod(k, across)
        above, below = grid[2 * row, column], grid[2 * row + 1, column]
        _values(above, curve, model, tones)
        _errors(below, curve, model)
        below.sharex(above)
        above.tick_params(labelbottom=False)
        below.set_xlabel(curve.axis)
    for empty in grid.T.reshape(across, down, 2).swapaxes(0, 1).reshape(-1, 2)[len(curves) :]:
        for axes in empty:
            axes.set_visible(False)
    figure.suptitle(title, x=0.01, ha="left", fontsize=10)
    legend(figure, figure.axes, None, columns=4)
    return figure


def _values(axes: Axes, curve: ShownCurve, model: str, tones: Mapping[str, str]) -> None:
    axes.plot(curve.points, curve.exact, color=TRUTH, lw=2.4, alpha=0.5, label=curve.source)
    for name, values in curve.others.items():
        axes.plot(curve.points, values, DASHES[2], color=tones[name], label=name)
    if curve.model is not None:
        dots = {"marker": "o", "ms": 3} if len(curve.points) < 25 else {}
        axes.plot(
            curve.points,
            curve.model,
            DASHES[1],
            color=color_of(model),
            label=name_of(model),
            **dots,
        )
    axes.set_title(curve.name, loc="left")
    axes.set_ylabel(curve.unit)


def _errors(axes: Axes, curve: ShownCurve, model: str) -> None:
    if curve.errors is None:
        axes.text(
            0.5, 0.5, fill(curve.reason, 46), transform=axes.transAxes, ha="center", va="center"
        )
        axes.set_yticks([])
        axes.grid(visible=False)
        return
    axes.axhline(0.0, color=TRUTH, lw=0.8)
    dots = "o" if len(curve.points) < 25 else ""
    axes.plot(curve.points, curve.errors, dots, ls="-", ms=3, color=color_of(model))
    size = np.nanmax(np.abs(curve.errors))
    if size > 0:
        axes.set_ylim(-1.25 * size, 1.25 * size)
    words = f"error ({curve.error_unit})" if curve.error_unit else "error"
    axes.set_ylabel(fill(words, NARROW))
