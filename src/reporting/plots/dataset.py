"""A data set: the motions, and what is measured of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from .style import COLORS, TRUTH, Array, new_figure, styled, symbol, time_label

_MOST_ROWS = 4
_SHADES = (COLORS["hnn"], COLORS["baseline"], COLORS["lnn"])


@styled
def dataset(
    t: Array,
    observed: Array,
    *,
    clean: Array | None,
    names: Sequence[str],
    planes: Sequence[tuple[int, int]] | None = None,
    title: str = "",
    time_unit: str = "s",
) -> Figure:
    """Draw motions over time (left) and in planes such as (q, p) (right), one row per plane.

    Args:
        t: times ``[trajectories, time]``.
        observed: measured states ``[trajectories, time, state]``; NaN where a motion has ended.
        clean: the same without noise; None for recordings, where nobody knows them.
        names: of all components of the state, q first.
        planes: the components that are shown against each other; None for the pairs (q, p).
        title: what is shown, such as the system's name.
        time_unit: the unit of all times; empty for natural units.

    Raises:
        ValueError: if there is not one name per component.
    """
    size: int = observed.shape[-1]
    if len(names) != size:
        raise ValueError(
            f"a data set needs one name per component; got {len(names)} names for {size}."
        )
    half = size // 2
    planes = [(i, half + i) for i in range(half)] if planes is None else planes
    rows = min(len(planes), _MOST_ROWS)
    figure = new_figure(1.0 + (2.4 if rows == 1 else 1.75) * rows)
    grid = figure.subplots(rows, 2, squeeze=False, width_ratios=(1.7, 1))
    count = min(3, len(t))
    for row_of_axes, (i, j) in enumerate(planes[:rows]):
        over_time, plane = grid[row_of_axes]
        for k in range(count):
            color = _SHADES[k]
            points: dict[str, Any] = {"color": color, "ms": 2.2, "alpha": 0.7, "mew": 0}
            over_time.plot(t[k], observed[k, :, i], "o", **points)
            plane.plot(observed[k, :, i], observed[k, :, j], "o", **points)
            if clean is not None:
                over_time.plot(t[k], clean[k, :, i], color=color, lw=1)
        for row in observed[count:40] if clean is None else clean[:40]:
            plane.plot(row[:, i], row[:, j], color=TRUTH, lw=0.5, alpha=0.35, zorder=1)
        over_time.set_ylabel(symbol(names[i]))
        over_time.set_xlim(np.nanmin(t[:count]), np.nanmax(t[:count]))
        plane.set(xlabel=symbol(names[i]), ylabel=symbol(names[j]))
        if row_of_axes < rows - 1:
            over_time.tick_params(labelbottom=False)
    grid[-1, 0].set_xlabel(time_label(time_unit))
    kind = "dots: measured" + ("" if clean is None else ", lines: without noise")
    shown = f"{count} of {len(t)} trajectories" if len(t) > count else f"{count} trajectories"
    first = f", first {rows} of {len(planes)} coordinates" if rows < len(planes) else ""
    grid[0, 0].set_title(f"{shown}{first}; {kind}", loc="left", fontsize=8, color=TRUTH)
    grid[0, 1].set_title(title, loc="right")
    return figure
