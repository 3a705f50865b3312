"""Figures of runs against the number of motions that they were trained on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ..group import Comparison, Group
from ..palette import colors_of
from ..quantities import ENERGY_DRIFT, TRUE_DERIVATIVE_ERROR, VALID_TIME, Quantity
from .style import DASHES, legend, name_of, new_figure, styled

AMOUNT = "data.trajectories"
DRAWN = (ENERGY_DRIFT, TRUE_DERIVATIVE_ERROR, VALID_TIME)


def by_amount(groups: Sequence[Group], quantity: Quantity) -> dict[str, list[tuple[float, ...]]]:
    """Return amount, median, least and greatest over seeds, in order of the amount.

    By model, and by what else tells runs apart. Groups that have no such figure are left out.
    """
    lines: dict[str, list[tuple[float, ...]]] = {}
    for group in groups:
        found = group.statistics[quantity.name]
        if AMOUNT in group.settings and found.median is not None and found.minimum is not None:
            top = found.median if found.maximum is None else found.maximum
            point = (float(group.settings[AMOUNT]), found.median, found.minimum, top)
            lines.setdefault(_label(group), []).append(point)
    return {label: sorted(points) for label, points in lines.items()}


def _label(group: Group) -> str:
    """Return what tells the line of a group from others: all but the amount."""
    others = {k: v for k, v in group.settings.items() if k != AMOUNT}
    return replace(group, settings=others).label


def _styles(groups: Sequence[Group]) -> dict[str, tuple[str, str]]:
    """Return colour and dash of each line: the same in all panels, whichever figures a model has.

    Dashes part the lines of one model, and models that must share a colour.
    """
    colors = colors_of(dict.fromkeys(group.model for group in groups))
    models = {_label(group): group.model for group in groups}
    seen, styles = Counter[str](), dict[str, tuple[str, str]]()
    for label, model in models.items():
        color = colors[model]
        styles[label] = color, DASHES[seen[color] % len(DASHES)]
        seen[color] += 1
    return styles


@styled
def efficiency(comparison: Comparison) -> Figure:
    """Draw drift, error and valid time against the number of motions, a row for each system.

    Medians over seeds, and the band from the least to the greatest.

    Raises:
        ValueError: if the runs do not differ in the number of motions.
    """
    if AMOUNT not in comparison.varying:
        raise ValueError("runs must differ in data.trajectories, to be drawn against it.")
    systems = list(dict.fromkeys(group.system for group in comparison.groups))
    figure = new_figure(0.7 + 2.6 * len(systems))
    grid = figure.subplots(len(systems), len(DRAWN), squeeze=False)
    for row, system in zip(grid, systems, strict=True):
        groups = [group for group in comparison.groups if group.system == system]
        for axes, quantity in zip(row, DRAWN, strict=True):
            _draw(axes, groups, quantity)
        row[0].set_title(system.replace("_", " "), loc="left")
    for axes in grid[-1]:
        axes.set_xlabel("motions, in all")
    legend(figure, figure.axes, None, columns=6)
    return figure


def _draw(axes: Axes, groups: Sequence[Group], quantity: Quantity) -> None:
    styles = _styles(groups)
    for label, points in by_amount(groups, quantity).items():
        amount, middle, low, high = zip(*points, strict=True)
        model, _, rest = label.partition(", ")
        color, dash = styles[label]
        name = ", ".join(filter(None, (name_of(model), rest)))
        axes.fill_between(amount, low, high, color=color, alpha=0.15, lw=0)
        axes.plot(amount, middle, "o", ls=dash, ms=3, color=color, label=name)
    title = quantity.titled(groups[0].records[0].time_unit).strip()
    if quantity is TRUE_DERIVATIVE_ERROR:  # whose name in tables continues that of the row above
        title = f"derivative error {title}"
    axes.set(xscale="log", yscale="log", ylabel=title)
    amounts = sorted({float(group.settings[AMOUNT]) for group in groups})
    axes.set_xticks(amounts, [f"{amount:g}" for amount in amounts])
    axes.set_xticks([], minor=True)
