"""One rollout beside the truth, coordinate by coordinate."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from .style import (
    TRUTH,
    Array,
    color_of,
    legend,
    mark_training,
    name_of,
    new_figure,
    styled,
    symbol,
    time_label,
)


@styled
def rollout_against_truth(
    t: Array,
    truth: Array,
    rollout: Array,
    model: str,
    *,
    names: Sequence[str],
    training_horizon: float | None,
    title: str = "",
    time_unit: str = "s",
) -> Figure:
    """Draw one motion of the model over the true one: q in the left column, p in the right.

    States that are no pairs fill the columns in their order.

    Args:
        t: times ``[time]``.
        truth: the true motion ``[time, state]``.
        rollout: the model's ``[time, state]``; NaN where it had no state left.
        model: kind of the model.
        names: of all components of the state, q first.
        training_horizon: length of the training motions.
        title: what is shown, such as the system's name.
        time_unit: the unit of all times; empty for natural units.

    Raises:
        ValueError: if there is not one name per component.
    """
    size = truth.shape[-1]
    if len(names) != size:
        raise ValueError(
            f"a rollout needs one name per component; got {len(names)} names for {size}."
        )
    rows = -(-size // 2)
    figure = new_figure(0.9 + (1.7 if rows < 3 else 1.05) * rows)
    grid = figure.subplots(rows, 2, sharex=True, squeeze=False)
    for component, axes in enumerate(grid.T.ravel()[:size]):
        axes.plot(t, truth[:, component], color=TRUTH, lw=2.2, alpha=0.55, label="truth")
        axes.plot(t, rollout[:, component], color=color_of(model), lw=1.1, label=name_of(model))
        axes.set_ylabel(symbol(names[component]))
        _limit(axes, truth[:, component])
        mark_training(axes, training_horizon)
    for axes in grid[-1]:
        axes.set_xlabel(time_label(time_unit))
        axes.set_xlim(t[0], t[-1])
    if size % 2:  # the place below the last component stays empty
        grid[-1, 1].set_visible(False)
        grid[-2, 1].tick_params(labelbottom=True)
        grid[-2, 1].set_xlabel(time_label(time_unit))
    figure.align_ylabels(grid[:, 0])
    grid[0, 1].set_title(title, loc="right")
    legend(figure, [grid[0, 0]], training_horizon, columns=3)
    return figure


def _limit(axes: Axes, truth: Array) -> None:
    """Give the truth the stage: a rollout that runs away leaves it."""
    low, high = np.nanmin(truth), np.nanmax(truth)
    room = 0.5 * (high - low) or 1.0
    bottom, top = axes.get_ylim()
    axes.set_ylim(max(bottom, low - room), min(top, high + room))
