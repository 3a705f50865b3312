"""Models against each other on the same motions, judged by one figure, with several seeds.

A family of models names its contests; this runs them, and writes results.json, a table and a
picture beside them. Runs that are there already are kept, and so are rows of runs that are not, so
that an interrupted reproduction goes on. Each row names the commit that it was made with.
"""

from __future__ import annotations

import argparse
import json
import math
import statistics
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import product
from pathlib import Path
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import LogFormatterSciNotation, LogLocator

from src.reporting.plots.style import color_of, new_figure, save, styled
from src.reporting.statistics import summarise

from .runs import ROOT, evaluate, fill, summary, train

SEEDS = (0, 1, 2)
BAR = 1 / 3
"""What is asked of the first model: its figure over that of each other one."""

Row = dict[str, Any]


Figured = str | Callable[[Path], float | None]
"""Where a figure stands in a run's summary, as a dotted path, or what reads it from its folder."""


@dataclass(frozen=True)
class Contest:
    """Models on the same motions. The first is to win; the smaller figure is the better."""

    name: str
    """Also the name of its runs."""
    models: Mapping[str, Sequence[str]]
    """What is changed of the defaults for each, by its label."""
    shared: Sequence[str]
    """What is changed for all."""
    figure: Figured
    """The judging one."""
    called: str
    """What it is called in table and picture."""
    judged: Sequence[str] | None = None
    """How trained models are judged again, such as ``system.particles=16``; None: as trained."""
    beside: Mapping[str, Figured] = field(default_factory=dict)
    """Further figures of the table, by what they are called."""

    def overrides(self, model: str, seed: int) -> list[str]:
        """Return what a run changes of the defaults."""
        return [*self.shared, *self.models[model], f"seed={seed}", "logger=csv"]


@dataclass(frozen=True)
class Ratio:
    """A figure over another's: geometric mean over seeds and its 95 % interval."""

    mean: float
    low: float
    high: float

    @property
    def wins(self) -> bool:
        """Whether the bar is met, and the interval lies below 1."""
        return self.mean <= BAR and self.high < 1

    def __str__(self) -> str:
        """Write it with two digits."""
        return f"{self.mean:.2g} ({self.low:.2g} to {self.high:.2g})"


def ratio(ours: Mapping[int, float], theirs: Mapping[int, float]) -> Ratio | None:
    """Compare figures seed by seed; Student's t of the logarithms, as seeds are independent.

    None where a seed is missing, or a figure is no positive number.
    """
    seeds = sorted(set(ours) & set(theirs))
    values = [x for s in seeds for x in (ours[s], theirs[s])]
    if len(seeds) < len(SEEDS) or not all(0 < x < math.inf for x in values):
        return None
    found = summarise([math.log(ours[s] / theirs[s]) for s in seeds])
    assert found.mean is not None
    assert found.half_width is not None
    low, high = found.mean - found.half_width, found.mean + found.half_width
    return Ratio(math.exp(found.mean), math.exp(low), math.exp(high))


def at(record: Mapping[str, Any], path: str) -> float | None:
    """Return a number of a record by its dotted path; None if it has none."""
    node: Any = record
    for key in path.split("."):
        node = node.get(key) if isinstance(node, dict) else None
    return node if isinstance(node, (int, float)) else None


def again(place: Path) -> Path:
    """Return where a run is judged again."""
    return place.with_name(f"{place.name}_again")


def row(place: Path, contest: Contest, model: str, seed: int) -> Row | None:
    """Return what results.json keeps of a run; None if it did not finish."""
    trained = summary(place)
    judged = place if contest.judged is None else again(place)
    record = trained if judged == place else summary(judged)
    if trained is None or record is None:
        return None

    def read(figure: Figured) -> float | None:
        return at(record, figure) if isinstance(figure, str) else figure(judged)

    rollout = record["rollout"]
    return {
        "contest": contest.name,
        "model": model,
        "seed": seed,
        "figure": read(contest.figure),
        "beside": {name: read(figure) for name, figure in contest.beside.items()},
        "non_finite": rollout["non_finite"],
        "trajectories": rollout["trajectories"],
        "horizon_over_training": rollout["horizon_over_training"],
        "parameters": trained["train"]["parameters"],
        "training_seconds": trained["train"]["seconds"],
        "command": trained["run"]["command"],
        "judged": None if contest.judged is None else " ".join(contest.judged),
        "git": trained["run"]["git"],
    }


def figures(rows: Sequence[Row], contest: Contest, model: str) -> dict[int, float]:
    """Return the figure of each seed; infinite where most rollouts broke off."""
    return {
        r["seed"]: math.inf if r["figure"] is None else r["figure"]
        for r in rows
        if (r["contest"], r["model"]) == (contest.name, model)
    }


def table(rows: Sequence[Row], contest: Contest) -> str:
    """Return one line for each model as Markdown."""
    first = next(iter(contest.models))
    mine = figures(rows, contest, first)
    heads = ["model", contest.called, f"{first} over it (95 %)", *contest.beside, "non-finite"]
    lines = [f"| {' | '.join(heads)} |", "|---|" + "---:|" * (len(heads) - 1)]
    for model in contest.models:
        found = figures(rows, contest, model)
        if not found:
            continue
        own = [r for r in rows if (r["contest"], r["model"]) == (contest.name, model)]
        against = "" if model == first else _against(mine, found)
        more = [_word([r["beside"].get(name) for r in own]) for name in contest.beside]
        broken = f"{sum(r['non_finite'] for r in own)} of {sum(r['trajectories'] for r in own)}"
        lines.append(
            f"| {' | '.join([model, _word(list(found.values())), against, *more, broken])} |"
        )
    return "\n".join(lines)


def _against(mine: Mapping[int, float], theirs: Mapping[int, float]) -> str:
    found = ratio(mine, theirs)
    if found is not None:
        return f"**{found}**" if found.wins else str(found)
    if all(math.isinf(value) for value in theirs.values()):
        return "it breaks off"
    return "-"


def _word(values: Sequence[float | None]) -> str:
    """Return the median over seeds, in words where there is none."""
    held = [value for value in values if value is not None]
    if not held:
        return "-"
    median = statistics.median(held)
    if not math.isfinite(median):
        return "broke off"
    return f"{median:.3g}" if 1e-2 <= abs(median) < 1e4 else f"{median:.2e}"


@styled
def picture(rows: Sequence[Row], contests: Sequence[Contest]) -> Figure:
    """Draw every seed's figure as a dot, a panel for each contest, the model that is to win on top.

    Runs most of whose rollouts broke off lie on the right edge, as a cross.
    """
    drawn = [c for c in contests if any(r["contest"] == c.name for r in rows)]
    heights = [0.75 + 0.28 * len(contest.models) for contest in drawn]
    figure = new_figure(0.2 + sum(heights))
    panels = figure.subplots(len(drawn), 1, squeeze=False, height_ratios=heights)[:, 0]
    for axes, contest in zip(panels, drawn, strict=True):
        _draw(axes, rows, contest)
    return figure


def _draw(axes: Axes, rows: Sequence[Row], contest: Contest) -> None:
    labels = list(contest.models)
    spots = [figures(rows, contest, label) for label in labels]
    finite = [v for found in spots for v in found.values() if 0 < v < math.inf]
    edge = 3 * max(finite, default=1.0)
    for height, (label, found) in enumerate(zip(labels, spots, strict=True)):
        color = color_of(label.partition(" ")[0])
        values = list(found.values())
        whole = [v for v in values if math.isfinite(v)]
        axes.plot(whole, [height] * len(whole), "o", color=color, ms=5, alpha=0.8, mew=0)
        broken = len(values) - len(whole)
        axes.plot([edge] * broken, [height] * broken, "x", color=color)
        if values and math.isfinite(middle := statistics.median(values)):
            axes.plot([middle], [height], "|", color=color, ms=16, mew=2)
    axes.set(xscale="log", title=contest.name.replace("_", " "), xlabel=contest.called)
    axes.xaxis.set_minor_locator(LogLocator(subs=(2, 5)))  # what is labelled has room
    axes.xaxis.set_minor_formatter(LogFormatterSciNotation(minor_thresholds=(2, 2)))
    axes.set_yticks(range(len(labels)), labels)
    axes.set_ylim(len(labels) - 0.5, -0.5)
    axes.grid(visible=False, axis="y")


def reproduce(here: Path, contests: Sequence[Contest]) -> None:
    """Run what is asked for on the command line; write results, tables and picture."""
    names = [contest.name for contest in contests]
    parser = argparse.ArgumentParser(description=f"The contests of {here.name}.")
    parser.add_argument("--contests", nargs="*", default=names, choices=names, metavar="NAME")
    parser.add_argument("--seeds", type=int, nargs="*", default=list(SEEDS))
    parser.add_argument("--jobs", type=int, default=1, help="runs side by side")
    parser.add_argument("--limit", type=float, help="longest run, in s")
    parser.add_argument("--runs", type=Path, default=ROOT / "runs" / here.name)
    asked = parser.parse_args()
    runs = asked.runs.resolve()

    def place(contest: Contest, model: str, seed: int) -> Path:
        return runs / contest.name / f"{model.replace(' ', '_')}_s{seed}"

    def run(job: tuple[Contest, str, int]) -> None:
        contest, model, seed = job
        train(place(*job), contest.overrides(model, seed), asked.limit)
        if contest.judged is not None:
            evaluate(place(*job), again(place(*job)), contest.judged)

    every = [job for c in contests for job in product([c], c.models, SEEDS)]
    wanted = [job for job in every if job[0].name in asked.contests and job[2] in asked.seeds]
    # Seed by seed, so that what is broken off compares all models.
    wanted.sort(key=lambda job: job[2])
    with ThreadPoolExecutor(asked.jobs) as pool:
        list(pool.map(run, wanted))
    results = here / "results.json"
    old = json.loads(results.read_text()) if results.is_file() else []
    known = {(r["contest"], r["model"], r["seed"]): r for r in old}
    rows = [row(place(*job), *job) or known.get((job[0].name, *job[1:])) for job in every]
    found = [r for r in rows if r is not None]
    results.write_text(json.dumps(found, indent=1) + "\n")
    for contest in contests:
        if any(r["contest"] == contest.name for r in found):
            fill(here / "README.md", contest.name, table(found, contest))
            print(f"{contest.name}\n{table(found, contest)}\n")
    save(picture(found, contests), here / f"{here.name}.png")
