"""How all figures look, and how they reach the disk."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import wraps
from pathlib import Path
from typing import Any, ParamSpec

import matplotlib as mpl
import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.patches import Patch
from numpy.typing import NDArray

from ..atomic import replacing
from ..palette import COLORS as COLORS
from ..palette import TRUTH as TRUTH
from ..palette import color_of as color_of
from ..palette import name_of as name_of

Array = NDArray[np.float64]
P = ParamSpec("P")

WIDTH = 7.0
"""Two columns of a journal, in inches."""

SHADE = "#f0e8d0"
"""Of the training horizon."""
DASHES = ("-", "--", ":", "-.")
"""Of lines of one model that other settings tell apart."""
STYLE: dict[Any, Any] = {
    "figure.constrained_layout.use": True,
    "figure.dpi": 100,
    "font.size": 9,
    "axes.titlesize": 10,
    "axes.labelsize": 9,
    "xtick.labelsize": 8,
    "ytick.labelsize": 8,
    "legend.fontsize": 8,
    "legend.frameon": False,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "grid.color": "#e6e6e6",
    "grid.linewidth": 0.6,
    "axes.axisbelow": True,
    "lines.linewidth": 1.4,
    "lines.solid_capstyle": "round",
    "axes.formatter.use_mathtext": True,
    "axes.formatter.limits": (-3, 4),
}


def styled(draw: Callable[P, Figure]) -> Callable[P, Figure]:
    """Draw in the style of the house, and leave matplotlib's settings as they were."""

    @wraps(draw)
    def wrapped(*args: P.args, **kwargs: P.kwargs) -> Figure:
        with mpl.rc_context(STYLE):
            return draw(*args, **kwargs)

    return wrapped


def new_figure(height: float, width: float = WIDTH) -> Figure:
    """Return an empty figure with a canvas of its own, in inches."""
    figure = Figure(figsize=(width, height), layout="constrained")
    FigureCanvasAgg(figure)
    return figure


def save(figure: Figure, file: Path, dpi: int = 200) -> Path:
    """Write a PNG, whole or not at all, and return its path.

    Raises:
        ValueError: if the name does not end in ``.png``.
    """
    if file.suffix != ".png":
        raise ValueError(f"figures are saved as PNG: the name must end in .png; got {file.name}.")
    with replacing(file) as stream, mpl.rc_context(STYLE):  # ticks are made only now
        figure.savefig(stream, format="png", dpi=dpi)
    return file


def mark_training(axes: Axes, horizon: float | None) -> None:
    """Shade the times that training covered; :func:`legend` names the shade."""
    if horizon is not None:
        axes.axvspan(0, horizon, color=SHADE, zorder=0, lw=0)


def legend(figure: Figure, axes: Sequence[Axes], horizon: float | None, columns: int = 2) -> None:
    """Put one legend for all axes below the figure, each label once, in as many columns as fit."""
    entries: dict[str, Artist] = {}
    for one in axes:
        handles, labels = one.get_legend_handles_labels()
        entries |= dict(zip(labels, handles, strict=True))
    if horizon is not None:
        entries["training horizon"] = Patch(color=SHADE)
    for count in range(columns, 0, -1):
        made = figure.legend(
            list(entries.values()), list(entries), loc="outside lower center", ncols=count
        )
        if count == 1 or made.get_window_extent().width <= figure.bbox.width:
            break
        made.remove()


def time_label(unit: str) -> str:
    """Return what an axis of time is called; natural units have no name."""
    return f"time ({unit})" if unit else "time"


def symbol(name: str) -> str:
    r"""Return a coordinate's name as a formula: ``p_theta1`` becomes :math:`p_{\theta_1}`."""
    head, _, tail = name.partition("_")
    if tail and head in {"p", "v"}:
        return f"${head}_{{{_glyph(tail)}}}$"
    return f"${_glyph(name)}$"


def _glyph(name: str) -> str:
    stem = name.rstrip("0123456789").rstrip("_")
    digits = name[len(stem) :].lstrip("_")
    greek = {"theta", "phi", "alpha", "beta", "psi", "omega"}
    letter = (
        f"\\{stem}" if stem in greek else stem if len(stem) == 1 else f"\\mathrm{{{_safe(stem)}}}"
    )
    return f"{letter}_{{{digits}}}" if digits else letter


def _safe(word: str) -> str:
    return "".join(letter if letter.isalnum() else r"\_" for letter in word)


def quantile(values: Array, level: float) -> Array:
    """Return a quantile over the first axis, where NaN counts as infinitely large.

    A rollout that blew up must not vanish from the median. No interpolation, so that infinities
    stay in their ranks.
    """
    worst = np.where(np.isnan(values), np.inf, values)
    return np.quantile(worst, level, axis=0, method="inverted_cdf")


def thin(count: int, most: int = 12) -> range:
    """Return the indices of the first few trajectories, which are drawn one by one."""
    return range(min(count, most))
