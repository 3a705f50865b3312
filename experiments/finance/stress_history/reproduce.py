"""The most likely way to a wide credit spread, beside what happened in 2008.

python -m experiments.finance.stress_history.reproduce
"""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from src.reporting.plots.style import TRUTH, color_of, new_figure, save, styled

from ...runs import fill
from ..series import data
from ..series.comparison import interval
from ..series.data import Array
from .instanton import OU

HERE = Path(__file__).resolve().parent
SPREAD = 3.0
"""Percent, the stress."""
WEIGHTS = np.array([0.0, 1.0])
YEAR = 12
BEFORE_2008 = (2007 - 1927) * YEAR + 6
"""December 2007, in months from June 1927, the end of the first year of returns."""
BLOCK = 24
"""Mean length of the blocks of the bootstrap, in months."""


def states() -> Array:
    """Return (market of the last 12 months, percent; ln(BAA-AAA)), ``[month, 2]``, from 1927-06.

    Sums over 12 months overlap: neighbours share eleven of them.
    """
    market = np.convolve(100 * data.factors()[:, 0], np.ones(YEAR), "valid")
    first = (1927 - 1919) * YEAR + 5
    return np.stack((market, data.log_spread()[first : first + len(market)]), axis=-1)


def figures(pairs: Array) -> Array:
    """Return action, chance within a year, and share of months of a law fitted to pairs."""
    law = OU.fitted(pairs[:, 0], pairs[:, 1], pairs[:, 0].mean(0))
    level = math.log(SPREAD)
    return np.array(
        [
            law.action(law.path(WEIGHTS, level, YEAR)),
            law.beyond(WEIGHTS, level, YEAR),
            law.beyond(WEIGHTS, level, None),
        ]
    )


def study() -> dict[str, Any]:
    """Return the path, its figures, and history."""
    x = states()
    law = OU.fitted(x[:-1], x[1:], x.mean(0))
    path = law.path(WEIGHTS, math.log(SPREAD), YEAR)
    history = x[BEFORE_2008 : BEFORE_2008 + YEAR + 1]
    pairs = np.stack((x[:-1], x[1:]), axis=1)
    found = {
        "months": len(x),
        "action": law.action(path),
        "within_a_year": law.beyond(WEIGHTS, math.log(SPREAD), YEAR),
        "stationary": law.beyond(WEIGHTS, math.log(SPREAD), None),
        "frequency": float((x[:, 1] >= math.log(SPREAD)).mean()),
        "path": [[float(m), float(math.exp(s))] for m, s in path],
        "history": [[float(m), float(math.exp(s))] for m, s in history],
    }
    names = ("action", "within_a_year", "stationary")
    found["intervals"] = {
        name: interval(lambda p, i=i: figures(p)[i : i + 1], pairs, BLOCK)
        for i, name in enumerate(names)
    }
    return found


def table(found: dict[str, Any]) -> str:
    """Return path and history by quarters, and the figures, as Markdown."""
    lines = ["| months | path: market, 12 m | path: spread | 2008: market, 12 m | 2008: spread |"]
    lines.append("|---:|---:|---:|---:|---:|")
    for month in range(0, YEAR + 1, 3):
        (market, spread), (was, wide) = found["path"][month], found["history"][month]
        lines.append(
            f"| {month} | {market:+.1f} % | {spread:.2f} % | {was:+.1f} % | {wide:.2f} % |"
        )
    low, high = found["intervals"]["action"]
    lines += ["", "| figure | value | 95 % |", "|---|---:|---:|"]
    lines.append(
        f"| action S of the path, nats | {found['action']:.2f} | {low:.2f} to {high:.2f} |"
    )
    chances = {
        "within_a_year": "chance of such a spread after a year, from the mean",
        "stationary": "share of months with such a spread, of the law",
    }
    for name, words in chances.items():
        low, high = found["intervals"][name]
        lines.append(f"| {words} | {found[name]:.2g} | {low:.2g} to {high:.2g} |")
    lines.append(f"| share of months with such a spread, in history | {found['frequency']:.2g} | |")
    return "\n".join(lines)


@styled
def picture(found: dict[str, Any]) -> Figure:
    """Draw path and history, one panel for the market and one for the spread."""
    figure = new_figure(2.4)
    for axes, column, label in zip(
        figure.subplots(1, 2), (0, 1), ("market, last 12 months, %", "BAA less AAA, %"), strict=True
    ):
        axes.plot([row[column] for row in found["history"]], color=TRUTH, label="2008")
        axes.plot(
            [row[column] for row in found["path"]], color=color_of("hnn"), label="most likely"
        )
        axes.set(xlabel="months", ylabel=label, xticks=range(0, YEAR + 1, 3))
    figure.axes[0].legend()
    return figure


def write(results: dict[str, Any]) -> None:
    """Write table and picture of the results."""
    fill(HERE / "README.md", "path", table(results))
    save(picture(results), HERE / "stress_history.png")


if __name__ == "__main__":
    results = study()
    (HERE / "results.json").write_text(json.dumps(results, indent=1) + "\n")
    write(results)
    print(table(results))
