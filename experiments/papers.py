"""All papers at a glance: one line for each task, in README.md.

python -m experiments.papers    # from the results that are there
"""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from pathlib import Path

from .published import known
from .runs import ROOT, fill
from .tables import number, over
from .task import Task, of

HERE = Path(__file__).resolve().parent


def papers() -> dict[str, list[Task]]:
    """Return the tasks of each paper, by the name of its folder."""
    names = sorted(path.parent.name for path in HERE.glob("*_paper/reproduce.py"))
    return {
        name: importlib.import_module(f"{__package__}.{name}.reproduce").TASKS for name in names
    }


def lines(paper: str, tasks: list[Task]) -> Iterator[str]:
    """Yield a line of the table for each task that has an own method with results."""
    rows = known(HERE / paper)
    for task in tasks:
        ours, theirs = of(rows, task, task.ours), of(rows, task, task.peer)
        if not ours:
            continue
        figure = task.figures[0]
        cells = [
            f"[{task.name}](experiments/{paper}/README.md)",
            figure.called,
            task.published,
            *(number(figure.median(found)) if found else "-" for found in (theirs, ours)),
            over(ours, theirs, figure),
            f"`{ours[0]['model']}`",
            str(len(ours)),
        ]
        yield f"| {' | '.join(cells)} |"


def table() -> str:
    """Return the table over all papers as Markdown."""
    heads = ["task", "error", "published", "theirs, re-run", "ours", "ours over theirs"]
    heads += ["our model", "seeds"]
    found = [line for paper, tasks in papers().items() for line in lines(paper, tasks)]
    aligned = "|---|---|" + "---:|" * 4 + "---|---:|"
    return "\n".join([f"| {' | '.join(heads)} |", aligned, *found])


if __name__ == "__main__":
    fill(ROOT / "README.md", "papers", table())
