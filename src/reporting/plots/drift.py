"""Energy drift of several models, one panel per system."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ..drift import Drift, Panel
from .style import (
    DASHES,
    TRUTH,
    Array,
    color_of,
    legend,
    mark_training,
    name_of,
    new_figure,
    styled,
    time_label,
)

_FLOOR = 1e-8
"""Smaller errors are drawn here: far below any model's."""


@styled
def energy_drift(panels: Sequence[Panel]) -> Figure:
    """Draw medians over trajectories and seeds, and the band from the 10th to the 90th percentile.

    Raises:
        ValueError: if there is no panel.
    """
    if not panels:
        raise ValueError(
            "no energy drift to draw: no run has rollouts of a system with a known energy."
        )
    columns = min(2, len(panels))
    rows = -(-len(panels) // columns)
    figure = new_figure(0.7 + 2.9 * rows)
    grid = figure.subplots(rows, columns, sharey=True, squeeze=False)
    for axes, panel in zip(grid.ravel(), panels, strict=False):
        _draw(axes, panel)
        axes.set_title(panel.system.replace("_", " "))
    for axes in grid.ravel()[len(panels) :]:
        axes.remove()
    for axes in grid[:, 0]:
        axes.set_ylabel(r"energy error $|H - H_0|$ / scale")
    horizons = [panel.training_horizon for panel in panels if panel.training_horizon is not None]
    legend(figure, figure.axes, max(horizons, default=None), columns=5)
    return figure


def _draw(axes: Axes, panel: Panel) -> None:
    seen: dict[str, int] = {}
    for drift in panel.drifts:
        dash = DASHES[seen.get(drift.model, 0) % len(DASHES)]
        seen[drift.model] = seen.get(drift.model, 0) + 1
        color = color_of(drift.model)
        low, high = _shown(drift.low), _shown(drift.high, missing=1e30)
        axes.fill_between(drift.t[1:], low[1:], high[1:], color=color, alpha=0.15, lw=0)
        axes.plot(drift.t[1:], _shown(drift.median)[1:], color=color, ls=dash, label=_label(drift))
    tops = [np.max(_shown(drift.median, missing=0.0)) for drift in panel.drifts]
    reference = panel.reference
    if reference is not None:
        axes.plot(
            reference.t,
            _shown(reference.median),
            color=TRUTH,
            lw=1,
            label="truth (reference solution)",
        )
    end = max(drift.t[-1] for drift in panel.drifts)
    axes.set(yscale="log", xlabel=time_label(panel.time_unit), xlim=(0, end))
    axes.set_ylim(_FLOOR / 2, max(1.0, 5 * min(max(tops), 1e3)))
    mark_training(axes, panel.training_horizon)


def _label(drift: Drift) -> str:
    return drift.label.replace(drift.model, name_of(drift.model), 1)


def _shown(values: Array, missing: float = np.nan) -> Array:
    return np.where(np.isfinite(values), np.maximum(values, _FLOOR), missing)
