"""Does trading slowly, as Garleanu and Pedersen's Lagrangian tells, pay on real factors?

python -m experiments.finance.portfolio.reproduce
"""

from __future__ import annotations

import json
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from src.reporting.plots.style import color_of, new_figure, save, styled

from ...runs import fill
from ..series import data
from ..series.comparison import interval
from ..series.data import Array
from .trading import FAST, Traded, certainty_equivalent, sharpe, trade

HERE = Path(__file__).resolve().parent
SETS = {"3 factors": (data.factors, 1 / 2), "12 industries": (data.industries, 1 / 12)}
"""Where returns come from, and how much of each a constant mix holds."""
COSTS = (50.0, 5.0)
SIGNALS = {"fast": FAST, "slow": 0.0}
BLOCK = 12
"""Mean length of the blocks of the bootstrap, in months."""
OURS = "Garleanu-Pedersen"

Row = dict[str, Any]


def gain(pair: Array) -> Array:
    """Return by how much the certainty equivalent of the first column exceeds the second's."""
    return np.array([certainty_equivalent(pair[:, 0]) - certainty_equivalent(pair[:, 1])])


def rows(found: dict[str, Traded], **said: Any) -> list[Row]:
    """Return the figures of each strategy, and ours less each other one's."""
    kept = []
    for name, one in found.items():
        pair = np.stack((found[OURS].returns, one.returns), axis=-1)
        against = name != OURS
        kept.append(
            {
                **said,
                "strategy": name,
                "months": len(one.returns),
                "sharpe": sharpe(one.returns),
                "certainty_equivalent": certainty_equivalent(one.returns),
                "turnover": float(one.turnover.mean()),
                "gain": float(gain(pair)[0]) if against else None,
                "gain_interval": interval(gain, pair, BLOCK) if against else None,
            }
        )
    return kept


def table(found: list[Row]) -> str:
    """Return one line for each set, cost, signal and strategy as Markdown."""
    heads = ["cost", "signal", "strategy", "Sharpe ratio", "certainty equivalent", "turnover"]
    heads = ["set", *heads, f"{OURS} less this (95 %)"]
    lines = [f"| {' | '.join(heads)} |", "|---|---:|---|---|" + "---:|" * 4]
    for row in found:
        gained = row["gain_interval"]
        less = (
            "" if gained is None else f"{row['gain']:+.4f} ({gained[0]:+.4f} to {gained[1]:+.4f})"
        )
        cells = [row["set"], f"{row['cost']:g}", row["signal"], row["strategy"]]
        cells += [f"{row['sharpe']:.3f}", f"{row['certainty_equivalent']:+.4f}"]
        lines.append(f"| {' | '.join([*cells, format(row['turnover'], '.2f'), less])} |")
    return "\n".join(lines)


@styled
def picture(found: list[Row]) -> Figure:
    """Draw certainty equivalents, a row of panels for each set, one for each cost and signal."""
    figure = new_figure(4.2)
    panels = figure.subplots(len(SETS), len(COSTS) * len(SIGNALS), sharex="row", sharey=True)
    for axes, (name, cost, signal) in zip(panels.flat, product(SETS, COSTS, SIGNALS), strict=True):
        own = [r for r in found if (r["set"], r["cost"], r["signal"]) == (name, cost, signal)]
        names = [r["strategy"] for r in own]
        colors = [color_of("hnn" if name == OURS else "baseline") for name in names]
        axes.barh(names, [r["certainty_equivalent"] for r in own], color=colors)
        axes.axvline(0, color="black", lw=0.8)
        axes.set_title(f"{name}\ncost {cost:g}, {signal}", fontsize=8)
        axes.grid(visible=False, axis="y")
    panels[0, 0].invert_yaxis()
    figure.supxlabel("certainty equivalent a year, after costs", fontsize=9)
    return figure


def write(results: list[Row]) -> None:
    """Write table and picture of the results."""
    fill(HERE / "README.md", "strategies", table(results))
    save(picture(results), HERE / "portfolio.png")


if __name__ == "__main__":
    results = [
        row
        for (name, (load, mix)), cost, signal in product(SETS.items(), COSTS, SIGNALS)
        for row in rows(
            trade(load(), cost, SIGNALS[signal], mix), set=name, cost=cost, signal=signal
        )
    ]
    (HERE / "results.json").write_text(json.dumps(results, indent=1) + "\n")
    write(results)
    print(table(results))
