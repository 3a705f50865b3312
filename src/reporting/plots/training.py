"""How training went."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from .style import COLORS, TRUTH, Array, new_figure, styled

Curves = Mapping[str, tuple[Array, Array]]
"""By label: steps and values."""

_ORDER = (TRUTH, COLORS["hnn"], COLORS["baseline"], COLORS["lnn"])


@styled
def training_curves(losses: Curves, drifts: Curves | None = None, *, title: str = "") -> Figure:
    """Draw losses over optimizer steps and, where it was watched, the drift of energy.

    Raises:
        ValueError: if there are no losses.
    """
    if not losses:
        raise ValueError("training curves need one series of losses at least; got none.")
    figure = new_figure(2.9)
    panels = [(losses, "loss"), *([(drifts, "energy drift of rollouts")] if drifts else [])]
    grid = figure.subplots(1, len(panels), squeeze=False)[0]
    for axes, (curves, label) in zip(grid, panels, strict=True):
        for k, (name, (step, value)) in enumerate(curves.items()):
            _curve(axes, step, value, name, _ORDER[k % len(_ORDER)])
        axes.set(xlabel="optimizer step", ylabel=label)
        axes.legend()
    grid[-1].set_title(title, loc="right")
    return figure


def _curve(axes: Axes, step: Array, value: Array, name: str, color: str) -> None:
    marker = "o" if len(step) < 30 else ""
    shown = np.where(np.isfinite(value), value, np.nan)
    if np.any(shown > 0):  # a Lagrangian's residual may be anything, a loss of zero has no log
        axes.set_yscale("log")
    if axes.get_yscale() == "log":
        shown = np.where(shown > 0, shown, np.nan)
    axes.plot(step, shown, color=color, marker=marker, ms=3, label=name)
