"""Which law of volatility forecasts best: a random walk, HAR, GARCH, or mechanics?

python -m experiments.finance.volatility.reproduce
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from src.reporting.plots.style import color_of, new_figure, save, styled

from ...runs import fill
from ..series import data
from ..series.comparison import confidence_set, diebold_mariano, holm, qlike
from ..series.data import Array
from ..series.log_variances import LogHAR, LogOU, NetLogOM
from ..series.study import (
    SEEDS,
    Case,
    Row,
    forecasts,
    judge,
    probability,
    record,
    side_by_side,
    table,
)
from ..series.variances import EWMA, GARCH, Average
from ..series.walk import Forecaster, Walk

HERE = Path(__file__).resolve().parent


def log_garman_klass() -> Array:
    """Return the logarithm of the range-based variance."""
    return np.log(data.garman_klass())


CASES = {
    "ln VIX, daily": Case(data.log_vix, Walk(500, 21, (1, 5, 22)), (1, 5, 22), 252),
    "ln Garman-Klass, daily": Case(log_garman_klass, Walk(1260, 63, (1, 5, 22)), (1, 5, 22), 252),
}
WALK = Walk(1260, 126, (1, 5, 22))
NET = "net OM + noise"
VARIANCES: dict[str, Callable[[], Forecaster]] = {
    "GARCH": GARCH,
    "GJR": lambda: GARCH(asymmetric=True),
    "logHAR": LogHAR,
    "EWMA": EWMA,
    "RW22": Average,
    "log-OU OM + noise": LogOU,
}
RIVALS = ("GARCH", "logHAR")
LAGS = 4
"""Autocovariances at least in a test of QLIKE: losses of single days are correlated too."""


def variance(model: str, seed: int) -> Array:
    """Return forecasts ``[origin, horizon]`` of one model."""
    series = data.returns_and_ranges()
    if model == NET:
        return replace(WALK, refit=252).forecasts(series, lambda: NetLogOM(seed))
    return WALK.forecasts(series, VARIANCES[model])


def variances(jobs: int) -> dict[str, list[Array]]:
    """Return forecasts of each model, one for each seed of a net."""
    todo = [*((NET, seed) for seed in SEEDS), *((model, 0) for model in VARIANCES)]
    found: dict[str, list[Array]] = {model: [] for model in (*VARIANCES, NET)}
    for job, made in side_by_side(variance, todo, jobs):
        found[todo[job][0]].append(made)
        print(f"done: {', '.join(map(str, todo[job]))}", flush=True)
    return found


def losses(series: Array, found: dict[str, list[Array]]) -> list[Row]:
    """Return QLIKE of each model and horizon at the origins that have all horizons, and tests."""
    came = WALK.means(series[:, 0] ** 2)
    inside = np.isfinite(came).all(axis=1)
    rows: list[Row] = []
    for column, h in enumerate(WALK.horizons):
        proxy = came[inside, column]
        each = {m: [qlike(f[inside, column], proxy) for f in fs] for m, fs in found.items()}
        mean = {
            m: qlike(np.mean([f[inside, column] for f in fs], axis=0), proxy)
            for m, fs in found.items()
        }
        best = confidence_set(mean)
        for model, loss in mean.items():
            tests = {
                rival: record(diebold_mariano(loss, mean[rival], h, max(h - 1, LAGS)))
                for rival in RIVALS
                if rival != model
            }
            seeds = [float(x.mean()) for x in each[model]]
            kept = {"h": h, "n": len(loss), "model": model, "qlike": float(loss.mean())}
            rows.append(
                {**kept, "seeds": seeds, "in_confidence_set": model in best, "tests": tests}
            )
    for rival in RIVALS:
        tests = [row["tests"][rival] for row in rows if rival in row["tests"]]
        for test, adjusted in zip(tests, holm([t["p"] for t in tests]), strict=True):
            test["holm"] = adjusted
    return rows


def qlike_table(rows: list[Row]) -> str:
    """Return one line for each horizon and model as Markdown; a star: in the confidence set."""
    lines = ["| h | model | QLIKE | against GARCH | against logHAR |", "|---:|---|---:|---:|---:|"]
    for row in rows:
        cells = [str(row["h"]), row["model"], f"{row['qlike']:.4f}"]
        cells[2] += "\\*" if row["in_confidence_set"] else ""
        if len(row["seeds"]) > 1:
            cells[2] += f" ({min(row['seeds']):.4f} to {max(row['seeds']):.4f})"
        for rival in RIVALS:
            test = row["tests"].get(rival)
            words = "" if test is None else f"{test['dm']:+.2f}, {probability(test['p'])}"
            won = test is not None and test["dm"] < 0 and test["holm"] < 0.05
            cells.append(f"**{words}**" if won else words)
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


@styled
def picture(results: dict[str, Any]) -> Figure:
    """Draw ratios of errors to HAR's, and QLIKE less that of logHAR."""
    figure = new_figure(3.1)
    panels = figure.subplots(1, 3)
    for axes, name in zip(panels, CASES, strict=False):
        own = [r for r in results["forecasts"] if r["series"] == name and r["rmse"]]
        base = {r["h"]: r["rmse"] for r in own if r["model"] == "HAR"}
        spots = [(r["model"], r["h"], r["rmse"] / base[r["h"]]) for r in own if r["model"] != "HAR"]
        _draw(axes, spots, f"{name.removesuffix(', daily')}: RMSE / HAR's")
        axes.set(xscale="log", xlim=(0.9, 3.5))
        axes.set_xticks([1, 1.5, 2, 3], ["1", "1.5", "2", "3"], minor=False)
        axes.set_xticks([], minor=True)
        axes.axvline(1, color="black", lw=0.8)
    rows = results["qlike"]
    base = {r["h"]: r["qlike"] for r in rows if r["model"] == "logHAR"}
    spots = [
        (r["model"], r["h"], r["qlike"] - base[r["h"]]) for r in rows if r["model"] != "logHAR"
    ]
    _draw(panels[2], spots, "QLIKE less logHAR's")
    panels[2].axvline(0, color="black", lw=0.8)
    handles, labels = panels[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=3)
    return figure


def _draw(axes: Any, spots: list[tuple[str, int, float]], title: str) -> None:
    names = list(dict.fromkeys(name for name, _, _ in spots))
    for h, color in zip((1, 5, 22), ("hnn", "lnn", "baseline"), strict=True):
        own = [(value, names.index(name)) for name, step, value in spots if step == h]
        axes.plot(*zip(*own, strict=True), "o", ms=4, color=color_of(color), label=f"h = {h}")
    axes.set_yticks(range(len(names)), names)
    axes.invert_yaxis()
    axes.set_title(title, fontsize=8)
    axes.grid(visible=False, axis="y")


def write(results: dict[str, Any]) -> None:
    """Write tables and picture of the results."""
    page = HERE / "README.md"
    fill(page, "forecasts", table(results["forecasts"], "RW"))
    fill(page, "against_har", table(results["forecasts"], "HAR"))
    fill(page, "qlike", qlike_table(results["qlike"]))
    save(picture(results), HERE / "volatility.png")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--jobs", type=int, default=2, help="models side by side")
    jobs = parser.parse_args().jobs
    results = {
        "forecasts": judge(CASES, forecasts(CASES, jobs), ["RW", "HAR"]),
        "qlike": losses(data.returns_and_ranges(), variances(jobs)),
    }
    (HERE / "results.json").write_text(json.dumps(results, indent=1) + "\n")
    write(results)
