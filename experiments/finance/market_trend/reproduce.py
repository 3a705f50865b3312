"""Do conservation laws predict trends? Prices, rates and a spread, walking forward.

python -m experiments.finance.market_trend.reproduce

Forecasts of nets that are there already are kept, in runs/finance.
"""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from src.reporting.palette import colors_of
from src.reporting.plots.style import new_figure, save, styled

from ...runs import fill
from ..series import data
from ..series.kept import Found
from ..series.study import Case, Row, forecasts, judge, table
from ..series.walk import Walk
from .backtest import earned, positions, returns

HERE = Path(__file__).resolve().parent
CASES = {
    "ln SP500, daily": Case(data.log_sp500, Walk(1260, 63, (1, 5, 22)), (1, 5, 22), 252),
    "T-bill, quarterly": Case(data.treasury_bill, Walk(80, 4, (1, 4, 8)), (1, 2, 4), 4),
    "AAA yield, monthly": Case(data.aaa, Walk(360, 12, (1, 12)), (1, 3, 12), 12),
    "ln(BAA-AAA), monthly": Case(data.log_spread, Walk(360, 12, (1, 12)), (1, 3, 12), 12),
}
SIGNALS = ("conservative2", "damped2", "net HNN", "net LNN", "net OM")
CONSERVATIVE = ("net HNN", "net LNN")
COSTS = (0.0, 0.0005)
"""Of one unit bought or sold, as a fraction of the price."""


def backtest(made: dict[tuple[str, str], list[Found]]) -> list[Row]:
    """Return what the signals earned on the SP500, and what holding it did."""
    name = "ln SP500, daily"
    case = CASES[name]
    series = case.load()
    origins = case.walk.origins(series)
    rows = []
    for cost in COSTS:
        always = np.ones(len(origins))
        holding = returns(series, origins, always, cost)
        rows.append({"signal": "hold", "cost": cost, **asdict(earned(holding, holding, always))})
        for model in SIGNALS:
            mean = np.mean([one.forecasts[:, 0] for one in made[name, model]], axis=0)
            held = positions(series, origins, mean)
            ours = returns(series, origins, held, cost)
            rows.append({"signal": model, "cost": cost, **asdict(earned(ours, holding, held))})
    return rows


def earnings(rows: list[Row]) -> str:
    """Return one line for each signal and cost as Markdown."""
    heads = ["signal", "cost, bp", "mean a year (95 %)", "Sharpe ratio (95 %)"]
    heads += ["mean less that of holding (95 %)", "turnover a year"]
    lines = [f"| {' | '.join(heads)} |", "|---|" + "---:|" * (len(heads) - 1)]
    for row in rows:
        beyond = tuple(row["beyond_holding"])
        cells = [
            row["signal"],
            f"{1e4 * row['cost']:g}",
            "{:+.1%} ({:+.1%} to {:+.1%})".format(row["mean"], *row["mean_interval"]),
            "{:+.2f} ({:+.2f} to {:+.2f})".format(row["sharpe"], *row["sharpe_interval"]),
            "" if row["signal"] == "hold" else "{:+.1%} ({:+.1%} to {:+.1%})".format(*beyond),
            f"{row['turnover']:.0f}",
        ]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


@styled
def picture(rows: list[Row]) -> Figure:
    """Draw how far each model is from a random walk, a panel for each series."""
    figure = new_figure(4.6)
    panels = figure.subplots(2, 2).flat
    models = [m for m in dict.fromkeys(row["model"] for row in rows) if m != "RW"]
    kinds = {"net HNN": "hnn", "net LNN": "lnn"} | {m: m for m in models if m not in CONSERVATIVE}
    colors = dict(zip(kinds, colors_of(kinds.values()).values(), strict=True))
    for axes, name in zip(panels, CASES, strict=True):
        steps = CASES[name].walk.horizons
        for place, model in enumerate(models):
            own = [r for r in rows if (r["series"], r["model"]) == (name, model) and r["ratio"]]
            spots = [steps.index(r["h"]) + (place - len(models) / 2) / 20 for r in own]
            axes.plot(spots, [r["ratio"] for r in own], "o", ms=5, color=colors[model], label=model)
        axes.axhline(1, color="black", lw=0.8)
        axes.set_xticks(range(len(steps)), [f"h = {h}" for h in steps])
        axes.set(title=name, yscale="log", ylabel="RMSE over random walk's")
        axes.yaxis.set_major_formatter("{x:g}")
        axes.yaxis.set_minor_formatter("{x:g}")
    handles, labels = figure.axes[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=len(models) // 2)
    return figure


def write(results: dict[str, Any]) -> None:
    """Write tables and picture of the results."""
    fill(HERE / "README.md", "forecasts", table(results["forecasts"], "RW"))
    fill(HERE / "README.md", "backtest", earnings(results["backtest"]))
    save(picture(results["forecasts"]), HERE / "market_trend.png")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--jobs", type=int, default=2, help="models side by side")
    made = forecasts(CASES, parser.parse_args().jobs)
    results = {"forecasts": judge(CASES, made, ["RW"]), "backtest": backtest(made)}
    (HERE / "results.json").write_text(json.dumps(results, indent=1) + "\n")
    write(results)
