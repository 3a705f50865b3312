"""Results of papers, made again: their methods and ours on the same data, judged by the same rules.

A paper's folder names its tasks; this trains, judges, and writes results.json and the tables of
README.md. A task is a data set and its rules; a method is what is changed for one line of its
table. Runs that are there already are kept, and so are rows of runs that are not.

python -m experiments.<paper>.reproduce            # all methods and seeds
python -m experiments.<paper>.reproduce --quick    # what trains in minutes, with seed 0
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

from src import load_run
from src.config.trained import Trained
from src.reporting.statistics import summarise

from .runs import ROOT, fill, summary, train

SEEDS = (0, 1, 2, 3, 4)
Row = dict[str, Any]
Errors = Mapping[str, Sequence[float]]
"""By figure: the error from each start; infinite where a rollout broke off."""


@dataclass(frozen=True)
class Figure:
    """A column of a table: what is judged, and by which statistic over the starts."""

    key: str
    """Of what :attr:`Task.judge` returns."""
    called: str
    statistic: str = "mean"
    """Over the starts: mean, median or geometric (mean of positive errors)."""

    def of(self, row: Row) -> float:
        """Return the figure of one run; infinite if a rollout that it needs broke off."""
        value = row["figures"][self.key][self.statistic]
        return math.inf if value is None else value

    def median(self, rows: Sequence[Row]) -> float:
        """Return the median over seeds."""
        return statistics.median(self.of(row) for row in rows)


@dataclass(frozen=True)
class Task:
    """A data set, the methods that learn it, and how they are judged. Small figures are better."""

    name: str
    """Of the option of ``conf/experiment`` that all methods start from, and of the table."""
    methods: Mapping[str, Sequence[str]]
    """What each changes of it, by its label."""
    judge: Callable[[Trained], Errors]
    """A figure that a method cannot have is left out."""
    figures: Sequence[Figure]
    """The columns of the table, the deciding one first."""
    peer: str
    """The method that others are compared with: that of the paper."""
    ours: str = ""
    """The method that stands for us in the table over all papers, with the first figure."""
    published: str = "-"
    """What the paper says of that figure, where it has it."""
    told: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """Rows in words, by label and name of the column: what is published, what is asked of ours."""
    last: Sequence[str] = ()
    """Methods that are judged by their last weights, and not by those that validated best."""
    seeds: Sequence[int] = SEEDS
    quick: Sequence[str] = ()
    """Methods that are trained by ``--quick``."""
    folds: Mapping[str, Sequence[str]] = field(default_factory=lambda: {"": ()})
    """Trainings that make one row, by name: what each changes, such as the part that trains."""

    def overrides(self, method: str, seed: int, fold: str) -> list[str]:
        """Return what a run changes of the defaults."""
        changed = [*self.methods[method], *self.folds[fold]]
        return [f"experiment={self.name}", *changed, f"seed={seed}", "logger=csv"]


def judged(place: Path, task: Task, method: str) -> Errors:
    """Return the errors of a run by figure, kept beside it once they are computed."""
    file = place / "errors.json"
    if file.is_file():
        return json.loads(file.read_text())
    file_of_run = place / "checkpoints" / "last.ckpt" if method in task.last else place
    # Nets of the papers are classes of ours, but none of src.
    errors = task.judge(load_run(file_of_run, allow_external_targets=True))
    file.write_text(json.dumps(errors, indent=1) + "\n")
    return errors


def statistics_of(folds: Sequence[Errors]) -> dict[str, dict[str, float | int | None]]:
    """Return the figures of a row by statistic, over the starts of all folds that have them."""
    figures = {}
    for key in dict.fromkeys(key for fold in folds for key in fold):
        errors = [error for fold in folds for error in fold.get(key, ())]
        whole = [error for error in errors if math.isfinite(error)]
        complete = len(whole) == len(errors)
        # What is not a number ranks last, too.
        median = statistics.median(e if math.isfinite(e) else math.inf for e in errors)
        figures[key] = {
            "mean": statistics.fmean(whole) if complete else None,
            "median": median if math.isfinite(median) else None,
            "geometric": statistics.geometric_mean(whole) if complete and min(whole) > 0 else None,
            "failed": len(errors) - len(whole),
            "starts": len(errors),
        }
    return figures


def row(places: Sequence[Path], task: Task, method: str, seed: int) -> Row | None:
    """Return what results.json keeps of a method and seed; None if a fold did not finish.

    Validation and CPU seconds are means over the folds, the command is that of the last one.
    """
    records = [record for place in places if (record := summary(place)) is not None]
    if len(records) < len(places):
        return None
    trained = [record["train"] for record in records]
    return {
        "task": task.name,
        "method": method,
        "seed": seed,
        "model": records[-1]["run"]["model"],
        "figures": statistics_of([judged(place, task, method) for place in places]),
        "validation": statistics.fmean(each["best_val_loss"] for each in trained),
        "parameters": trained[-1]["parameters"],
        "steps": trained[-1]["steps"],
        "cpu_seconds": statistics.fmean(each["cpu_seconds"] for each in trained),
        "command": records[-1]["run"]["command"],
        "git": records[-1]["run"]["git"],
    }


def of(rows: Sequence[Row], task: Task, method: str) -> list[Row]:
    """Return the rows of a method."""
    return [r for r in rows if (r["task"], r["method"]) == (task.name, method)]


def over(ours: Sequence[Row], theirs: Sequence[Row], figure: Figure) -> str:
    """Return a figure over the peer's in words: geometric mean over seeds, 95 % interval."""
    pairs = {r["seed"]: figure.of(r) for r in theirs}
    ratios = [figure.of(r) / pairs[r["seed"]] for r in ours if r["seed"] in pairs]
    ratios = [ratio for ratio in ratios if 0 < ratio < math.inf]
    if not ratios or len(ratios) < len(ours):
        return "-"
    found = summarise([math.log(ratio) for ratio in ratios])
    assert found.mean is not None
    text = number(math.exp(found.mean))
    if found.half_width is None:
        return text
    low, high = (math.exp(found.mean + sign * found.half_width) for sign in (-1, 1))
    return f"{text} ({number(low)} to {number(high)})"


def number(value: float | None) -> str:
    """Write a figure with two digits."""
    if value is None or not math.isfinite(value):
        return "broke off"
    return f"{value:.2g}" if value == 0 or 1e-2 <= abs(value) < 1e3 else f"{value:.1e}"


def spread(values: Sequence[float]) -> str:
    """Return median, lowest and highest over seeds in words."""
    middle = number(statistics.median(values))
    if len(values) == 1 or not math.isfinite(statistics.median(values)):
        return middle
    return f"{middle} ({number(min(values))} to {number(max(values))})"


def table(rows: Sequence[Row], task: Task) -> str:
    """Return the table of a task as Markdown: what is told first, then a line for each method."""
    names = [figure.called for figure in task.figures]
    heads = ["", *names, f"first figure over that of {task.peer}", "failed", "seeds", "CPU s"]
    lines = [f"| {' | '.join(heads)} |", "|---|" + "---:|" * (len(heads) - 1)]
    for label, cells in task.told.items():
        known = [cells.get(name, "") for name in names]
        lines.append(f"| {' | '.join([f'*{label}*', *known, '', '', '', ''])} |")
    for method in task.methods:
        found = of(rows, task, method)
        if not found:
            continue
        cells = [
            spread([figure.of(r) for r in found]) if figure.key in found[0]["figures"] else "-"
            for figure in task.figures
        ]
        against = over(found, of(rows, task, task.peer), task.figures[0])
        key = task.figures[0].key
        failed = [sum(r["figures"][key][name] for r in found) for name in ("failed", "starts")]
        cells += ["" if method == task.peer else against, f"{failed[0]} of {failed[1]}"]
        cells += [str(len(found)), number(statistics.median(r["cpu_seconds"] for r in found))]
        lines.append(f"| {' | '.join([method, *cells])} |")
    return "\n".join(lines)


def write(here: Path, tasks: Sequence[Task], rows: Sequence[Row]) -> None:
    """Put the tables of all tasks that have rows into the paper's page."""
    for task in tasks:
        if any(r["task"] == task.name for r in rows):
            fill(here / "README.md", task.name, table(rows, task))


def known(here: Path) -> list[Row]:
    """Return the rows of results.json; none if it is not there yet."""
    file = here / "results.json"
    return json.loads(file.read_text()) if file.is_file() else []


def reproduce(here: Path, tasks: Sequence[Task]) -> None:
    """Train and judge what is asked for on the command line; write results and tables."""
    names = [task.name for task in tasks]
    parser = argparse.ArgumentParser(description=f"The tasks of {here.name}.")
    parser.add_argument("--tasks", nargs="*", default=names, choices=names, metavar="NAME")
    parser.add_argument("--methods", nargs="*", help="by their labels; all if not given")
    parser.add_argument("--seeds", type=int, nargs="*", help="those of each task if not given")
    parser.add_argument("--quick", action="store_true", help="what trains in minutes, seed 0")
    parser.add_argument("--jobs", type=int, default=1, help="runs side by side")
    parser.add_argument("--runs", type=Path, default=ROOT / "runs" / here.name)
    asked = parser.parse_args()
    runs = asked.runs.resolve()

    def place(task: Task, method: str, seed: int, fold: str) -> Path:
        return runs / task.name / f"{method.replace(' ', '_')}_s{seed}{fold and f'_{fold}'}"

    def places(task: Task, method: str, seed: int) -> list[Path]:
        return [place(task, method, seed, fold) for fold in task.folds]

    def run(task: Task, method: str, seed: int, fold: str) -> None:
        train(place(task, method, seed, fold), task.overrides(method, seed, fold))

    def wanted(task: Task, method: str, seed: int) -> bool:
        if asked.quick:
            return seed == 0 and method in task.quick and task.name in asked.tasks
        chosen = method in (asked.methods or task.methods) and task.name in asked.tasks
        return chosen and seed in (task.seeds if asked.seeds is None else asked.seeds)

    every = [job for task in tasks for job in product([task], task.methods, task.seeds)]
    # Seed by seed, so that what is broken off compares all methods.
    jobs = sorted((job for job in every if wanted(*job)), key=lambda job: job[2])
    with ThreadPoolExecutor(asked.jobs) as pool:
        list(pool.map(lambda job: run(*job), [(*job, f) for job in jobs for f in job[0].folds]))
    old = {(r["task"], r["method"], r["seed"]): r for r in known(here)}
    made = [row(places(*job), *job) or old.get((job[0].name, *job[1:])) for job in every]
    rows = [r for r in made if r is not None]
    (here / "results.json").write_text(json.dumps(rows, indent=1) + "\n")
    write(here, tasks, rows)
    for task in tasks:
        if task.name in asked.tasks and any(r["task"] == task.name for r in rows):
            print(f"{task.name}\n{table(rows, task)}\n")
