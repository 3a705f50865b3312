"""Runs of an experiment: made once, kept, and put into the pages that tell of them."""

from __future__ import annotations

import json
import shlex
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]


def train(place: Path, overrides: Sequence[str], limit: float | None = None) -> None:
    """Train and judge in the folder ``place``, unless that is done, with these very settings.

    Half a run, and one with other settings, is begun again. What is printed goes to a file beside
    the folder. A run of more than ``limit`` s is ended.
    """
    done = summary(place)
    if done is not None and shlex.split(done["run"]["command"])[3:] != list(overrides):
        (place / "summary.json").unlink()
    _run("train", place, overrides, limit)


def evaluate(trained: Path, place: Path, overrides: Sequence[str]) -> None:
    """Judge a trained run again in the folder ``place``, unless it is done or not there."""
    if summary(trained) is not None:
        _run("evaluate", place, [f"checkpoint='{trained}'", *overrides], None)


def _run(entry: str, place: Path, overrides: Sequence[str], limit: float | None) -> None:
    if (place / "summary.json").is_file():
        return
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir(parents=True)
    command = [sys.executable, "-m", f"src.{entry}", *overrides, f"hydra.run.dir='{place}'"]
    printed = place.parent / f"{place.name}.log"
    with printed.open("w") as log:
        try:
            code = subprocess.run(
                command, cwd=ROOT, stdout=log, stderr=log, check=False, timeout=limit
            ).returncode
        except subprocess.TimeoutExpired:
            log.write(f"ended after {limit:g} s\n")
            code = "too long"
    print(f"done: {place.name}" if code == 0 else f"FAILED ({code}): see {printed}", flush=True)


def summary(place: Path) -> dict[str, Any] | None:
    """Return the record of a run; None if it did not finish."""
    file = place / "summary.json"
    return json.loads(file.read_text()) if file.is_file() else None


def fill(page: Path, name: str, text: str) -> None:
    """Put a text between the marks of a page."""
    start, end = f"<!-- {name} -->", f"<!-- /{name} -->"
    before, _, rest = page.read_text().partition(start)
    _, _, after = rest.partition(end)
    page.write_text(f"{before}{start}\n{text}\n{end}{after}")
