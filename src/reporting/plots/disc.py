"""A disc of starts carried along: does its area stay?"""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from .style import TRUTH, Array, color_of, name_of, new_figure, styled, symbol, time_label


@styled
def disc_carried(
    t: Array,
    curve_truth: Array | None,
    curve_model: Array,
    area_truth: Array | None,
    area_model: Array,
    model: str,
    *,
    names: tuple[str, str],
    quantity: str = "area",
    snapshots: int = 5,
    title: str = "",
    time_unit: str = "s",
) -> Figure:
    """Draw a closed curve of starts as truth and model carry it, and its area over time.

    Hamilton's flow keeps the area (with several degrees of freedom: Poincare's invariant, the sum
    of the areas of the projections), however much it deforms the curve.

    Args:
        t: times ``[time]``.
        curve_truth: the curve in the plane (q, p), ``[time, points, 2]``; None if unknown.
        curve_model: the same carried by the model.
        area_truth: what the curve encloses ``[time]``, in any unit; None if unknown.
        area_model: the same for the model; NaN once a point had no state left.
        model: kind of the model.
        names: of q and p.
        quantity: what the areas are called.
        snapshots: how many times are shown.
        title: what is shown, such as the system's name.
        time_unit: the unit of all times; empty for natural units.
    """
    figure = new_figure(4.3)
    grid = figure.add_gridspec(2, snapshots, height_ratios=(1.15, 1))
    above = [figure.add_subplot(grid[0, k]) for k in range(snapshots)]
    below = figure.add_subplot(grid[1, :])
    shown = np.linspace(0, len(t) - 1, snapshots).round().astype(int)
    color = color_of(model)
    known = [curve for curve in (curve_truth, curve_model) if curve is not None]
    low, high = _frame(known[0][shown], curve_model[shown])
    for panel, index in zip(above, shown, strict=True):
        for curve, line, width in ((curve_truth, TRUTH, 2.4), (curve_model, color, 1.2)):
            if curve is None:
                continue
            points = np.concatenate((curve[index], curve[index, :1]))
            panel.fill(*points.T, color=line, alpha=0.18, lw=0)
            panel.plot(*points.T, color=line, lw=width)
        panel.set(
            xlim=(low[0], high[0]),
            ylim=(low[1], high[1]),
            title=f"{t[index]:.3g} {time_unit}".rstrip(),
        )
        panel.set_xlabel(symbol(names[0]))
        panel.locator_params(nbins=4)
        if panel is not above[0]:
            panel.tick_params(labelleft=False)
    above[0].set_ylabel(symbol(names[1]))
    model_ratio = area_model / area_model[0]
    truth_ratio = np.ones_like(t) if area_truth is None else area_truth / area_truth[0]
    if area_truth is not None:
        below.plot(t, truth_ratio, color=TRUTH, lw=3, alpha=0.5, label="truth")
    below.plot(t, model_ratio, color=color, label=name_of(model))
    below.plot(t[shown], model_ratio[shown], "o", color=color, ms=4)
    below.set(xlabel=time_label(time_unit), ylabel=f"{quantity} / start", xlim=(t[0], t[-1]))
    _limit(below, truth_ratio, model_ratio)
    figure.legend(*below.get_legend_handles_labels(), loc="outside lower center", ncols=2)
    if title:
        figure.suptitle(title, fontsize=10)
    return figure


def _limit(axes: Axes, truth: Array, model: Array) -> None:
    """Show a change of a few per cent as what it is, and a collapse or an explosion whole."""
    held = np.concatenate((truth, model))
    held = held[np.isfinite(held)]
    low, high = min(max(held.min(), -10.0), 0.9), max(min(held.max(), 10.0), 1.1)
    room = 0.05 * (high - low)
    axes.set_ylim(low - room, high + room)


def _frame(truth: Array, model: Array) -> tuple[Array, Array]:
    """Return the corners that hold the truth, and the model as far as it stays near."""
    points = truth.reshape(-1, 2)
    low, high = np.nanmin(points, 0), np.nanmax(points, 0)
    room = high - low
    other = model.reshape(-1, 2)
    other = other[np.isfinite(other).all(-1)]
    if len(other):
        low = np.maximum(np.minimum(low, other.min(0)), low - room)
        high = np.minimum(np.maximum(high, other.max(0)), high + room)
    return low - 0.08 * (high - low), high + 0.08 * (high - low)
