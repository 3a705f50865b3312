"""What a finished command leaves: records, tables, figures, and their mirror in W&B."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from rich.console import Console

from ..data.source import Splits
from ..evaluation.conservation import conservation
from ..systems.base import Kinematics, System
from .atomic import write_text
from .comparison import Settings, compare
from .comparison_files import write_comparison
from .comparison_table import comparison_sheets
from .figures import dataset_figure, draw, film
from .mirror import mirror
from .page.collection import Collector, Configs
from .page.document import document
from .page.single import single
from .places import name_files
from .plots.style import save
from .portrait import portrait
from .record import FILE_NAME, Record, find_records, write_record
from .rollouts import write_rollouts
from .subject import Subject
from .table import conservation_sheet, run_sheets
from .tracking import Tracker
from .views import write_views

PAGE = "report.html"


def publish_run(
    folder: Path,
    summary: Mapping[str, Any],
    subject: Subject,
    tracker: Tracker | None = None,
    replace: bool = False,
    page: bool = True,
) -> Record:
    """Write and print everything that is known of a run, and how long that took.

    ``page``: its report.html, too.
    """
    begun = time.perf_counter()
    metrics = folder / "metrics.csv"
    rollouts = subject.evaluation.rollouts
    made = write_rollouts(folder, rollouts) if rollouts else None
    plane = portrait(subject)
    views = write_views(folder, subject, plane)
    figures = draw(subject, plane, metrics, folder / "figures")
    files = {"config": "config.yaml"}
    files |= {"rollouts": made.name} if made is not None else {}
    files |= {"metrics": metrics.name} if metrics.is_file() else {}
    files |= {"views": views.name} if views is not None else {}
    files |= {name: str(path.relative_to(folder)) for name, path in figures.items()}
    seconds = {**summary["run"].get("seconds", {}), "report": time.perf_counter() - begun}
    run = {**summary["run"], "seconds": seconds}
    record = write_record(folder, {**summary, "run": run, "files": files}, replace=replace)
    if tracker is not None:
        mirror(tracker, record, subject, plane, figures)
    console = Console()
    for sheet in run_sheets(record):
        sheet.show(console)
    pages = [folder / PAGE] if page else []
    for file in pages:
        write_text(file, single(record))
    name_files(folder, [folder / FILE_NAME, *figures.values(), *pages])
    return record


def publish_comparison(
    runs: Sequence[Path], folder: Path, configured: Callable[[Sequence[Path]], Settings]
) -> None:
    """Compare all runs found below some folders: table, Markdown, JSON and figure.

    ``configured`` tells what the configurations of run folders say beyond their records.

    Raises:
        ValueError: if there is nothing to compare.
    """
    found = find_records(runs)
    comparison = compare(found.records, configured([record.folder for record in found.records]))
    files, left_out = write_comparison(comparison, folder)
    console = Console()
    for sheet in comparison_sheets(comparison):
        sheet.show(console)
    for line in (*found.warnings, *left_out):
        console.print(line, highlight=False, soft_wrap=True)
    name_files(folder, list(files.values()))


def publish_report(runs: Sequence[Path], folder: Path, configs: Configs) -> Path:
    """Write one page about all runs found below some folders.

    Raises:
        ValueError: if there is nothing to show.
    """
    found = find_records(runs)
    collected = Collector(runs, configs).collect()
    page = document(collected, title=" and ".join(path.resolve().name for path in runs))
    write_text(folder / PAGE, page)
    console = Console()
    for line in found.warnings:
        console.print(line, highlight=False, soft_wrap=True)
    name_files(folder, [folder / PAGE])
    return folder / PAGE


def publish_simulation(folder: Path, splits: Splits, kinematics: Kinematics, system: str) -> None:
    """Write the motions as rollouts do, their figure, and what is known of their system in motion.

    Of a known system a table tells how well its motions conserve what they should, and a film shows
    the first of them.
    """
    parts = {"train": splits.train, "validation": splits.validation, "test": splits.test}
    arrays = {
        name: {
            field: getattr(part, field).numpy()
            for field in ("t", "mask", "x", "dx", "clean")
            if getattr(part, field) is not None
        }
        for name, part in parts.items()
    }
    file = write_rollouts(folder, arrays, name="trajectories.npz")
    figure = save(
        dataset_figure(splits.train, kinematics, system), folder / "figures" / "dataset.png"
    )
    made = [file, figure]
    if isinstance(kinematics, System):
        changes = conservation(kinematics, splits.train)
        conservation_sheet(system, splits.train, changes, kinematics.time_unit).show(Console())
        made.append(film(kinematics, splits.train, system, figure.with_name("motion.gif")))
    name_files(folder, made)
