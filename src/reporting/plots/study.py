"""Figures of a search: how it went, and what its parameters are worth."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from ..trials import PRUNED, Trial, Trials
from .style import COLORS, TRUTH, legend, new_figure, styled

COLUMNS, HEIGHT = 3, 2.3
LABEL = 24
BEST, OTHERS = COLORS["baseline"], COLORS["hnn"]


@styled
def study_figure(trials: Trials) -> Figure:
    """Draw the course of a search, its trade-offs, and the first objective by each parameter.

    Raises:
        ValueError: if no trial was judged.
    """
    if not trials.complete:
        raise ValueError("a study needs one trial at least that was judged; got none.")
    names = list(dict.fromkeys(name for trial in trials.complete for name in trial.parameters))
    rivals = range(1, len(trials.objectives))
    count = 1 + len(rivals) + len(names)
    rows, columns = math.ceil(count / COLUMNS), min(count, COLUMNS)
    figure = new_figure(0.4 + HEIGHT * rows)
    grid = figure.subplots(rows, columns, squeeze=False).flatten()
    panels = iter(grid)
    _course(next(panels), trials)
    for k in rivals:
        _trade_off(next(panels), trials, k)
    for name in names:
        _worth(next(panels), trials, name)
    for empty in panels:
        empty.set_visible(False)
    legend(figure, figure.axes, None, columns=4)
    return figure


def _course(axes: Axes, trials: Trials) -> None:
    numbers, values = [t.number for t in trials.complete], _objective(trials, 0)
    better = np.minimum if trials.directions[0] == "minimize" else np.maximum
    axes.step(numbers, better.accumulate(values), where="post", color=BEST, label="best so far")
    axes.plot(numbers, values, "o", ms=3, color=OTHERS, label="trial")
    pruned = [t.number for t in trials.trials if t.state == PRUNED]
    if pruned:
        height = axes.get_xaxis_transform()
        axes.plot(pruned, [0.02] * len(pruned), "|", color=TRUTH, transform=height, label="pruned")
    axes.set(xlabel="number of the trial", ylabel=_label(trials.objectives[0]))
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    _scale(axes, values)


def _trade_off(axes: Axes, trials: Trials, k: int) -> None:
    first, other = _objective(trials, 0), _objective(trials, k)
    axes.plot(first, other, "o", ms=3, color=OTHERS)
    best = [j for j, trial in enumerate(trials.complete) if trial.number in trials.best]
    label = "no other is better in all"
    axes.plot(first[best], other[best], "o", ms=6, mfc="none", color=BEST, label=label)
    axes.set(xlabel=_label(trials.objectives[0]), ylabel=_label(trials.objectives[k]))
    _scale(axes, other)
    if _spread(first):
        axes.set_xscale("log")


def _worth(axes: Axes, trials: Trials, name: str) -> None:
    known = [trial for trial in trials.complete if name in trial.parameters]
    given = [trial.parameters[name] for trial in known]
    values = np.array([_value(trial, 0) for trial in known])
    if any(isinstance(one, str) for one in given):
        words = sorted({str(one) for one in given}, key=_as_number)
        axes.set_xticks(range(len(words)), words)
        axes.set_xlim(-0.5, len(words) - 0.5)
        given = [words.index(str(one)) for one in given]
    elif name in trials.logs:
        axes.set_xscale("log")
    places = np.array(given, dtype=float)
    axes.plot(places, values, "o", ms=3, color=OTHERS)
    best = [j for j, trial in enumerate(known) if trial.number in trials.best]
    axes.plot(places[best], values[best], "o", ms=6, mfc="none", color=BEST)
    axes.set(xlabel=_label(name), ylabel=_label(trials.objectives[0]))
    _scale(axes, values)


def _label(name: str) -> str:
    """Return a dotted name on two lines, if it is longer than a panel is high."""
    head, dot, tail = name.rpartition(".")
    return f"{head}\n{dot}{tail}" if len(name) > LABEL else name


def _objective(trials: Trials, k: int) -> np.ndarray:
    return np.array([_value(trial, k) for trial in trials.complete])


def _value(trial: Trial, k: int) -> float:
    assert trial.values is not None, "complete trials have values"
    return trial.values[k]


def _scale(axes: Axes, values: Sequence[float] | np.ndarray) -> None:
    if _spread(values):
        axes.set_yscale("log")


def _spread(values: Sequence[float] | np.ndarray) -> bool:
    """Whether values span so much that only a log shows them all."""
    return bool(np.min(values) > 0 and np.max(values) > 20 * np.min(values))


def _as_number(word: str) -> tuple[float, str]:
    try:
        return float(word), word
    except ValueError:
        return math.inf, word
