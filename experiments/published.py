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
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import product
from pathlib import Path

from src import load_run

from .runs import ROOT, fill, summary, train
from .tables import table
from .task import Errors, Row, Task


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

    for task in tasks:
        if task.name in asked.tasks and not task.at_hand:
            where = f"{task.recording} names no file; see {here.name}/README.md"
            print(f"left out: {task.name}, as {where}")

    def wanted(task: Task, method: str, seed: int) -> bool:
        if not task.at_hand:
            return False
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
